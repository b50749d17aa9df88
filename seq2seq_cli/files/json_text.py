"""JSON as the standard has it: no infinity and no NaN, and text that is Unicode."""

from __future__ import annotations

import json
import math
from typing import Any


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Write builtins as JSON; a number that is not finite becomes null.

    A name of a file that is not UTF-8 holds halves of surrogate pairs. They are written as escapes (``\\udcff``), from
    which a reader gets the same name back.
    """
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
