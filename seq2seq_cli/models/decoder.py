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
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.penalty import ActivationPenalty, TemporalPenalty
from seq2seq_cli.nn.recurrent import LayerState, RecurrentStack, StackState, take_state
from seq2seq_cli.types import Array, Ids

DecoderBackward: TypeAlias = Callable[[Array, Sequence[LayerState] | None], tuple[StackState, PreparedMemory]]


@dataclass(frozen=True)
class Dropouts:
    """Where a decoder drops: of the embedding, before the output, of the attended sum, and of the readout.

    Where there is a readout, it is dropped instead of the two that it joins.
    """

    input: Dropout
    output: Dropout
    attended: Dropout
    readout: Dropout


class Decoder:
    """Embedding → recurrent stack → linear output, with a conditioning.

    A readout (Luong et al. 2015, 3.1) is one more layer before the output, ``tanh(h W + attended U + b)``, of K = D
    numbers; without one, what h and the conditioning give is summed into the logits, K = V.

    Args:
        embedding: of the target.
        stack: the recurrent layers.
        output: from h, or from the readout, to logits.
        conditioning: what it gets from an encoder.
        attended_output: from the attended sum to K numbers, where the conditioning attends.
        dropouts: where it drops.
        readout: from h to the readout, or None.
    """

    def __init__(
        self,
        embedding: Embedding,
        stack: RecurrentStack,
        output: Linear,
        conditioning: Conditioning,
        attended_output: Linear | None,
        dropouts: Dropouts,
        readout: Linear | None = None,
    ) -> None:
        self.embedding, self.stack, self.output, self.conditioning = embedding, stack, output, conditioning
        self._readout = readout
        self.temporal_penalty, self.activation_penalty = TemporalPenalty(), ActivationPenalty()
        self._attended_output, self._dropouts = attended_output, dropouts

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
        backend = context.backend
        x, back_embedding = self.embedding(ids, context)
        x, back_input = self._dropouts.input(x, packing, context)
        (h, last), back_stack = self.stack(x, packing, state, context, prepared.layer_inputs)
        h, back_temporal = self.temporal_penalty(h, packing, context)
        dropped, back_drop = self._dropouts.output(h, packing, context)
        dropped, back_activation = self.activation_penalty(dropped, packing, context)
        sums, back_sums = (self._readout or self.output)(dropped, context)  # (R, K)
        if prepared.output_input is not None:
            backend.add_to_steps(sums, prepared.output_input, packing)
        if self._attended_output:
            attended, back_attention = self.conditioning.attend(h, packing, prepared, context)
            attended, back_drop_attended = self._dropouts.attended(attended, packing, context)
            more, back_attended = self._attended_output(attended, context)
            backend.xp.add(sums, more, out=sums)
        logits, back_logits = self._logits(sums, packing, context)

        def backward(dlogits: Array, dlast: Sequence[LayerState] | None = None) -> tuple[StackState, PreparedMemory]:
            doutput = dkeys = dvalues = None
            dsums = back_logits(dlogits)
            dh = back_temporal(back_drop(back_activation(back_sums(dsums))))
            if prepared.output_input is not None:
                doutput = backend.sum_over_steps(dsums, packing)
            if self._attended_output:
                dattended, dkeys, dvalues = back_attention(back_drop_attended(back_attended(dsums)))
                dh = backend.xp.add(dh, dattended, out=dh)
            dx, dfirst, dstatic = back_stack(dh, dlast)
            back_embedding(back_input(dx))
            return dfirst, PreparedMemory(tuple(dstatic), doutput, dkeys, dvalues)

        return (logits, last), backward

    def _logits(self, sums: Array, packing: Packing, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        """Turn what h and the conditioning give (R, K) into logits (R, V): as it is, or through the readout."""
        if self._readout is None:
            return sums, lambda dlogits: dlogits
        xp = context.backend.xp
        joined = xp.tanh(sums, out=sums)
        dropped, back_drop = self._dropouts.readout(joined, packing, context)
        logits, back_output = self.output(dropped, context)

        def backward(dlogits: Array) -> Array:
            return back_drop(back_output(dlogits)) * (1.0 - joined * joined)

        return logits, backward


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
        return replace(self, layers=layers, prepared=_first(self.prepared, count))


def _first(prepared: PreparedMemory, count: int) -> PreparedMemory:
    def first(array: Array | None) -> Array | None:
        return None if array is None else array[:count]

    keys = first(prepared.keys)
    return replace(
        prepared,
        layer_inputs=tuple(map(first, prepared.layer_inputs)),
        output_input=first(prepared.output_input),
        keys=keys,
        values=keys if prepared.values is prepared.keys else first(prepared.values),
        mask=first(prepared.mask),
    )


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
