"""Pairs in two files, the source in one and its target in the same line of the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from seq2seq_cli.data.lines import Problems, numbered_lines
from seq2seq_cli.data.readers.tsv import usable
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import Pair

_MISSING = (0, None)
"""Of a file that has ended."""


def read_aligned(source_path: Path, target_path: Path, problems: Problems) -> Iterator[Pair]:
    """Yield the pairs of two aligned files. A tab, which separates the columns of a dataset, becomes a blank.

    What counts is the number of lines, whatever they hold: one that is not UTF-8 costs its pair, and no other.

    Raises:
        DataError: a file can't be read, or they differ in length.
    """
    counts = [0, 0]
    sides = (numbered_lines(path, problems) for path in (source_path, target_path))
    for source, target in zip_longest(*sides, fillvalue=_MISSING):
        counts = [max(count, number) for count, (number, _) in zip(counts, (source, target), strict=True)]
        if counts[0] == counts[1] and source[1] is not None and target[1] is not None:
            pair = source[1].replace("\t", " "), target[1].replace("\t", " ")
            yield from usable(*pair, source_path, counts[0], problems)
    if counts[0] != counts[1]:
        raise DataError(
            f"{source_path} has {counts[0]:,} lines and {target_path} {counts[1]:,}; aligned files have the same number"
        )
