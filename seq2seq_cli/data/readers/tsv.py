"""Pairs as ``source<TAB>target`` lines: the form of a dataset's own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from seq2seq_cli.data.lines import Problems, plural, read_lines
from seq2seq_cli.types import Pair

EMPTY = "the source or the target is empty"


def read_tsv(path: Path, problems: Problems, columns: tuple[int, int] | None = None) -> list[Pair]:
    """Read a file of ``source<TAB>target`` lines; others are recorded as problems.

    A side is kept as it stands, with the blanks around it: in training and in use alike, they are symbols.

    Args:
        path: the file.
        problems: where lines that can't be used are recorded.
        columns: two columns of a table to take instead, counted from 1; it may have any number of others.

    Raises:
        DataError: the file can't be read, or a line can't be used and `problems` is strict.
    """
    pairs: list[Pair] = []
    first, second = columns or (1, 2)
    needed = max(first, second)
    for number, line in read_lines(path, problems):
        fields = line.split("\t")
        if columns is None and len(fields) != 2:
            problems.add(path, number, f"{plural(len(fields), 'column')}; a line is source, tab, target")
        elif len(fields) < needed:
            problems.add(path, number, f"{plural(len(fields), 'column')}; column {needed} is asked for")
        elif not fields[first - 1].strip() or not fields[second - 1].strip():
            problems.add(path, number, EMPTY)
        else:
            pairs.append((fields[first - 1], fields[second - 1]))
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
