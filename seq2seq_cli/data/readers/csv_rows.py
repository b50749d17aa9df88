"""Rows of a CSV file (RFC 4180), such that what is wrong with one row costs that row alone.

Python's `csv` goes on reading after a quote that nobody closed, through all rows up to the next quote, and a file that
is not UTF-8 in one place is none for it. So the few rules are here: fields stand between separators; a field that
begins with a quote ends with one, holds separators and line breaks, and has its quotes doubled.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from seq2seq_cli.data.lines import CONVERT, Problems, byte_lines
from seq2seq_cli.text.normalise import normalise

SEPARATORS = (",", ";", "\t")
"""The standard's, that of countries where the comma is in numbers, and that of a table with quotes."""

ROWS_LOOKED_AT = 50
"""Of the beginning, to find the separator and the number of fields."""

NEVER_CLOSED = "a quote is opened here and never closed"

LINES_OF_A_ROW = 1000
"""A quote that is open for longer was never to be closed."""


@dataclass(frozen=True)
class CsvRow:
    """A row and the line where it begins."""

    line: int
    fields: Sequence[str]


class _NotClosedError(Exception):
    """A quote that is opened and never closed, or is closed in the middle of a field."""


def read_rows(path: Path, separator: str, problems: Problems, *, width: int | None = None) -> Iterator[CsvRow]:
    """Yield the rows of a file; blank lines are none.

    Args:
        path: the file.
        separator: between fields.
        problems: where rows that can't be used are recorded.
        width: how many fields a row has; one of several lines that has not so many began with a quote too many.

    Raises:
        DataError: the file can't be read, or a row can't be used and `problems` is strict.
    """
    lines = _Lines(path)
    while (line := lines.next()) is not None:
        begun = lines.number
        if not line:
            continue
        try:
            fields = _fields(line, separator, lines)
            if width not in (None, len(fields)) and lines.number > begun:
                raise _NotClosedError(NEVER_CLOSED)
        except _NotClosedError as error:
            lines.go_back()
            problems.add(path, begun, str(error))
            continue
        lines.forget()
        try:
            yield CsvRow(
                begun, [normalise(field.encode("utf-8", "surrogateescape").decode("utf-8")) for field in fields]
            )
        except UnicodeDecodeError:
            problems.add(path, begun, "not UTF-8", CONVERT)


class _Lines:
    """Lines of a file, to which a reader can go back that took too many."""

    def __init__(self, path: Path) -> None:
        self._source = byte_lines(path)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0
        """Of the line that was returned last."""

    def next(self) -> str | None:
        """Return the next line, or None; what is not UTF-8 in it stands as surrogates."""
        if self._again:
            line = self._again.popleft()
        else:
            found = next(self._source, None)
            if found is None:
                return None
            line = found.decode("utf-8", "surrogateescape")
        self._taken.append(line)
        self.number += 1
        return line

    def go_back(self) -> None:
        """Return to all lines since the last call, but for the first of them."""
        self._again.extendleft(reversed(self._taken[1:]))
        self.number -= len(self._taken) - 1
        self.forget()

    def forget(self) -> None:
        """Stay here."""
        self._taken.clear()


def _fields(line: str, separator: str, lines: _Lines) -> list[str]:
    """Return the fields of a row that begins with a line, and may go on in further ones."""
    if '"' not in line:
        return line.split(separator)
    fields, place, begun = [], 0, lines.number
    while True:
        if line.startswith('"', place):
            field, line, place = _quoted(line, place + 1, lines)
            if place < len(line) and not line.startswith(separator, place):
                raise _NotClosedError(
                    NEVER_CLOSED if lines.number > begun else "a quote stands inside a field in quotes"
                )
        else:
            end = line.find(separator, place)
            field = line[place:] if end < 0 else line[place:end]
            place += len(field)
        fields.append(field)
        if place == len(line):
            return fields
        place += 1


def _quoted(line: str, place: int, lines: _Lines) -> tuple[str, str, int]:
    """Return a field in quotes, the line in which it ends, and the place behind it."""
    pieces = []
    for _ in range(LINES_OF_A_ROW):
        while (end := line.find('"', place)) >= 0:
            pieces.append(line[place:end])
            if not line.startswith('"', end + 1):
                return "".join(pieces), line, end + 1
            pieces.append('"')
            place = end + 2
        pieces += (line[place:], "\n")
        found = lines.next()
        if found is None:
            break
        line, place = found, 0
    raise _NotClosedError(NEVER_CLOSED)


@dataclass(frozen=True)
class CsvForm:
    """What the beginning of a CSV file says of it."""

    separator: str
    header: tuple[str, ...]
    """The fields of its first row, which may be names."""
    width: int
    """How many fields most rows have."""


def csv_form(path: Path, names: Sequence[str] = ()) -> CsvForm:
    """Find out how a file separates its fields: by what the columns asked for stand between, or most rows agree on.

    Raises:
        DataError: the file can't be read.
    """
    forms = []
    for separator in SEPARATORS:
        rows = [row.fields for row in islice(read_rows(path, separator, Problems()), ROWS_LOOKED_AT)]
        width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        header = tuple(name.strip() for name in rows[0]) if rows else ()
        named = bool(names) and set(names) <= set(header)
        forms.append(((named, width > 1, count, width), CsvForm(separator, header, width)))
    return max(forms, key=lambda entry: entry[0])[1]
