"""What the decoder gets from the encoder besides its first state, and where: nothing, Peeky, attention, both.

Peeky (Cho et al. 2014; "Deep Learning from Scratch 2", 7.4.2) adds the encoder's fixed-length vector to
the input of every decoder layer and of the output layer. It is projected once a batch and added at
each step, which is the same as, and cheaper than, to repeat it and join it to every input.

Attention (chapter 8) joins a weighted sum of the encoder's states to the output layer's input. Copying mixes what the
source has where attention looks into the output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.models.memory import Memory
from seq2seq_cli.nn.attention.layer import Attention, AttentionBackward
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.copying import CopiedSymbols
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.types import Array, Ids


@dataclass(frozen=True)
class PreparedMemory:
    """A memory made ready for the decoder's steps. As a gradient, None stands for zero."""

    layer_inputs: tuple[Array | None, ...]
    """For each decoder layer, (N, G·H) to add to the input of its G gates at every step."""
    output_input: Array | None = None
    """(N, V) to add to the logits of every step."""
    keys: Array | None = None
    """(N, S, H), what queries are compared with."""
    values: Array | None = None
    """(N, S, H), what is summed."""
    mask: Array | None = None
    """(N, S), true where the source has a symbol."""
    symbols: CopiedSymbols | None = None
    """What can be copied from the source; where copying does so. It has no gradient."""

    def map(self, change: Callable[[Array], Array]) -> PreparedMemory:
        """Return the same with each array changed."""

        def some(array: Array | None) -> Array | None:
            return None if array is None else change(array)

        keys = some(self.keys)
        return PreparedMemory(
            tuple(some(array) for array in self.layer_inputs),
            some(self.output_input),
            keys,
            keys if self.values is self.keys else some(self.values),
            some(self.mask),
            self.symbols and self.symbols.map(change),
        )

    def take(self, rows: Ids, backend: Backend) -> PreparedMemory:
        """Return what belongs to some rows, in the order of `rows`."""
        return self.map(lambda array: backend.take(array, rows))


class Conditioning:
    """All that joins encoder and decoder, each part present or not.

    Args:
        layers: how many layers the decoder has.
        peeky: a projection of the vector for each decoder layer, and one for the output layer; or None.
        attention: how the decoder attends, or None.
    """

    def __init__(
        self, layers: int, peeky: tuple[Sequence[Linear], Linear] | None = None, attention: Attention | None = None
    ) -> None:
        self._layers, self._peeky, self.attention = layers, peeky, attention

    def prepare(
        self, memory: Memory, context: ForwardContext
    ) -> tuple[PreparedMemory, Callable[[PreparedMemory], tuple[Array, Array]]]:
        """Project what is the same at every step, once.

        Returns:
            The prepared memory, and the backward: its gradient → (gradient of the vector, of the
            states), None where there is none.
        """
        layer_inputs: tuple[Array | None, ...] = (None,) * self._layers
        output_input = keys = None
        backs: list[Callable[[Array], Array]] = []
        if self._peeky:
            projected = [linear(memory.vector, context) for linear in (*self._peeky[0], self._peeky[1])]
            *inputs, output_input = (value for value, _ in projected)
            layer_inputs, backs = tuple(inputs), [back for _, back in projected]
        if self.attention:
            keys, back_keys = self.attention.score.keys(memory.states, context)

        def backward(gradient: PreparedMemory) -> tuple[Array, Array]:
            dvector = dstates = None
            if self._peeky:
                parts = (*gradient.layer_inputs, gradient.output_input)
                dvector = sum(back(part) for back, part in zip(backs, parts, strict=True))
            if self.attention:
                dkeys = back_keys(gradient.keys)
                dstates = context.backend.xp.add(gradient.values, dkeys, out=gradient.values)
            return dvector, dstates

        return PreparedMemory(layer_inputs, output_input, keys, memory.states, memory.mask), backward

    def attend(
        self, h: Array, packing: Packing, prepared: PreparedMemory, context: ForwardContext
    ) -> tuple[tuple[Array, Array], AttentionBackward]:
        """Attend with the decoder's h (R, H), packed; see `Attention`."""
        assert self.attention is not None
        return self.attention(h, packing, prepared.keys, prepared.values, prepared.mask, context)
