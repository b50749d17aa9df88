"""Pairs as ``source<TAB>target`` lines: the form of a dataset's own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.types import Pair

EMPTY = "the source or the target is empty"


def read_tsv(path: Path, problems: Problems) -> list[Pair]:
    """Read a file of ``source<TAB>target`` lines; others are recorded as problems.

    Raises:
        DataError: the file can't be read, or a line can't be used and `problems` is strict.
    """
    pairs: list[Pair] = []
    for number, line in read_lines(path, problems):
        columns = line.split("\t")
        if len(columns) != 2:
            problems.add(path, number, f"{len(columns)} columns; a line is source, tab, target")
        elif not columns[0].strip() or not columns[1].strip():
            problems.add(path, number, EMPTY)
        else:
            pairs.append((columns[0], columns[1]))
    return pairs


def encode_tsv(pairs: Sequence[Pair]) -> bytes:
    """Return pairs as the bytes of such a file."""
    return "".join(f"{source}\t{target}\n" for source, target in pairs).encode("utf-8")


def usable(source: str, target: str, path: Path, line: int, problems: Problems) -> Iterator[Pair]:
    """Yield a pair that can stand in a line, or record why it can't."""
    if not source.strip() or not target.strip():
        problems.add(path, line, EMPTY)
    elif any(character in text for text in (source, target) for character in "\t\n\r"):
        problems.add(path, line, "a tab or a line break stands inside a text")
    else:
        yield source, target
