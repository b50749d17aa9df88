"""s2s: turn one sequence into another with small LSTM models, on NumPy or CuPy.

From Python::

    import seq2seq_cli

    for event in seq2seq_cli.train(reverse=True, peeky=True, output="sums.pkl"):
        print(event)
    model = seq2seq_cli.load("sums.pkl")
    model.translate(["57+5"])        # ['62']

Names are imported when they are first used, so that a command that needs no arrays starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seq2seq_cli._version import __version__

if TYPE_CHECKING:
    from seq2seq_cli.api import train
    from seq2seq_cli.decoding import Sampling
    from seq2seq_cli.errors import S2SError
    from seq2seq_cli.translator import Answer, Translator, load

_HOME = {
    "train": "api",
    "Sampling": "decoding",
    "S2SError": "errors",
    "Answer": "translator",
    "Translator": "translator",
    "load": "translator",
}

__all__ = ["Answer", "S2SError", "Sampling", "Translator", "__version__", "load", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
