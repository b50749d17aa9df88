"""The one decoder: a language model on its own, a translator with a conditioning.

A seq2seq decoder differs from a language model in two things only: its first state is the encoder's,
and its conditioning may add to what its layers read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seq2seq_cli.backend import Packing
from seq2seq_cli.models.conditioning import Conditioning, PreparedMemory
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.penalty import ActivationPenalty, TemporalPenalty
from seq2seq_cli.nn.recurrent import LayerState, RecurrentStack, StackState
from seq2seq_cli.types import Array

DecoderBackward: TypeAlias = Callable[[Array, Sequence[LayerState] | None], tuple[StackState, PreparedMemory]]


@dataclass(frozen=True)
class Dropouts:
    """Where a decoder drops: of the embedding, before the output, and of the attended sum."""

    input: Dropout
    output: Dropout
    attended: Dropout


class Decoder:
    """Embedding → recurrent stack → linear output, with a conditioning.

    Args:
        embedding: of the target.
        stack: the recurrent layers.
        output: from h to logits.
        conditioning: what it gets from an encoder.
        attended_output: from the attended sum to logits, where the conditioning attends.
        dropouts: where it drops.
    """

    def __init__(
        self,
        embedding: Embedding,
        stack: RecurrentStack,
        output: Linear,
        conditioning: Conditioning,
        attended_output: Linear | None,
        dropouts: Dropouts,
    ) -> None:
        self.embedding, self.stack, self.output, self.conditioning = embedding, stack, output, conditioning
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
        logits, back_output = self.output(dropped, context)
        if prepared.output_input is not None:
            backend.add_to_steps(logits, prepared.output_input, packing)
        if self._attended_output:
            attended, back_attention = self.conditioning.attend(h, packing, prepared, context)
            attended, back_drop_attended = self._dropouts.attended(attended, packing, context)
            more, back_attended = self._attended_output(attended, context)
            backend.xp.add(logits, more, out=logits)

        def backward(dlogits: Array, dlast: Sequence[LayerState] | None = None) -> tuple[StackState, PreparedMemory]:
            doutput = dkeys = dvalues = None
            dh = back_temporal(back_drop(back_activation(back_output(dlogits))))
            if prepared.output_input is not None:
                doutput = backend.sum_over_steps(dlogits, packing)
            if self._attended_output:
                dattended, dkeys, dvalues = back_attention(back_drop_attended(back_attended(dlogits)))
                dh = backend.xp.add(dh, dattended, out=dh)
            dx, dfirst, dstatic = back_stack(dh, dlast)
            back_embedding(back_input(dx))
            return dfirst, PreparedMemory(tuple(dstatic), doutput, dkeys, dvalues)

        return (logits, last), backward
