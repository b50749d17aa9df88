"""s2s: turn one sequence into another with small LSTM models, on NumPy or CuPy.

From Python (docs/python.md has more):

>>> import seq2seq_cli
>>> for event in seq2seq_cli.train("digits", output="again.pkl", target_level="word", hidden=8, epochs=1):
...     pass
>>> seq2seq_cli.load_translator("digits.pkl").translate("57")
['five seven']
>>> seq2seq_cli.load_text_generator("count.pkl").generate("three four", length=2)[0].text
'three four five six'

Names are imported when they are first used, so that a command that needs no arrays starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from seq2seq_cli._version import __version__

if TYPE_CHECKING:
    from seq2seq_cli.api.captioner import Captioner
    from seq2seq_cli.api.conversation import Conversation
    from seq2seq_cli.api.load import load, load_captioner, load_ensemble, load_text_generator, load_translator
    from seq2seq_cli.api.text_generator import Score, Text, TextGenerator
    from seq2seq_cli.api.train import train
    from seq2seq_cli.api.translator import Answer, Translator
    from seq2seq_cli.config import DataConfig, ModelConfig, RunConfig, TrainConfig
    from seq2seq_cli.data.folder import Dataset
    from seq2seq_cli.errors import (
        BackendError,
        DataError,
        MissingExtraError,
        ModelFileError,
        S2SError,
        StaleBackwardError,
        TrainingError,
        UsageError,
    )
    from seq2seq_cli.evaluation.compare import Difference, compare
    from seq2seq_cli.evaluation.figures import Figure
    from seq2seq_cli.evaluation.pairs_report import LengthGroup, Mistake, Report
    from seq2seq_cli.evaluation.target_form import TargetForm
    from seq2seq_cli.evaluation.text import Cache, ScoredText
    from seq2seq_cli.evaluation.text_report import Surprisal, TextReport
    from seq2seq_cli.inference.answer_options import AnswerOptions
    from seq2seq_cli.inference.sampling import Sampling
    from seq2seq_cli.training.events import (
        Diverged,
        EpochDone,
        Event,
        Finished,
        NotFinite,
        Progress,
        Sample,
        Saved,
        Started,
        Warned,
        read_log,
    )
    from seq2seq_cli.types import Pair

_HOMES = {
    "api.train": ("train",),
    "config": ("DataConfig", "ModelConfig", "RunConfig", "TrainConfig"),
    "data.folder": ("Dataset",),
    "errors": (
        "BackendError",
        "DataError",
        "MissingExtraError",
        "ModelFileError",
        "S2SError",
        "StaleBackwardError",
        "TrainingError",
        "UsageError",
    ),
    "evaluation.compare": ("Difference", "compare"),
    "evaluation.figures": ("Figure",),
    "evaluation.pairs_report": ("LengthGroup", "Mistake", "Report"),
    "evaluation.target_form": ("TargetForm",),
    "evaluation.text": ("Cache", "ScoredText"),
    "evaluation.text_report": ("Surprisal", "TextReport"),
    "inference.answer_options": ("AnswerOptions",),
    "inference.sampling": ("Sampling",),
    "api.captioner": ("Captioner",),
    "api.conversation": ("Conversation",),
    "api.load": ("load", "load_captioner", "load_ensemble", "load_text_generator", "load_translator"),
    "api.text_generator": ("Score", "Text", "TextGenerator"),
    "api.translator": ("Answer", "Translator"),
    "training.events": (
        "EpochDone",
        "Event",
        "Finished",
        "Diverged",
        "NotFinite",
        "Progress",
        "Sample",
        "Saved",
        "Started",
        "Warned",
        "read_log",
    ),
    "types": ("Pair",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "AnswerOptions",
    "BackendError",
    "Cache",
    "Captioner",
    "Conversation",
    "DataConfig",
    "DataError",
    "Dataset",
    "Difference",
    "Diverged",
    "EpochDone",
    "Event",
    "Figure",
    "Finished",
    "LengthGroup",
    "MissingExtraError",
    "Mistake",
    "ModelConfig",
    "ModelFileError",
    "NotFinite",
    "Pair",
    "Progress",
    "Report",
    "RunConfig",
    "S2SError",
    "Sample",
    "Sampling",
    "Saved",
    "Score",
    "ScoredText",
    "StaleBackwardError",
    "Started",
    "Surprisal",
    "TargetForm",
    "Text",
    "TextGenerator",
    "TextReport",
    "TrainConfig",
    "TrainingError",
    "Translator",
    "UsageError",
    "Warned",
    "__version__",
    "compare",
    "load",
    "load_captioner",
    "load_ensemble",
    "load_text_generator",
    "load_translator",
    "read_log",
    "train",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
