"""Older formats of model files, each brought up to the next one.

A migration gets the content of a file as builtins, nothing of it checked yet, and returns the content in
the words of the next version. It renames and fills in; it does not judge. What does not look as it should
is left as it is for the checks to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seq2seq_cli.config.training import MOST_EPOCHS

Content = dict[str, Any]

_CONFIG_NAMES = {
    "source_symbols": "source_vocab_size",
    "target_symbols": "target_vocab_size",
    "embedding": "embedding_size",
    "hidden": "hidden_size",
    "variational": "variational_dropout",
}
_TRAINING_NAMES = {
    "steps": "bptt",
    "random_steps": "random_bptt",
    "change_penalty": "temporal_penalty",
    "teacher_forcing_per": "teacher_forcing_unit",
}
_DATA_NAMES = {"monitor": "eval_part"}

_NEW_IN_CONFIG = {"cell": "lstm"}
"""The only cell that there was."""

_NEW_IN_TRAINING = {"weight_decay_scope": "all"}
"""What decayed, so that a checkpoint goes on as it began."""


def _renamed(values: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(values, dict):
        return values
    return {names.get(name, name): value for name, value in values.items()}


def _with(values: Any, new: Mapping[str, Any]) -> Any:
    """Add what every older file meant and did not say; what is empty stays so (a model that we did not train)."""
    return {**values, **new} if isinstance(values, dict) and values else values


def _from_1(content: Content) -> Content:
    """Version 2 has the names of the field: sizes are called sizes, and truncated back-propagation bptt."""
    return {
        **content,
        "config": _with(_renamed(content.get("config"), _CONFIG_NAMES), _NEW_IN_CONFIG),
        "training": _with(_renamed(content.get("training"), _TRAINING_NAMES), _NEW_IN_TRAINING),
        "data": _renamed(content.get("data"), _DATA_NAMES),
    }


def _from_2(content: Content) -> Content:
    """Version 3 has more that a model may be: readouts, subword units a side, copying, …

    An older file has none of it, which is what the fields' defaults say. The number tells an older s2s that
    it can't read the file. What older ones allowed, more epochs than a file can hold, is as many as it can.
    """
    training = content.get("training")
    if isinstance(training, dict) and type(epochs := training.get("epochs")) is int and epochs > MOST_EPOCHS:
        return {**content, "training": {**training, "epochs": MOST_EPOCHS}}
    return content


MIGRATIONS: Mapping[int, Callable[[Content], Content]] = {1: _from_1, 2: _from_2}
"""For each older version, what turns a file's content into that of the next version."""

FORMAT_VERSION = max(MIGRATIONS) + 1


def migrated(content: Content, version: int) -> Content:
    """Return the content of a file of an older version as that of today's.

    Args:
        content: what the file holds.
        version: the version that it says it has, from 1 to `FORMAT_VERSION`.
    """
    for older in range(version, FORMAT_VERSION):
        content = MIGRATIONS[older](content)
    return content
