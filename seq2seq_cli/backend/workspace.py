"""Buffers that are kept from one step to the next, and the guard against using them too late."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.types import Array


class BackwardTicket:
    """One forward of one layer; its backward may run once, until the layer's next forward here."""

    def __init__(self, workspace: Workspace, owner: str, number: int) -> None:
        self._workspace, self._owner, self._number, self._used = workspace, owner, number, False

    def use(self) -> None:
        """Claim the forward for its backward.

        Raises:
            StaleBackwardError: it was claimed before, or the layer ran again since.
        """
        if self._used or self._workspace.forwards[self._owner] != self._number:
            raise StaleBackwardError(f"the backward of {self._owner} is valid once, and only until its next forward")
        self._used = True


class Workspace:
    """Named buffers that grow to the largest size asked for and are handed out as views.

    Training and inference use workspaces of their own, so that a forward without gradients never touches
    what a later backward needs.
    """

    def __init__(self, xp: Any, dtype: Any) -> None:
        self._xp, self._dtype = xp, dtype
        self._buffers: dict[tuple[str, str], Array] = {}
        self.forwards: dict[str, int] = {}
        self._constants: set[tuple[str, str]] | None = None

    @contextmanager
    def constant_weights(self) -> Iterator[None]:
        """Promise that no weights change within the block, so that what is made of them alone is made once."""
        self._constants = set()
        try:
            yield
        finally:
            self._constants = None

    def is_due(self, owner: str, name: str) -> bool:
        """Tell whether a buffer that depends on weights alone must be filled (again)."""
        if self._constants is None:
            return True
        due = (owner, name) not in self._constants
        self._constants.add((owner, name))
        return due

    def array(self, owner: str, name: str, *shape: int) -> Array:
        """Return a buffer of the given shape whose content is undefined; the same memory each time."""
        size = math.prod(shape)
        buffer = self._buffers.get((owner, name))
        if buffer is None or buffer.shape[0] < size:
            # An eighth of room, so that slowly growing batches do not allocate each time.
            buffer = self._xp.empty((size if buffer is None else size + size // 8,), dtype=self._dtype)
            self._buffers[owner, name] = buffer
        return buffer[:size].reshape(shape)

    def begin(self, owner: str) -> BackwardTicket:
        """Announce a forward of a layer; what its earlier forward left here is no longer valid."""
        number = self.forwards.get(owner, 0) + 1
        self.forwards[owner] = number
        return BackwardTicket(self, owner, number)


@dataclass(frozen=True)
class Buffers:
    """The buffers of one layer in a workspace: ``buffers("y", R, H)``."""

    workspace: Workspace
    owner: str

    def __call__(self, name: str, *shape: int) -> Array:
        """Return a buffer of the given shape; see `Workspace.array`."""
        return self.workspace.array(self.owner, name, *shape)

    def of_weights(self, name: str, shape: tuple[int, ...], fill: Callable[[Array], object]) -> Array:
        """Return a buffer that depends on weights alone, filled unless it is as it should be.

        Args:
            name: the buffer's.
            shape: its shape, always the same.
            fill: writes it.
        """
        array = self(name, *shape)
        if self.workspace.is_due(self.owner, name):
            fill(array)
        return array
