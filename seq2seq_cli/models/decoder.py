"""The one decoder: a language model on its own, a translator with a context.

A seq2seq decoder differs from a language model in two things only: its first state is the encoder's,
and its context may add to what its layers read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seq2seq_cli.backend import Array, Ragged
from seq2seq_cli.models.context import Context, Prepared
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.lstm import LSTMStack, LSTMState, StackState
from seq2seq_cli.nn.run import Run

DecoderBackward = Callable[[Array, Sequence[LSTMState] | None], tuple[StackState, Prepared]]


class Decoder:
    """Embedding → recurrent stack → linear output, with a context.

    Args:
        embedding: of the target.
        stack: the recurrent layers.
        output: from h to logits.
        context: what it gets from an encoder.
        attended_output: from the attended sum to logits, where the context attends.
        input_dropout: of the embedding.
        output_dropout: before the output.
        attended_dropout: of the attended sum.
    """

    def __init__(
        self,
        embedding: Embedding,
        stack: LSTMStack,
        output: Linear,
        context: Context,
        attended_output: Linear | None,
        input_dropout: Dropout,
        output_dropout: Dropout,
        attended_dropout: Dropout,
    ) -> None:
        self.embedding, self.stack, self.output, self.context = embedding, stack, output, context
        self._attended_output = attended_output
        self._drop_input, self._drop_output, self._drop_attended = input_dropout, output_dropout, attended_dropout

    def __call__(
        self, ids: Array, shape: Ragged, state: StackState, prepared: Prepared, run: Run
    ) -> tuple[tuple[Array, StackState], DecoderBackward]:
        """Read input ids and score every symbol as the next one; one step is a shape of length 1.

        Args:
            ids: (R,) on the device, packed.
            shape: the targets' lengths.
            state: before the first step.
            prepared: the context's view of the memory.
            run: backend, workspace and the rest.

        Returns:
            (logits (R, V), last state), and the backward (dlogits, gradient of the last state or None)
            → (gradient of the first state, gradient of `prepared`).
        """
        backend = run.backend
        x, back_embedding = self.embedding(ids, run)
        x, back_input = self._drop_input(x, shape, run)
        (h, last), back_stack = self.stack(x, shape, state, run, prepared.layer_inputs)
        dropped, back_drop = self._drop_output(h, shape, run)
        if run.penalty is not None:
            run.penalty.measure(h, dropped, shape)
        logits, back_output = self.output(dropped, run)
        if prepared.output_input is not None:
            backend.add_to_steps(logits, prepared.output_input, shape)
        if self._attended_output:
            assert self.context.attention is not None
            attended, back_attention = self.context.attention(h, shape, prepared, run)
            attended, back_drop_attended = self._drop_attended(attended, shape, run)
            more, back_attended = self._attended_output(attended, run)
            backend.xp.add(logits, more, out=logits)

        def backward(dlogits: Array, dlast: Sequence[LSTMState] | None = None) -> tuple[StackState, Prepared]:
            doutput = dkeys = dvalues = None
            ddropped = back_output(dlogits)
            if run.penalty is not None:
                run.penalty.add_to_dropped(ddropped, dropped)
            dh = back_drop(ddropped)
            if run.penalty is not None:
                run.penalty.add_to_output(dh, h, shape)
            if prepared.output_input is not None:
                doutput = backend.sum_over_steps(dlogits, shape)
            if self._attended_output:
                dattended, dkeys, dvalues = back_attention(back_drop_attended(back_attended(dlogits)))
                dh = backend.xp.add(dh, dattended, out=dh)
            dx, dfirst, drows = back_stack(dh, dlast)
            back_embedding(back_input(dx))
            return dfirst, Prepared(tuple(drows), doutput, dkeys, dvalues)

        return (logits, last), backward
