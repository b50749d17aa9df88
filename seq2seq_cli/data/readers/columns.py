"""Two columns of a table, as a user says them."""

from __future__ import annotations

from collections.abc import Sequence

from seq2seq_cli.errors import UsageError


def two_columns(option: str, given: str, example: str) -> tuple[str, str]:
    """Return the two columns that an option names.

    Args:
        option: its name.
        given: its value.
        example: a value that will do.

    Raises:
        UsageError: they are not two.
    """
    columns = tuple(name.strip() for name in given.split(","))
    if len(columns) != 2 or not all(columns) or columns[0] == columns[1]:
        raise UsageError(f"`{option}` takes two different columns, like {example}, not {given!r}")
    return columns[0], columns[1]


def column_numbers(columns: Sequence[str]) -> tuple[int, int] | None:
    """Return columns as numbers from 1, or None where they are none."""
    if not all(name.isascii() and name.isdecimal() and len(name) < 6 and int(name) for name in columns):
        return None
    first, second = map(int, columns)
    return (first, second) if min(first, second) > 0 else None
