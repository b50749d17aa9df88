"""A guard against loops: no N symbols in a row come twice in one answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.types import Array, Ids


class NoRepeat:
    """Keeps what every row has said, on the device, and forbids what would repeat it.

    Args:
        backend: where the log-probabilities are.
        size: N.
        said: what every row has said before the first step.
        rows: n.
    """

    def __init__(self, backend: Backend, size: int, said: Sequence[int], rows: int) -> None:
        self._backend, self._size = backend, size
        self._said: Array = backend.to_device_ids(np.tile(np.array(said, dtype=np.int64), (rows, 1)))  # (n, t)

    @classmethod
    def of(cls, backend: Backend, size: int, said: Sequence[int], rows: int) -> NoRepeat | None:
        """Return a guard, or None where `size` is 0."""
        return cls(backend, size, said, rows) if size else None

    def __call__(self, log_probs: Array) -> Array:
        """Return log-probabilities (n, V) of minus infinity where a symbol would complete N that were said before."""
        xp, said, before = self._backend.xp, self._said, self._size - 1
        (rows, length), symbols = said.shape, log_probs.shape[1]
        places = length - before  # where N symbols in a row can end
        if places <= 0:
            return log_probs
        same = xp.ones((rows, places), dtype=bool)
        for offset in range(before):
            last = said[:, places + offset]
            same = same & (said[:, offset : offset + places] == last[:, None])
        # A column more takes what is not forbidden, so that no write depends on the order of writes.
        forbidden = xp.zeros((rows, symbols + 1), dtype=bool)
        forbidden[xp.arange(rows)[:, None], xp.where(same, said[:, before:], symbols)] = True
        return xp.where(forbidden[:, :symbols], float("-inf"), log_probs)

    def add(self, ids: Array) -> None:
        """Take the next symbol (n,) of every row."""
        self._said = self._backend.xp.concatenate((self._said, ids[:, None]), axis=1)

    def follow(self, parents: Array) -> None:
        """Go on with some rows, in the order of `parents` on the device, which may repeat."""
        self._said = self._said[parents]

    def take(self, rows: Ids) -> None:
        """Go on with some rows, named on the host."""
        self._said = self._backend.take(self._said, rows)
