"""What an encoder leaves for a decoder, whatever it has read (tokens now; an image is no different)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Backend
from seq2seq_cli.nn.lstm import StackState


@dataclass(frozen=True)
class Memory:
    """An encoder's result, its rows in the decoder's order. As a gradient, None stands for zero."""

    state: StackState
    """The decoder's first state, one (h, c) a layer, each (N, H)."""
    vector: Array | None
    """(N, H), the fixed-length vector: the top layer's last h."""
    states: Array | None
    """(N, S, H), the top layer's h at every source position; None where nothing attends to it."""
    mask: Array | None
    """(N, S), true where the source has a symbol; None where all sources are of one length."""


def take_state(state: StackState, rows: npt.NDArray[np.int64], backend: Backend) -> StackState:
    """Return the state of some rows, in the order of `rows`."""
    return tuple(layer.take(rows, backend) for layer in state)
