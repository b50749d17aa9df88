"""What a pass through a model needs to know, and a model does not keep: backend, buffers, random draws."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from seq2seq_cli.backend import Array, Backend, Workspace
from seq2seq_cli.errors import StaleBackwardError

Key = tuple[int, ...]


def purpose(name: str) -> int:
    """Return the number that stands for a purpose in the key of a random draw."""
    return zlib.crc32(name.encode())


@dataclass
class Run:
    """One pass through a model.

    Random draws are keyed by (seed, purpose, epoch, step): nothing is carried from one draw to the
    next, so validation consumes none and a resumed run draws what an uninterrupted one would.
    """

    backend: Backend
    workspace: Workspace
    gradients: bool = False
    """Whether a backward will follow."""
    dropout_key: Key | None = None
    """(seed, epoch, step) in training; None switches dropout off."""
    window: tuple[int, int] | None = None
    """When a batch is run step by step: the first packed row of this step, and the whole batch's rows."""
    masks: dict[str, Array] = field(default_factory=dict)
    """Dropout masks of the whole batch, drawn once and shared by all passes over the same batch."""

    def dropout_mask(self, owner: str, rows: int, width: int, rate: float) -> Array:
        """Return the (rows, width) mask of a layer: 0, or 1/(1-rate) where a number stays."""
        start, total = self.window or (0, rows)
        if owner not in self.masks:
            assert self.dropout_key is not None
            seed, *position = self.dropout_key
            draws = self.backend.uniform((seed, purpose(owner), *position), (total, width))
            self.masks[owner] = (draws >= rate).astype(self.backend.dtype) / (1.0 - rate)
        return self.masks[owner][start : start + rows]

    def guard(self, owner: str) -> Callable[[], None]:
        """Announce a layer's forward; return what its backward calls first.

        The returned function raises StaleBackwardError when the backward may not run.
        """
        if not self.gradients:
            return _no_backward
        return self.workspace.begin(owner).use


def _no_backward() -> NoReturn:
    raise StaleBackwardError("this forward ran without gradients and has no backward")
