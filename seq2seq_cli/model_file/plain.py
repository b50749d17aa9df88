"""Checks of builtins: what may be shown, what are figures, what is finite."""

from __future__ import annotations

import math
from typing import Any

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickled_values import SkippedBytes


def check_texts(value: Any) -> None:
    """Check that there are no bytes, and that every text can be written as UTF-8, so that all can be shown."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ModelFileError("it holds a text with half of a surrogate pair") from None
    elif isinstance(value, bytes):
        raise ModelFileError("it holds bytes outside its arrays")
    elif isinstance(value, dict):
        for name, item in value.items():
            check_texts(name)
            check_texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check_texts(item)


def check_history(history: list[dict[str, Any]]) -> None:
    """Check that an epoch's entry holds figures, and nothing inside them."""
    for entry in history:
        if not all(isinstance(value, (str, int, float, type(None))) for value in entry.values()):
            raise ModelFileError("its history holds more than figures")


def is_list_of(value: object, kind: type) -> bool:
    """Tell whether a value is a list of one type."""
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


def holds_skipped(value: Any) -> bool:
    """Tell whether large bytes, which were left in the file, stand anywhere in a value."""
    if isinstance(value, dict):
        return any(map(holds_skipped, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_skipped, value))
    return isinstance(value, SkippedBytes)


def is_finite(value: object) -> bool:
    """Tell whether a value is a number that is finite."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
