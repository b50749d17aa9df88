"""``dataset.json``: what a dataset says of itself, checked before anything of it is believed or recorded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, get_args

from seq2seq_cli.config import LARGEST_WIDTH, Level
from seq2seq_cli.errors import DataError
from seq2seq_cli.utf8 import decode

LARGEST = 1 << 20
"""Bytes of a description; ours have some hundreds."""
DEEPEST = 8
LARGEST_NUMBER = 1 << 63

KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What made a dataset: a word, for it becomes part of the name of a model."""

_CURE = "make the dataset again, or remove the file"


def read_description(path: Path) -> dict[str, Any]:
    """Read a description.

    Raises:
        DataError: it can't be read, is no JSON, or says what no dataset says.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise DataError(f"{path}: it has more than {LARGEST:,} bytes; {_CURE}")
        description = json.loads(decode(path, data), parse_constant=_refuse)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: it is not JSON ({error}); {_CURE}") from None
    except RecursionError:
        raise DataError(f"{path}: it is nested too deep; {_CURE}") from None
    try:
        check_description(description)
    except DataError as error:
        raise DataError(f"{path}: {error}; {_CURE}") from None
    return dict(description)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def check_description(description: object) -> None:
    """Check what a description says; the writer holds the same limits.

    Raises:
        DataError: something that can't be.
    """
    if not isinstance(description, dict):
        raise DataError("it is not a JSON object")
    _check_values(description, 0)
    kind = description.get("kind", "folder")
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise DataError("its kind is not a word of letters and digits")
    levels, known = description.get("levels"), get_args(Level)
    if not isinstance(levels, dict) or not levels or not all(level in known for level in levels.values()):
        raise DataError(f"it does not name the levels of its sides ({', '.join(known)})")
    sums = description.get("sha256", {})
    if not isinstance(sums, dict) or not all(isinstance(value, str) for value in sums.values()):
        raise DataError("its sha256 is not an object of sums by part")
    if not isinstance(description.get("options", {}), dict):
        raise DataError("its options are not an object")
    if not isinstance(description.get("form", "plain"), str):
        raise DataError("its form is no text")
    _check_widths(description.get("fixed_width", {}))


def _check_widths(widths: object) -> None:
    if not isinstance(widths, Mapping):
        raise DataError("its fixed_width is not an object of widths")
    for side in ("source", "target"):
        width = widths.get(side, 1)
        if type(width) is not int or not 1 <= width <= LARGEST_WIDTH:
            raise DataError(f"its fixed_width of the {side} is not a number from 1 to {LARGEST_WIDTH:,}")


def _check_values(value: Any, depth: int) -> None:
    """Check that a model file can hold a value, and a terminal show it."""
    if depth > DEEPEST:
        raise DataError(f"it is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        for name, item in value.items():
            _check_values(name, depth)
            _check_values(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_values(item, depth + 1)
    elif isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise DataError("it holds a text with half of a surrogate pair") from None
    elif isinstance(value, float) and not math.isfinite(value):
        raise DataError("it holds a number without end")
    elif isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        raise DataError("it holds a number of more than 63 bits")
