"""Pairs in two columns of a CSV file, named in its header or by their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seq2seq_cli.data.lines import Problems, plural
from seq2seq_cli.data.readers.columns import column_numbers
from seq2seq_cli.data.readers.csv_rows import CsvForm, csv_form, read_rows
from seq2seq_cli.data.readers.tsv import usable
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import Pair


def read_csv(path: Path, columns: tuple[str, str], problems: Problems) -> Iterator[Pair]:
    """Yield the pairs of a CSV file.

    Args:
        path: the file.
        columns: the names of the source's and the target's column in the first line; or, where these are no names in
            it, their numbers from 1, and then the file has no header.
        problems: where rows that can't be used are recorded.

    Raises:
        DataError: the file can't be read, or has no such columns.
    """
    form = csv_form(path, columns)
    numbers, named = _places(path, columns, form)
    wanted, what = (len(form.header), "the header has") if named else (form.width, "most lines have")
    rows = read_rows(path, form.separator, problems, width=wanted)
    if named:
        next(rows, None)
    for row in rows:
        if len(row.fields) != wanted:
            problems.add(path, row.line, f"{plural(len(row.fields), 'field')}; {what} {wanted}")
        else:
            yield from usable(row.fields[numbers[0]], row.fields[numbers[1]], path, row.line, problems)


def _places(path: Path, columns: tuple[str, str], form: CsvForm) -> tuple[tuple[int, int], bool]:
    """Return the places of two columns, counted from 0, and whether the first line names them."""
    missing = [name for name in columns if name not in form.header]
    if not missing:
        return (form.header.index(columns[0]), form.header.index(columns[1])), True
    numbers = column_numbers(columns)
    if numbers is None:
        there = ", ".join(form.header) or "nothing"
        raise DataError(
            f"{path}:1: there is no column {missing[0]!r}; the header has {there} (without a header, give numbers: 1,2)"
        )
    if max(numbers) > form.width:
        raise DataError(f"{path}:1: there is no column {max(numbers)}; most lines have {form.width}")
    return (numbers[0] - 1, numbers[1] - 1), False


def first_columns(path: Path) -> tuple[str, str]:
    """Return the names of a CSV file's first two columns.

    Raises:
        DataError: the file can't be read, or has less than two.
    """
    header = csv_form(path).header
    if len(header) < 2:
        raise DataError(f"{path}:1: a CSV file of pairs has two columns or more, and their names in its first line")
    return header[0], header[1]
