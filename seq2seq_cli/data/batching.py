"""From encoded rows to packed batches: the one place where rows are sorted, reversed and shifted.

A batch keeps sources sorted by their length and targets by theirs, so the two orders differ;
`Batch.rows` says for each target which source is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.text.sequences import Sequences, Sources
from seq2seq_cli.types import Ids

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class SourceBatch:
    """Packed sources: what the encoder reads, their packing, and for each row its place in the rows asked for."""

    values: npt.NDArray[Any]
    """Ids of tokens (R,); features (R, F); or images (N, size, size, 3), in the packing's order. Of an ensemble a batch
    for each model."""
    packing: Packing
    order: Ids

    @classmethod
    def pack(cls, sources: Sources, rows: Ids, *, reverse: bool) -> SourceBatch:
        """Pack some rows of a corpus; `reverse` is the model's."""
        return cls(*sources.pack(rows, reverse=reverse))


@dataclass(frozen=True)
class Batch:
    """Packed sources and targets for training and for scoring given answers."""

    source: SourceBatch
    rows: Ids
    """(N,) for each target row, its row in `source`."""
    inputs: Ids
    """(R,) what the decoder reads: the start symbol, then the target but for its last symbol."""
    targets: Ids
    """(R,) what it should predict."""
    packing: Packing
    order: Ids
    """(N,) for each target row, its place in the rows asked for."""


def make_batch(sources: Sources, targets: Sequences, rows: Ids, *, reverse: bool, start: int) -> Batch:
    """Pack a batch.

    Args:
        sources: all sources.
        targets: what the decoder should predict for each, an end symbol included where there is one.
        rows: (N,) which rows to take.
        reverse: whether the model reads its source backwards.
        start: id of the start symbol.
    """
    source = SourceBatch.pack(sources, rows, reverse=reverse)
    expected, packing, order = targets.pack(rows)
    inputs = np.empty_like(expected)
    inputs[: packing.rows] = start
    for (before, _), (first, count) in zip(packing.steps, packing.steps[1:], strict=False):
        inputs[first : first + count] = expected[before : before + count]
    place = np.empty(len(rows), dtype=np.int64)
    place[source.order] = np.arange(len(rows))
    return Batch(source, place[order], inputs, expected, packing, order)


WINDOW = 64
"""Batches whose rows are sorted together, where batches are cut by symbols."""


def epoch_rows_by_symbols(lengths: Ids, others: Ids, symbols: int, key: Sequence[int]) -> list[Ids]:
    """Return an epoch's batches of rows of like length: as many rows each as have so many symbols.

    The rows are shuffled, sorted within windows of `WINDOW` batches, cut, and the batches shuffled, so that a batch's
    rows differ from epoch to epoch (Marian's and fairseq's way).

    Args:
        lengths: (n,) of the targets, which are counted.
        others: (n,) of the sources, by which rows with targets of one length are sorted.
        symbols: the most target symbols of a batch; a longer row is a batch of its own.
        key: fixes the order.
    """
    draw = np.random.default_rng(list(key))
    shuffled = draw.permutation(len(lengths))
    rows = max(1, int(WINDOW * symbols / max(1.0, float(lengths.mean()))))
    batches: list[Ids] = []
    for start in range(0, len(shuffled), rows):
        window = shuffled[start : start + rows]
        window = window[np.lexsort((others[window], lengths[window]))]
        sums = np.cumsum(lengths[window])
        first = 0
        while first < len(window):
            before = sums[first - 1] if first else 0
            end = max(first + 1, int(np.searchsorted(sums, before + symbols, side="right")))
            batches.append(window[first:end])
            first = end
    return [batches[i] for i in draw.permutation(len(batches)).tolist()]


def epoch_rows(count: int, batch_size: int, key: Sequence[int], *, drop_last: bool) -> list[Ids]:
    """Return an epoch's batches as arrays of row numbers, shuffled by a stream that `key` fixes."""
    shuffled = np.random.default_rng(list(key)).permutation(count)
    batches = [shuffled[start : start + batch_size] for start in range(0, count, batch_size)]
    if drop_last and len(batches) > 1 and len(batches[-1]) < batch_size:
        batches.pop()
    return batches
