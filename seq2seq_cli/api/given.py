"""What programs give: texts, pairs, paths and numbers, checked at the call and refused in one sentence."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from seq2seq_cli.config.fields import Option
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.types import Pair

Wanted = TypeVar("Wanted")

STREAM_IDS = {"low": 0, "high": (1 << 63) - 1}
"""Bounds of the number of a row, which with the seed fixes what is drawn for it."""


def texts_of(given: str | Iterable[str], name: str) -> list[str]:
    """Return one text, or several, as a list.

    Raises:
        UsageError: it is something else; the message names the argument.
    """
    if isinstance(given, str):
        return [given]
    if isinstance(given, (bytes, bytearray, Mapping)) or not isinstance(given, Iterable):
        raise UsageError(f"`{name}` must be texts, not {_kind(given)}{_cure(given)}")
    texts = list(given)
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise UsageError(f"`{name}` must be texts; number {number} is {_kind(text)}{_cure(text)}")
    return texts


def lines_of(given: str | Iterable[str], name: str) -> list[str]:
    """Return one line, or several, as a list; a line end at the end of one is no part of it, as in a file.

    Raises:
        UsageError: it is something else; the message names the argument.
        DataError: one has a line end within.
    """
    return [line_of(text, f"`{name}`: number {number}") for number, text in enumerate(texts_of(given, name), 1)]


def line_of(text: str, title: str) -> str:
    """Return a line without its end.

    Raises:
        DataError: it has a line end within; the message begins with the title.
    """
    if "\n" not in text:
        return text
    line = text.removesuffix("\n").removesuffix("\r")
    if "\n" in line:
        raise DataError(f"{title} has a line end within, so it is more than one line: split it first")
    return line


def pairs_of(given: Iterable[Pair]) -> list[Pair]:
    """Return rows of source and target as a list.

    Raises:
        UsageError: they are something else; the message says which row.
        DataError: a source or a target has a line end within.
    """
    if isinstance(given, (str, bytes, bytearray, Mapping)) or not isinstance(given, Iterable):
        raise UsageError(f"`pairs` must be rows of (source, target), not {_kind(given)}")
    rows = list[Pair]()
    for number, row in enumerate(given, 1):
        sides = list(row) if isinstance(row, Iterable) and not isinstance(row, (str, bytes)) else None
        if sides is None or len(sides) != 2 or not all(isinstance(side, str) for side in sides):
            raise UsageError(
                f"`pairs` must be rows of (source, target), two texts each; number {number} is {reprlib.repr(row)}"
            )
        source, target = (line_of(side, f"`pairs`: number {number}") for side in sides)
        rows.append((source, target))
    return rows


def path_of(given: object, name: str, wanted: str = "a path") -> Path:
    """Return a path that was given as a text or a path object.

    Raises:
        UsageError: it is something else; the message names the argument.
    """
    if isinstance(given, os.PathLike):
        given = os.fspath(given)
    if not isinstance(given, str):
        raise UsageError(f"`{name}` must be {wanted}, not {_kind(given)}")
    return Path(given)


def paths_of(given: object, name: str) -> list[Path]:
    """Return one path, or several, as a list; errors as `path_of`'s."""
    if isinstance(given, (str, bytes, os.PathLike)) or not isinstance(given, Iterable):
        return [path_of(given, name)]
    return [path_of(one, name) for one in given]


def checked(name: str, kind: Any, given: object, **facts: Any) -> Any:
    """Return a value that an argument may have, checked as an option is (`config.fields.option` has the facts).

    Raises:
        UsageError: it has another type, or is out of bounds; the message names the argument.
    """
    return Option(name, kind, None, facts).check(given)


def instance_of(kind: type[Wanted], given: object, name: str) -> Wanted:
    """Return an object that is of a class.

    Raises:
        UsageError: it is not; the message names the argument.
    """
    if not isinstance(given, kind):
        raise UsageError(f"`{name}` must be made by {kind.__name__}(…), not {_kind(given)}")
    return given


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _cure(value: object) -> str:
    return ": decode them, as text.decode('utf-8')" if isinstance(value, (bytes, bytearray)) else ""
