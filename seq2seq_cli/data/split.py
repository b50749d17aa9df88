"""Splitting rows and lines into the parts of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seq2seq_cli.data.lines import join_lines
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.types import Pair

BOOK_SEED = 1984
"""Of the book's shuffle ("Deep Learning from Scratch 2", ``dataset/sequence.py``)."""


def check_share(name: str, value: float) -> None:
    """Raise UsageError unless an option's value is a share below 1 or a count."""
    if not value >= 0 or (value > 1 and value != int(value)):
        raise UsageError(f"`{name}` must be a share below 1 or a count, not {value}")


def held_out(total: int, shares: Mapping[str, float], unit: str) -> dict[str, int]:
    """Return how many rows or lines the held-out parts get.

    Args:
        total: how many there are in all.
        shares: for each held-out part a share below 1 or a count.
        unit: what is counted, for messages.

    Raises:
        UsageError: a number is neither.
        DataError: nothing is left to train on.
    """
    for name, value in shares.items():
        check_share(name, value)
    counts = {name: round(value * total) if value < 1 else int(value) for name, value in shares.items()}
    if sum(counts.values()) >= total:
        of_them = f"1 {unit.removesuffix('s')} is" if total == 1 else f"{total:,} {unit} are"
        raise DataError(f"{of_them} too few for {sum(counts.values()):,} in {' and '.join(counts)}")
    return counts


def split_by_key(
    pairs: Sequence[Pair], shares: Mapping[str, int], key: Callable[[str], str], shuffle: Callable[[list[Any]], None]
) -> dict[str, list[Pair]]:
    """Split pairs so that all rows of a source, and of sources with the same key, are in one part.

    Args:
        pairs: all pairs.
        shares: for each part but the first, how many rows it should have; the first gets the others.
        key: what makes two sources the same.
        shuffle: puts the groups into a random order, in place.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair[0]), []).append(pair)
    return split_groups(list(groups.values()), shares, shuffle)


def split_groups(
    groups: list[list[Pair]], shares: Mapping[str, int], shuffle: Callable[[list[Any]], None]
) -> dict[str, list[Pair]]:
    """Split groups of pairs so that each stays whole; arguments as `split_by_key`'s, groups being what is shuffled."""
    shuffle(groups)
    first, *others = shares
    parts: dict[str, list[Pair]] = {name: [] for name in shares}
    waiting = iter(groups)
    for name in reversed(others):
        while len(parts[name]) < shares[name] and (chosen := next(waiting, None)) is not None:
            parts[name] += chosen
    for chosen in waiting:
        parts[first] += chosen
    return parts


def book_split(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Repeat the book's split: its shuffle of all rows with its seed, the last tenth being test."""
    import numpy as np

    order = np.arange(len(pairs))
    np.random.RandomState(BOOK_SEED).shuffle(order)
    at = len(pairs) - len(pairs) // 10
    rows = [pairs[i] for i in order.tolist()]
    return {"train": rows[:at], "test": rows[at:]}


def split_lines(lines: Sequence[str], valid: float, test: float) -> dict[str, str]:
    """Cut a text into parts: the last lines are test, those before them valid. Lines stay in order.

    Args:
        lines: all lines.
        valid: share below 1, or count.
        test: likewise.

    Raises:
        UsageError: a number is neither.
        DataError: nothing is left for train.
    """
    counts = held_out(len(lines), {"valid": valid, "test": test}, "lines")
    second = len(lines) - counts["test"]
    first = second - counts["valid"]
    cut = {"train": lines[:first], "valid": lines[first:second], "test": lines[second:]}
    return {name: join_lines(part) for name, part in cut.items() if part}
