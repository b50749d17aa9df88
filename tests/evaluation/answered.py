"""Answers that are written down, beside what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seq2seq_cli.evaluation.figures import AnsweredPairs
from seq2seq_cli.inference.answer import Answer


def answered(*rows: Sequence[str], symbols: Callable[[str], list[str]] = str.split) -> AnsweredPairs:
    """Return answers with their right ones; a row is the answer, then every right one."""
    right = tuple(tuple(row[1:]) for row in rows)
    return AnsweredPairs(
        sources=tuple(f"source {number}" for number in range(len(rows))),
        answers=tuple(Answer(row[0], -1.0) for row in rows),
        references=right,
        targets=right,
        symbols=symbols,
    )
