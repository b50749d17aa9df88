"""What a seq2seq model and a language model share when they are used: a decoder that goes on from a state.

The two implement `inference.protocol.StepModel`, each with a `start` of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from seq2seq_cli.backend import Backend, Packing, Workspace
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.models.conditioning import PreparedMemory
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import StackState, take_state
from seq2seq_cli.types import Array, Ids

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
