"""Pairs in lines of one width, as in the book's files: ``57+5   _62  ``."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.data.readers.tsv import usable
from seq2seq_cli.text.tokens import BLANK
from seq2seq_cli.types import Pair


def read_fixed_width(path: Path, separator: str, problems: Problems) -> tuple[list[Pair], dict[str, int]]:
    """Read ``question   _answer  `` lines; blanks that fill them are dropped.

    Args:
        path: the file.
        separator: the character between source and target.
        problems: where lines that can't be used are recorded.

    Returns:
        The pairs, and the widths of ``source`` and ``target``, blanks included.
    """
    pairs: list[Pair] = []
    widths = {"source": 0, "target": 0}
    for number, line in read_lines(path, problems):
        source, found, target = line.partition(separator)
        if not found:
            problems.add(path, number, f"no separator {separator!r}")
            continue
        for pair in usable(source.rstrip(BLANK), target.rstrip(BLANK), path, number, problems):
            widths = {
                "source": max(widths["source"], len(source)),
                "target": max(widths["target"], len(target)),
            }
            pairs.append(pair)
    return pairs, widths
