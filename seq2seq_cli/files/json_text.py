"""JSON as the standard has it: no infinity and no NaN, and text that is Unicode."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_COMMANDS = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters that JSON allows in a text, and marks that turn the direction of what follows."""


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Write builtins as JSON; a number that is not finite becomes null.

    A name of a file that is not UTF-8 holds halves of surrogate pairs. They are written as escapes (``\\udcff``), from
    which a reader gets the same name back; so is what would command a terminal.
    """
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
    if not text.isprintable():
        text = _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
