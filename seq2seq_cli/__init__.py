"""s2s: turn one sequence into another with small LSTM models, on NumPy or CuPy.

From Python::

    import seq2seq_cli

    for event in seq2seq_cli.train(reverse=True, peeky=True, output="sums.pkl"):
        print(event)
    model = seq2seq_cli.load("sums.pkl")
    model.translate(["57+5"])        # ['62']

    writer = seq2seq_cli.load("models/python-lm-1x256.pkl")
    writer.generate("you", length=20)[0].text

Names are imported when they are first used, so that a command that needs no arrays starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seq2seq_cli._version import __version__

if TYPE_CHECKING:
    from seq2seq_cli.api import train
    from seq2seq_cli.errors import S2SError
    from seq2seq_cli.inference.loading import load, load_text_generator, load_translator
    from seq2seq_cli.inference.sampling import Sampling
    from seq2seq_cli.inference.text_generator import Score, Text, TextGenerator
    from seq2seq_cli.inference.translator import Answer, Translator

_HOME = {
    "train": "api",
    "Sampling": "inference.sampling",
    "S2SError": "errors",
    "Answer": "inference.translator",
    "Translator": "inference.translator",
    "load": "inference.loading",
    "load_translator": "inference.loading",
    "load_text_generator": "inference.loading",
    "Score": "inference.text_generator",
    "Text": "inference.text_generator",
    "TextGenerator": "inference.text_generator",
}

__all__ = [
    "Answer",
    "S2SError",
    "Sampling",
    "Score",
    "Text",
    "TextGenerator",
    "Translator",
    "__version__",
    "load",
    "load_text_generator",
    "load_translator",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
