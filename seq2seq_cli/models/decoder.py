"""The one decoder: a language model on its own, a translator with a conditioning.

A seq2seq decoder differs from a language model in two things only: its first state is the encoder's,
and its conditioning may add to what its layers read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from seq2seq_cli.backend import Backend, Packing, Workspace
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.models.conditioning import Conditioning, PreparedMemory
from seq2seq_cli.models.output import OutputLayers
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.penalty import TemporalPenalty
from seq2seq_cli.nn.recurrent import LayerState, RecurrentStack, StackState, take_state
from seq2seq_cli.types import Array, Ids

HiddenBackward: TypeAlias = Callable[[Array, Sequence[LayerState] | None], tuple[StackState, list[Array | None]]]
DecoderBackward: TypeAlias = Callable[[Array, Sequence[LayerState] | None], tuple[StackState, PreparedMemory]]


class Decoder:
    """Embedding → recurrent stack → output layers, with a conditioning.

    Args:
        embedding: of the target.
        dropout: of the embedding.
        stack: the recurrent layers.
        conditioning: what it gets from an encoder.
        outputs: from h to logits.
    """

    def __init__(
        self,
        embedding: Embedding,
        dropout: Dropout,
        stack: RecurrentStack,
        conditioning: Conditioning,
        outputs: OutputLayers,
    ) -> None:
        self.embedding, self.stack, self.conditioning, self.outputs = embedding, stack, conditioning, outputs
        self.temporal_penalty, self._dropout = TemporalPenalty(), dropout

    def __call__(
        self, ids: Array, packing: Packing, state: StackState, prepared: PreparedMemory, context: ForwardContext
    ) -> tuple[tuple[Array, StackState], DecoderBackward]:
        """Read input ids and score every symbol as the next one; one step is a packing of length 1.

        Args:
            ids: (R,) on the device, packed.
            packing: the targets' lengths.
            state: before the first step.
            prepared: the conditioning's view of the memory.
            context: backend, workspace and the rest.

        Returns:
            (logits (R, V), last state), and the backward (dlogits, gradient of the last state or None)
            → (gradient of the first state, gradient of `prepared`).
        """
        (h, last), back_hidden = self.hidden(ids, packing, state, prepared, context)
        joined, back_joined = self.outputs.join(h, packing, prepared, context)
        logits, back_logits = self.outputs.logits(joined, packing, prepared, context)

        def backward(dlogits: Array, dlast: Sequence[LayerState] | None = None) -> tuple[StackState, PreparedMemory]:
            dh, dprepared = back_joined(*back_logits(dlogits))
            dfirst, dstatic = back_hidden(dh, dlast)
            return dfirst, replace(dprepared, layer_inputs=tuple(dstatic))

        return (logits, last), backward

    def hidden(
        self, ids: Array, packing: Packing, state: StackState, prepared: PreparedMemory, context: ForwardContext
    ) -> tuple[tuple[Array, StackState], HiddenBackward]:
        """Read input ids and score nothing: all that stands before the output layers; arguments as above.

        Returns:
            (the last layer's h (R, H), last state), and the backward (dh, gradient of the last state or None) →
            (gradient of the first state, of what every layer gets of the memory).
        """
        x, back_embedding = self.embedding(ids, context)
        x, back_input = self._dropout(x, packing, context)
        (h, last), back_stack = self.stack(x, packing, state, context, prepared.layer_inputs)
        h, back_temporal = self.temporal_penalty(h, packing, context)

        def backward(dh: Array, dlast: Sequence[LayerState] | None) -> tuple[StackState, list[Array | None]]:
            dx, dfirst, dstatic = back_stack(back_temporal(dh), dlast)
            back_embedding(back_input(dx))
            return dfirst, dstatic

        return (h, last), backward


# --- a decoder in use: it goes on from a state ----------------------------------------------------------------

GATES = 4
"""Of an LSTM layer; its gates are the widest array of a recurrent layer, (R, 4H). No cell has more."""


@lru_cache(maxsize=256)
def _one_step(rows: int) -> Packing:
    return Packing.even(rows, 1)


def beside(pieces: Sequence[StackState], backend: Backend) -> StackState:
    """Return one state of the rows of several, in their order."""
    if len(pieces) == 1:
        return pieces[0]
    joined = []
    for layers in zip(*pieces, strict=True):
        arrays = zip(*(layer.arrays().values() for layer in layers), strict=True)
        joined.append(type(layers[0])(*(backend.xp.concatenate(of_one_name) for of_one_name in arrays)))
    return tuple(joined)


@dataclass(frozen=True)
class DecoderState:
    """What a decoder carries from step to step, N rows of it.

    What is prepared of a source lies in the workspace of the context: a state is good until that context's next
    `start`.
    """

    layers: StackState
    """The recurrent layers' states, each (N, H)."""
    prepared: PreparedMemory
    """What the decoder gets of the source, the same at every step."""
    backend: Backend
    symbol_cost: int
    """Numbers that a symbol makes in the widest array of `read`."""
    outputs: Array | None = None
    """(R, H), the last layer's h of each symbol of the last `read`, where the model keeps it: a view that the next
    pass overwrites."""

    @property
    def rows(self) -> int:
        """N."""
        return len(self.layers[0].h)

    def take(self, rows: Ids) -> DecoderState:
        """Return the state of some rows, in the order of `rows`, which may repeat."""
        layers, prepared = take_state(self.layers, rows, self.backend), self.prepared.take(rows, self.backend)
        return replace(self, layers=layers, prepared=prepared, outputs=None)

    def follow(self, parents: Array) -> DecoderState:
        """Return the state in which each row goes on from another one of the same source: what is prepared of it stays.

        Args:
            parents: (N,) rows of this state, on the device.
        """
        layers = tuple(layer.map(lambda array: array[parents]) for layer in self.layers)
        return replace(self, layers=layers, outputs=None)

    def first(self, count: int) -> DecoderState:
        """Return the state of the first rows: views, no copies."""
        if count == self.rows:
            return self
        layers = tuple(layer.map(lambda array: array[:count]) for layer in self.layers)
        return replace(self, layers=layers, prepared=self.prepared.map(lambda array: array[:count]))


class DecoderModel:
    """A model with a decoder: the part of it that goes on from a state.

    It holds no activations: what a pass needs lives in the context's workspace. Inference draws workspaces from a
    pool, one for each call, so that several threads may use one model.

    Args:
        config: the architecture.
        parameters: all parameters.
        decoder: the decoder.
    """

    def __init__(self, config: ModelConfig, parameters: Parameters, decoder: Decoder) -> None:
        self.config, self.parameters, self.decoder = config, parameters, decoder
        self.backend: Backend = parameters.backend
        self._idle: deque[Workspace] = deque()  # append and pop are atomic

    @contextmanager
    def inference(self) -> Iterator[ForwardContext]:
        """Draw the context of passes without gradients and dropout: ``with model.inference() as context``.

        Its workspace belongs to the block alone and goes back to the pool at its end; what the passes returned as
        views into it must not be used any more.
        """
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self.backend.xp, self.backend.dtype)
        try:
            with workspace.constant_weights():
                yield ForwardContext(self.backend, workspace)
        finally:
            self._idle.append(workspace)

    @property
    def symbol_cost(self) -> int:
        """Numbers that a symbol makes in the widest array of the decoder, attention apart."""
        return max(self.config.target_vocab_size, GATES * self.config.hidden_size)

    def read(
        self, ids: Array, packing: Packing, state: DecoderState, context: ForwardContext
    ) -> tuple[Array, DecoderState]:
        """Read many steps at once; see `inference.protocol.StepModel.read`."""
        (logits, layers), _ = self.decoder(ids, packing, state.layers, state.prepared, context)
        return logits, replace(state, layers=layers, outputs=None)

    def step(self, ids: Array, state: DecoderState, context: ForwardContext) -> tuple[Array, DecoderState]:
        """Read one symbol a row; see `inference.protocol.StepModel.step`."""
        logits, state = self.read(ids, _one_step(state.rows), state, context)
        return self.backend.log_softmax(logits), state
