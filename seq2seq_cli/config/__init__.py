"""What can be chosen: options as frozen dataclasses, presets, and how they are merged, read and written.

The dataclasses are checked when they are made, so that no other code needs to ask whether a combination makes
sense. `ModelConfig` and `TrainConfig` are stored in model files as plain dictionaries (`as_dict`, `from_dict`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq_cli.config.data import Case, DataConfig, Level, SubwordType, Words, checked_level
    from seq2seq_cli.config.effects import ARGUMENT, Layer, options_from
    from seq2seq_cli.config.fields import Checked, Option, option, options_of
    from seq2seq_cli.config.model import LARGEST_SIZE, LARGEST_WIDTH, Bridge, Kind, ModelConfig, Padding
    from seq2seq_cli.config.presets import PRESETS, Preset, preset_named
    from seq2seq_cli.config.registry import METRICS, AttentionScore, AttentionWeights, CellName, find_class
    from seq2seq_cli.config.run import Precision, RunConfig
    from seq2seq_cli.config.settings import Settings, resolve, train_options
    from seq2seq_cli.config.training import (
        DecayScope,
        ForcingDecay,
        ForcingUnit,
        Initialisation,
        Keep,
        OptimizerName,
        Schedule,
        TrainConfig,
    )
    from seq2seq_cli.config.use.caption import CaptionOptions
    from seq2seq_cli.config.use.chat import ChatOptions
    from seq2seq_cli.config.use.evaluate import EvaluationOptions
    from seq2seq_cli.config.use.generate import GenerateOptions
    from seq2seq_cli.config.use.score import ScoreOptions
    from seq2seq_cli.config.use.translate import TranslateOptions

_HOMES = {
    "data": ("Case", "DataConfig", "Level", "SubwordType", "Words", "checked_level"),
    "effects": ("ARGUMENT", "Layer", "options_from"),
    "fields": ("Checked", "Option", "option", "options_of"),
    "model": ("LARGEST_SIZE", "LARGEST_WIDTH", "Bridge", "Kind", "ModelConfig", "Padding"),
    "presets": ("PRESETS", "Preset", "preset_named"),
    "registry": ("METRICS", "AttentionScore", "AttentionWeights", "CellName", "find_class"),
    "settings": ("Settings", "resolve", "train_options"),
    "run": ("Precision", "RunConfig"),
    "training": (
        "DecayScope",
        "ForcingDecay",
        "ForcingUnit",
        "Initialisation",
        "Keep",
        "OptimizerName",
        "Schedule",
        "TrainConfig",
    ),
    "use.caption": ("CaptionOptions",),
    "use.chat": ("ChatOptions",),
    "use.evaluate": ("EvaluationOptions",),
    "use.generate": ("GenerateOptions",),
    "use.score": ("ScoreOptions",),
    "use.translate": ("TranslateOptions",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ARGUMENT",
    "LARGEST_SIZE",
    "LARGEST_WIDTH",
    "METRICS",
    "PRESETS",
    "AttentionScore",
    "AttentionWeights",
    "Bridge",
    "CaptionOptions",
    "Case",
    "CellName",
    "ChatOptions",
    "Checked",
    "DataConfig",
    "DecayScope",
    "EvaluationOptions",
    "ForcingDecay",
    "ForcingUnit",
    "GenerateOptions",
    "Initialisation",
    "Keep",
    "Kind",
    "Layer",
    "Level",
    "ModelConfig",
    "OptimizerName",
    "Option",
    "Padding",
    "Precision",
    "Preset",
    "RunConfig",
    "Schedule",
    "ScoreOptions",
    "Settings",
    "SubwordType",
    "TrainConfig",
    "TranslateOptions",
    "Words",
    "checked_level",
    "find_class",
    "option",
    "options_from",
    "options_of",
    "preset_named",
    "resolve",
    "train_options",
]


def __getattr__(name: str) -> object:
    # Names are imported when they are first used: a command should not pay for the options of the others.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
