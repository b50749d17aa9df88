"""The encoder: what turns a source into vectors, and a recurrent stack over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.models.bridge import Bridge
from seq2seq_cli.models.memory import Memory
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.padding import pack_padded, pad_packed
from seq2seq_cli.nn.recurrent import RecurrentStack, take_state
from seq2seq_cli.types import Array, Ids

STATES = "encoder.states"


class SourceReader(Protocol):
    """What turns sources into vectors, one a place: an embedding of tokens, or what reads images."""

    @property
    def cost(self) -> int:
        """Numbers that a place of a source makes in its widest array."""

    def __call__(self, source: SourceBatch, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Return vectors (R, D), packed, and the backward that takes their gradient."""


class TokenReader:
    """Looks tokens up in an embedding."""

    cost = 0

    def __init__(self, embedding: Embedding) -> None:
        self.embedding = embedding

    def __call__(self, source: SourceBatch, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Read ids (R,), packed; see `SourceReader`."""
        return self.embedding(context.backend.to_device_ids(source.values), context)


class Encoder:
    """Reads sources and leaves a `Memory` ("Deep Learning from Scratch 2", 7.3.1 and 8.2.1).

    Args:
        reader: turns sources into vectors.
        stack: the recurrent layers.
        dropout: of the vectors.
        bridge: what crosses to the decoder's first states.
        keeps_states: whether the states at every position are kept, for attention.
    """

    def __init__(
        self, reader: SourceReader, stack: RecurrentStack, dropout: Dropout, bridge: Bridge, keeps_states: bool
    ) -> None:
        self.stack, self._read, self.cost = stack, reader, reader.cost
        self._dropout, self._bridge, self._keeps_states = dropout, bridge, keeps_states

    def __call__(
        self, source: SourceBatch, rows: Ids, context: ForwardContext
    ) -> tuple[Memory, Callable[[Memory], None]]:
        """Read a packed batch.

        Args:
            source: the packed sources.
            rows: (N,) for each row of the decoder, the row of this batch that it belongs to.
            context: backend, workspace and the rest.

        Returns:
            The memory in the decoder's row order, and a backward that takes its gradient.
        """
        backend, packing = context.backend, source.packing
        x, back_reader = self._read(source, context)
        x, back_dropout = self._dropout(x, packing, context)
        (y, last), back_stack = self.stack(x, packing, self.stack.zeros(backend, packing.rows), context)
        in_order = bool((rows[1:] > rows[:-1]).all()) and len(rows) == packing.rows
        order = None if in_order else rows
        last = last if in_order else take_state(last, rows, backend)
        states = mask = None
        if self._keeps_states:
            states = pad_packed(y, packing, context, STATES, order)
            mask = None if packing.uniform else backend.to_device_ids(packing.mask[rows])

        def backward(gradient: Memory) -> None:
            back = np.argsort(rows, kind="stable")
            dfirst = gradient.state if in_order else take_state(gradient.state, back, backend)
            dlast = self._bridge.back(dfirst, len(last), backend)
            if gradient.vector is not None:
                dvector = gradient.vector if in_order else backend.take(gradient.vector, back)
                assert dlast[-1] is not None  # the top layer's state always crosses
                dlast[-1] = replace(dlast[-1], h=dlast[-1].h + dvector)
            dy = None
            if gradient.states is not None:
                dy = pack_padded(gradient.states, packing, context, STATES, order)
            dx, _, _ = back_stack(dy, dlast)
            back_reader(back_dropout(dx))

        return Memory(self._bridge.cross(last, backend), last[-1].h, states, mask), backward
