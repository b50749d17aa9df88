"""What values an option may have, in words."""

from __future__ import annotations

import math
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


def in_bounds(low: float, high: float, above: float) -> str:
    """Say between which bounds a number must be."""
    if math.isfinite(above):
        return f" above {above:g}" + (f" and at most {high:g}" if math.isfinite(high) else "")
    if math.isfinite(low) and math.isfinite(high):
        return f" from {_written(low)} to {_written(high)}"
    return f" of at least {_written(low)}" if math.isfinite(low) else ""


def _written(bound: float) -> str:
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:g}"
