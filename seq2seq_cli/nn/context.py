"""What a forward through a model needs to know, and a model does not keep: backend, buffers, random draws."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from seq2seq_cli.backend import Backend, Buffers, Workspace
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.types import Array

Key: TypeAlias = tuple[int, ...]


def stream_id(name: str) -> int:
    """Return the number that stands for a purpose in the key of a random draw."""
    return zlib.crc32(name.encode())


@dataclass
class ForwardContext:
    """One forward through a model.

    Random draws are keyed by (seed, stream_id, epoch, step): nothing is carried from one draw to the
    next, so validation consumes none and a resumed training draws what an uninterrupted one would.
    """

    backend: Backend
    workspace: Workspace
    gradients: bool = False
    """Whether a backward will follow."""
    dropout_key: Key | None = None
    """(seed, epoch, step) in training; None switches dropout off."""
    window: tuple[int, int] | None = None
    """When a batch is stepped through: the first packed row of this step, and how many the whole batch has."""
    masks: dict[str, Array] = field(default_factory=dict)
    """Dropout masks of the whole batch, drawn once and shared by all forwards over the same batch."""
    label_smoothing: float = 0.0
    """The share of the probability that the loss spreads over all symbols in training."""
    activation_penalty: float = 0.0
    """What the mean square of the decoder's dropped outputs costs in training."""
    temporal_penalty: float = 0.0
    """What the mean square of the change of its outputs from step to step costs in training."""
    attended: list[Array] | None = None
    """Where attention leaves the weights (N, T, S) of each of its forwards, for a caller who wants them: one of a
    whole batch, or one a step (n, 1, S) of the rows that go on."""
    of_models: tuple[ForwardContext, ...] = ()
    """Of an ensemble, the contexts of its models."""

    def buffers(self, owner: str) -> Buffers:
        """Return a layer's buffers."""
        return Buffers(self.workspace, owner)

    def mask(self, owner: str, shape: tuple[int, ...], rate: float) -> Array:
        """Return a layer's mask: 0, or 1/(1-rate) where a number stays. It is drawn once."""
        if owner not in self.masks:
            assert self.dropout_key is not None
            seed, *position = self.dropout_key
            draws = self.backend.uniform((seed, stream_id(owner), *position), shape)
            self.masks[owner] = (draws >= rate).astype(self.backend.dtype) * (1.0 / (1.0 - rate))
        return self.masks[owner]

    def step_mask(self, owner: str, rows: int, width: int, rate: float) -> Array:
        """Return the (rows, width) mask of the packed rows of this forward, or of this step of a batch."""
        start, total = self.window or (0, rows)
        return self.mask(owner, (total, width), rate)[start : start + rows]

    def guard(self, owner: str) -> Callable[[], None]:
        """Announce a layer's forward; return what its backward calls first.

        The returned function raises StaleBackwardError when the backward may not run.
        """
        if not self.gradients:
            return _no_backward
        return self.workspace.begin(owner).use


def _no_backward() -> NoReturn:
    raise StaleBackwardError("this forward ran without gradients and has no backward")
