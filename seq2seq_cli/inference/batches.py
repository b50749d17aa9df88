"""Which rows run together: as many as their symbols allow, never as many as somebody happens to give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seq2seq_cli.models.windows import LARGEST_ARRAY
from seq2seq_cli.types import Ids

ROWS = 512
"""Rows that run at once, at most: more are no faster."""

INDEX_COST = 8
"""Index arrays and ids of a symbol, as the numbers of one array."""

SHORTEST_WINDOW = 8
"""Steps that a window has room for, where rows are that long: shorter ones waste what is prepared once a window."""


def rows_at_once(most: int, row_cost: int) -> int:
    """Return how many rows may run together: at least one, and at most `most`.

    Args:
        most: rows asked for.
        row_cost: numbers that a row makes in the widest array.
    """
    return max(1, min(most, LARGEST_ARRAY // row_cost))


def batches(lengths: Ids, most: int, symbol_cost: int) -> Iterator[Ids]:
    """Yield row numbers in batches of similar length, the longest rows first.

    Args:
        lengths: (N,) of the rows.
        most: rows of a batch.
        symbol_cost: numbers that a symbol makes in the widest array that has all of a row's symbols.
    """
    order, first = np.argsort(-lengths, kind="stable"), 0
    while first < len(order):
        longest = max(1, int(lengths[order[first]]))
        count = rows_at_once(most, longest * symbol_cost)
        yield order[first : first + count]
        first += count


def runs(lengths: Ids, most: int, symbol_cost: int) -> Iterator[slice]:
    """Yield slices of consecutive rows, in order; arguments as `batches`'s."""
    first = 0
    while first < len(lengths):
        longest = np.maximum.accumulate(lengths[first : first + most])
        fit = np.maximum(longest, 1) * np.arange(1, len(longest) + 1) * symbol_cost <= LARGEST_ARRAY
        count = max(1, int(fit.sum()))
        yield slice(first, first + count)
        first += count
