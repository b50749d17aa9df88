"""Many sources or targets: rows of ids in one flat array, and what other sources have to offer."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import chain
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Packing
from seq2seq_cli.types import Ids


class Sources(Protocol):
    """Many sources of one corpus, whatever a model reads: ids of tokens, images, features."""

    @property
    def lengths(self) -> Ids:
        """(n,) how many places each has."""

    def __len__(self) -> int: ...

    def pack(self, rows: Ids, *, reverse: bool = False) -> tuple[npt.NDArray[Any], Packing, Ids]:
        """Return what an encoder reads of some rows, their packing, and for each packed row its place in `rows`."""


class Sequences:
    """Many rows of ids in one flat array.

    Args:
        rows: each row's ids.
    """

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.lengths: Ids = np.fromiter(map(len, rows), np.int64, len(rows))
        self.starts: Ids = np.cumsum(self.lengths) - self.lengths
        self.ids: Ids = np.fromiter(chain.from_iterable(rows), np.int64, int(self.lengths.sum()))

    def __len__(self) -> int:
        return len(self.lengths)

    def with_ids(self, ids: Ids) -> Sequences:
        """Return the same rows with other ids (R,)."""
        other = copy(self)
        other.ids = ids
        return other

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
