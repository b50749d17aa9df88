"""What an encoder leaves for a decoder, whatever it has read (tokens now; an image is no different)."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.nn.recurrent import StackState
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class Memory:
    """An encoder's result, its rows in the decoder's order. As a gradient, None stands for zero."""

    state: StackState
    """The decoder's first state, one a layer."""
    vector: Array | None
    """(N, H), the fixed-length vector: the top layer's last h."""
    states: Array | None
    """(N, S, H), the top layer's h at every source position; None where nothing attends to it."""
    mask: Array | None
    """(N, S), true where the source has a symbol; None where all sources are of one length."""
