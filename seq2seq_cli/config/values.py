"""What values an option may have, in words."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATHS: Any = tuple[Path, Path]
"""The type of an option that takes two files."""

TYPES: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    PATHS: "two paths",
}
"""The types of options, in words."""


SHOWN = 80
"""Characters of a value that a message shows."""


def shown(value: object) -> str:
    """Write a value that a user gave, as a message shows it: short, whatever it is."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of so many digits that Python does not write it
        return "a number of thousands of digits"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 20]}…{text[-10:]} ({len(text):,} characters)"


def is_finite(value: float) -> bool:
    """Tell whether a number is one that a float can be too; one of 400 digits is not."""
    return -sys.float_info.max <= value <= sys.float_info.max


def in_bounds(low: float, high: float, above: float) -> str:
    """Say between which bounds a number must be."""
    if math.isfinite(above):
        return f" above {above:g}" + (f" and at most {high:g}" if math.isfinite(high) else "")
    if math.isfinite(low) and math.isfinite(high):
        return f" from {_written(low)} to {_written(high)}"
    return f" of at least {_written(low)}" if math.isfinite(low) else ""


def _written(bound: float) -> str:
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:g}"
