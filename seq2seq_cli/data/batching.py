"""From encoded rows to packed batches: the one place where rows are sorted, reversed and shifted.

A batch keeps sources sorted by their length and targets by theirs, so the two orders differ;
`Batch.rows` says for each target which source is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Packing

Ids = npt.NDArray[np.int64]


class Sequences:
    """Many rows of ids in one flat array.

    Args:
        rows: each row's ids.
    """

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.lengths: Ids = np.fromiter(map(len, rows), np.int64, len(rows))
        self.starts: Ids = np.cumsum(self.lengths) - self.lengths
        self.ids: Ids = np.fromiter((i for row in rows for i in row), np.int64, int(self.lengths.sum()))

    def __len__(self) -> int:
        return len(self.lengths)

    def pack(self, rows: Ids, *, reverse: bool = False) -> tuple[Ids, Packing, Ids]:
        """Pack some rows, sorted by length (ties in the order given).

        Args:
            rows: (N,) numbers of rows.
            reverse: turn each row around within its own length.

        Returns:
            (ids (R,), packing, order (N,): for each packed row its place in `rows`).
        """
        lengths = self.lengths[rows]
        order = np.argsort(-lengths, kind="stable")
        packing = Packing(lengths[order])
        starts = self.starts[rows[order]][packing.row_of]
        steps = packing.step_of
        places = packing.lengths[packing.row_of] - 1 - steps if reverse else steps
        return self.ids[starts + places], packing, order


@dataclass(frozen=True)
class SourceBatch:
    """Packed sources: ids (R,), their packing, and for each row its place in the rows asked for."""

    ids: Ids
    packing: Packing
    order: Ids

    @classmethod
    def pack(cls, sources: Sequences, rows: Ids, *, reverse: bool) -> SourceBatch:
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
    """(R,) what it should say."""
    packing: Packing
    order: Ids
    """(N,) for each target row, its place in the rows asked for."""


def make_batch(sources: Sequences, targets: Sequences, rows: Ids, *, reverse: bool, start: int) -> Batch:
    """Pack a batch.

    Args:
        sources: all sources.
        targets: what the decoder should say for each, an end symbol included where there is one.
        rows: (N,) which rows to take.
        reverse: whether the model reads its source backwards.
        start: id of the start symbol.
    """
    source = SourceBatch.pack(sources, rows, reverse=reverse)
    said, packing, order = targets.pack(rows)
    inputs = np.empty_like(said)
    inputs[: packing.rows] = start
    for (before, _), (first, count) in zip(packing.steps, packing.steps[1:], strict=False):
        inputs[first : first + count] = said[before : before + count]
    place = np.empty(len(rows), dtype=np.int64)
    place[source.order] = np.arange(len(rows))
    return Batch(source, place[order], inputs, said, packing, order)


def epoch_rows(count: int, batch_size: int, key: Sequence[int], *, drop_last: bool) -> list[Ids]:
    """Return an epoch's batches as arrays of row numbers, shuffled by a stream that `key` fixes."""
    shuffled = np.random.default_rng(list(key)).permutation(count)
    batches = [shuffled[start : start + batch_size] for start in range(0, count, batch_size)]
    if drop_last and len(batches) > 1 and len(batches[-1]) < batch_size:
        batches.pop()
    return batches
