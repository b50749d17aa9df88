"""What a checkpoint must hold before a run goes on from it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.config.fields import fields_of
from seq2seq_cli.config.run import PRECISIONS
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.arrays import packed_shape
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.model_file.checks import check_weights
from seq2seq_cli.model_file.plain import check_history, check_texts, holds_skipped, is_finite, is_list_of

_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")
_COUNTS = ("epoch", "step", "updates", "tokens", "since_best", "plateaus")
"""Numbers of a state that are whole and not negative."""
_AMOUNTS = ("loss_sum", "seconds")
_STATE = {*_COUNTS, *_AMOUNTS, "best_epoch", "best_score", "history"}
LARGEST_COUNT = 1 << 53
LONGEST_SCORE = 16
BEST = "best."
"""What the names of the best epoch's weights begin with, in a checkpoint."""


def check_checkpoint(
    checkpoint: Mapping[str, Any],
    config: ModelConfig,
    training: TrainConfig | None,
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    """Check all that a run goes on from: its state, its arrays' sizes, its file's name, its device.

    Raises:
        ModelFileError: something is missing, or is not what it should be.
    """
    arrays, state = checkpoint.get("arrays"), checkpoint.get("state")
    if not isinstance(arrays, dict) or not isinstance(state, dict) or training is None:
        raise ModelFileError("it is not a checkpoint")
    _check_training(training, config)
    _check_state(state)
    output = checkpoint.get("output")
    # A run writes beside its checkpoint; a file must not choose another folder for it.
    if not isinstance(output, str) or output in ("", ".", "..") or re.search(r"[/\\:\0]", output):
        raise ModelFileError(f"the output of its run is {output!r}, which is no plain file name")
    device, precision = checkpoint.get("device"), checkpoint.get("precision")
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise ModelFileError(f"the device of its run is {device!r}; it is cpu or cuda, with a number or without")
    if precision not in PRECISIONS:
        raise ModelFileError(f"the precision of its run is {precision!r}; it is {' or '.join(PRECISIONS)}")
    # Moments are as large as all parameters; a carried state has a row for each of a batch.
    limit = max(training.batch_size * config.hidden_size, sum(math.prod(shape) for shape in shapes.values()))
    for name, packed in arrays.items():
        if math.prod(packed_shape(name, packed)) > limit:
            raise ModelFileError(f"{name} is larger than the model")
    _check_best(state, arrays, shapes)


def _check_training(training: TrainConfig, config: ModelConfig) -> None:
    """Check that nothing is switched on that the training of such a model has not."""
    kind = kind_of_model(config.kind)
    for entry in fields_of(TrainConfig):
        if entry.base is float and kind.name not in entry.kinds and not entry.default and getattr(training, entry.name):
            raise ModelFileError(f"its {entry.name} does not go with a {kind.model_title}")


def _check_best(state: Mapping[str, Any], arrays: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Check the weights of the best epoch, which become the model's as they are."""
    best = {name.removeprefix(BEST): packed for name, packed in arrays.items() if name.startswith(BEST)}
    if (state["best_epoch"] is None) != (not best):
        raise ModelFileError("it has a best epoch without its weights, or weights without their epoch")
    if best:
        check_weights(best, shapes)


def _check_state(state: Mapping[str, Any]) -> None:
    """Check the values that a state has; which others there may be the training loop knows."""
    if missing := sorted(_STATE - set(state)):
        raise ModelFileError(f"its state has no {', '.join(missing)}")
    for name in _COUNTS:
        value = state[name]
        if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
            raise ModelFileError(f"the {name} of its state is {value!r}, which is no count")
    for name in _AMOUNTS:
        if not is_finite(state[name]):
            raise ModelFileError(f"the {name} of its state is {state[name]!r}, which is no finite number")
    if state["seconds"] < 0:
        raise ModelFileError(f"the seconds of its state are {state['seconds']!r}")
    score, history, epoch, best = (state[name] for name in ("best_score", "history", "epoch", "best_epoch"))
    if not isinstance(score, list) or len(score) > LONGEST_SCORE or not all(map(is_finite, score)):
        raise ModelFileError("the best_score of its state is not a list of finite numbers")
    if not is_list_of(history, dict) or len(history) != epoch or holds_skipped(history):
        raise ModelFileError("the history of its state does not have one entry for each epoch")
    check_history(history)
    check_texts(history)
    if best is not None and (type(best) is not int or not 1 <= best <= epoch):
        raise ModelFileError(f"the best_epoch of its state is {best!r}, which is none of its epochs")
    if (best is None) != (not score):
        raise ModelFileError("its state has a best epoch without a score, or a score without its epoch")
    if bool(state["step"]) != bool(state["tokens"]):
        raise ModelFileError("its state has steps without symbols, or symbols without steps")
