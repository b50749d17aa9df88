"""Pairs in two named columns of a CSV file with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq_cli.data.lines import Problems, check_utf8_file
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
    try:
        with path.open("rb") as file:
            check_utf8_file(path, file)
            reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
            yield from _pairs(path, columns, reader, problems)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: it is not a CSV file in UTF-8 ({error})") from None
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
