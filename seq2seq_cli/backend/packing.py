"""The row lengths of a batch, and where each step's rows lie in a packed array.

A batch of N rows of different lengths is kept *packed*: time-major, rows sorted by length, longest
first, and the padded places left out. Step t holds the first ``counts[t]`` rows; the packed array has
``total = sum(counts)`` rows. What is not there can't count: no padded place reaches a product, a loss
or a state, and no time is spent on one.

    lengths 4 2 1          step 0: rows 0 1 2    packed rows 0 1 2
                           step 1: rows 0 1                  3 4
                           step 2: row  0                    5
                           step 3: row  0                    6
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from seq2seq_cli.types import Array, Ids, Mask

if TYPE_CHECKING:
    import numpy.typing as npt


class Uploader(Protocol):
    """What takes index arrays to a device: a backend."""

    def to_device_ids(self, values: npt.ArrayLike) -> Array:
        """Move them."""


class Packing:
    """The row lengths of a packed batch. Index arrays are NumPy's, on the host; `on_device` has them elsewhere.

    Args:
        lengths: (N,) row lengths, longest first, none below 1.
    """

    def __init__(self, lengths: npt.ArrayLike) -> None:
        self.lengths: Ids = np.asarray(lengths, dtype=np.int64)
        if self.lengths.ndim != 1 or not len(self.lengths) or self.lengths[-1] < 1:
            raise ValueError("a packed batch needs at least one row, and each row at least one symbol")
        if (self.lengths[1:] > self.lengths[:-1]).any():
            raise ValueError("rows must be sorted by length, longest first")
        self.rows = len(self.lengths)
        self.longest = int(self.lengths[0])
        self.uniform = bool(self.lengths[-1] == self.longest)
        # counts[t] rows are longer than t: the lengths are sorted, so a search finds each count.
        ascending = self.lengths[::-1]
        counts = self.rows - np.searchsorted(ascending, np.arange(self.longest), side="right")
        starts = np.concatenate(([0], np.cumsum(counts)))
        self.total = int(starts[-1])
        self.starts: Ids = starts[:-1]
        self.counts: Ids = np.ascontiguousarray(counts, dtype=np.int64)
        self.steps: list[tuple[int, int]] = list(zip(starts[:-1].tolist(), counts.tolist(), strict=True))
        """For each step, the first packed row and the number of rows."""
        self._on_device: dict[tuple[Uploader, str], Array] = {}

    @classmethod
    def even(cls, rows: int, length: int) -> Packing:
        """Return the packing of `rows` rows of one length."""
        return cls(np.full(rows, length))

    @cached_property
    def _places(self) -> tuple[Ids, Ids]:
        """For each packed row, its step and its row in the batch."""
        inside = np.arange(self.longest)[:, None] < self.lengths[None, :]  # (T, N)
        steps, rows = np.nonzero(inside)
        return steps, rows

    @property
    def step_of(self) -> Ids:
        """(total,) the step of each packed row."""
        return self._places[0]

    @property
    def row_of(self) -> Ids:
        """(total,) the batch row of each packed row."""
        return self._places[1]

    @cached_property
    def reversal(self) -> Ids:
        """(total,) where to gather from to turn each row around within its own length (its own inverse)."""
        steps, rows = self._places
        places: Ids = self.starts[self.lengths[rows] - 1 - steps] + rows
        return places

    @cached_property
    def padded(self) -> Ids:
        """(N, T) the packed row of each place; a padded place points at packed row 0 and needs `mask`."""
        places = self.starts[None, :] + np.arange(self.rows)[:, None]
        return np.where(self.mask, places, 0)

    @cached_property
    def mask(self) -> Mask:
        """(N, T) true where a row has a symbol."""
        return np.arange(self.longest)[None, :] < self.lengths[:, None]

    @cached_property
    def packed(self) -> Ids:
        """(total,) the place of each packed row in a padded (N, T) array, flattened."""
        steps, rows = self._places
        return rows * self.longest + steps

    def on_device(self, backend: Uploader, name: Literal["padded", "packed", "mask", "reversal", "row_of"]) -> Array:
        """Return one of the index arrays on the device, flattened but for `mask`; it is uploaded once."""
        key = (backend, name)
        if key not in self._on_device:
            array = getattr(self, name)
            self._on_device[key] = backend.to_device_ids(array if name == "mask" else array.reshape(-1))
        return self._on_device[key]

    def add_to_steps(self, xp: Any, packed: Array, rows: Array) -> None:
        """Add rows (N, ·) to every step of a packed array (total, ·) of the module `xp`, in place."""
        for start, count in self.steps:
            step = packed[start : start + count]
            xp.add(step, rows[:count], out=step)

    def sum_over_steps(self, xp: Any, packed: Array) -> Array:
        """Return (N, ·): for each batch row the sum of its packed rows; the backward of `add_to_steps`."""
        total = packed[: self.rows].copy()
        for start, count in self.steps[1:]:
            xp.add(total[:count], packed[start : start + count], out=total[:count])
        return total
