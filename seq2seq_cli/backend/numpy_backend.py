"""The backend that every machine has: NumPy on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seq2seq_cli.backend.base import Backend
from seq2seq_cli.backend.optimisers import FlatBuffers, Update, apply_finite
from seq2seq_cli.backend.workspace import Workspace
from seq2seq_cli.types import Array

if TYPE_CHECKING:
    import numpy.typing as npt

UPDATE_BLOCK = 1 << 14
"""Parameters that an optimiser handles at once: what its five buffers keep in the second-level cache."""

SOFTMAX_BLOCK = 1 << 17
"""Logits that the softmax handles at once."""

FEW_ROWS = 256
"""Up to so many target rows, a product with a one-hot matrix adds repeated rows faster than a sort."""


class NumPyBackend(Backend):
    """NumPy arrays in the machine's memory."""

    name = "numpy"
    device = "cpu"

    def __init__(self, precision: str = "float32") -> None:
        super().__init__(np, precision)

    def to_device_floats(self, values: npt.ArrayLike) -> Array:
        """Return an array in the backend's precision."""
        return np.asarray(values, dtype=self.dtype)

    def to_device_ids(self, values: npt.ArrayLike) -> Array:
        """Return the same values as an array."""
        return np.asarray(values)

    def to_host(self, array: Array) -> npt.NDArray[Any]:
        """Return the array itself."""
        return np.asarray(array)

    def uniform(self, key: Sequence[int], shape: tuple[int, ...]) -> Array:
        """Draw from a Philox stream of its own for each key."""
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(list(key))))
        return stream.random(shape, dtype=self.dtype)

    def gather_rows(self, table: Array, ids: Array, out: Array) -> Array:
        """Take rows; ids were checked when they were made, and "clip" spares a second buffer."""
        return np.take(table, ids, axis=0, out=out, mode="clip")

    def scatter_add_rows(self, target: Array, ids: Array, rows: Array) -> None:
        """Add by a one-hot product, or in rounds: first the first row of each id, then the second, …"""
        if target.shape[1] == 1:
            np.add.at(target[:, 0], ids, rows[:, 0])  # fast for single numbers alone
            return
        if target.shape[0] <= FEW_ROWS:
            # A product with a multiple of 16 rows takes half the time of one with, say, 13.
            one_hot = np.zeros((-(-target.shape[0] // 16) * 16, len(ids)), dtype=self.dtype)
            one_hot[ids, np.arange(len(ids))] = 1
            target += (one_hot @ rows)[: target.shape[0]]
            return
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        counts = np.diff(np.append(first, len(ids)))
        occurrence = np.arange(len(ids)) - np.repeat(first, counts)
        by_round = np.argsort(occurrence, kind="stable")
        ends = np.cumsum(np.bincount(occurrence))
        for start, end in zip((ends - np.bincount(occurrence)).tolist(), ends.tolist(), strict=True):
            chosen = order[by_round[start:end]]
            target[ids[chosen]] += rows[chosen]

    def softmax_cross_entropy(self, logits: Array, targets: Array, *, gradient: bool, smoothing: float = 0.0) -> Array:
        """Go through the rows in blocks that stay in the cache."""
        count, symbols = logits.shape
        block = max(1, SOFTMAX_BLOCK // symbols)
        losses = np.empty(count, dtype=logits.dtype)
        for start in range(0, count, block):
            rows = slice(start, start + block)
            losses[rows] = super().softmax_cross_entropy(
                logits[rows], targets[rows], gradient=gradient, smoothing=smoothing
            )
            if gradient and count > block:
                logits[rows] *= len(targets[rows]) / count
        return losses

    def synchronize(self) -> None:
        """NumPy has always done what was asked."""

    def update(self, step: Update, flat: FlatBuffers, workspace: Workspace) -> None:
        """Go through the parameters in blocks that stay in the cache."""
        if not step.finite:
            return
        for start in range(0, len(flat.value), UPDATE_BLOCK):
            block = flat.block(slice(start, start + UPDATE_BLOCK))
            if step.scale != 1:
                np.multiply(block.gradient, step.scale, out=block.gradient)
            apply_finite(np, step, 1.0, block, workspace)
