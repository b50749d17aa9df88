"""Pairs in two named columns of a CSV file with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seq2seq_cli.data.lines import CONVERT, Problems, check_utf8_file
from seq2seq_cli.data.readers.tsv import usable
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair


def read_csv(path: Path, columns: tuple[str, str], problems: Problems) -> Iterator[Pair]:
    """Yield the pairs of a CSV file.

    Args:
        path: the file.
        columns: the names of the source's and the target's column.
        problems: where rows that can't be used are recorded.

    Raises:
        DataError: the file can't be read, or has no such columns.
    """
    with _opened(path) as reader:
        yield from _pairs(path, columns, reader, problems)


def first_columns(path: Path) -> tuple[str, str]:
    """Return the names of a CSV file's first two columns.

    Raises:
        DataError: the file can't be read, or has less than two.
    """
    with _opened(path) as reader:
        header: list[str] = next(reader, [])
    if len(header) < 2:
        raise DataError(f"{path}:1: a CSV file of pairs has two columns or more, and their names in its first line")
    return header[0], header[1]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with path.open("rb") as file:
            check_utf8_file(path, file)
            yield csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: it is not UTF-8 at byte {error.start + 1:,}; {CONVERT}") from None
    except csv.Error as error:
        raise DataError(f"{path}: it is not a CSV file ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def _pairs(path: Path, columns: tuple[str, str], reader: Any, problems: Problems) -> Iterator[Pair]:
    header: list[str] = next(reader, [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise DataError(f"{path}:1: there is no column {missing[0]!r}; the header has {', '.join(header) or 'nothing'}")
    source, target = map(header.index, columns)
    for row in reader:
        if not row:
            continue  # a blank line is no row
        if len(row) != len(header):
            problems.add(path, reader.line_num, f"{len(row)} fields; the header has {len(header)}")
        else:
            yield from usable(normalise(row[source]), normalise(row[target]), path, reader.line_num, problems)
