"""Pairs in two files, the source in one and its target in the same line of the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.data.readers.tsv import usable
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import Pair


def read_aligned(source_path: Path, target_path: Path, problems: Problems) -> Iterator[Pair]:
    """Yield the pairs of two aligned files. A tab, which separates the columns of a dataset, becomes a blank.

    Raises:
        DataError: a file can't be read, or they differ in length.
    """
    # Lines that are not UTF-8 are missing from their side, so the sides are joined by line number.
    sources, targets = (
        {number: line.replace("\t", " ") for number, line in read_lines(path, problems)}
        for path in (source_path, target_path)
    )
    if max(sources, default=0) != max(targets, default=0):
        raise DataError(
            f"{source_path} has {max(sources, default=0):,} lines and {target_path} {max(targets, default=0):,}; "
            "aligned files have the same number"
        )
    for number in sources:
        if number in targets:
            yield from usable(sources[number], targets[number], source_path, number, problems)
