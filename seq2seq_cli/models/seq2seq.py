"""The encoder-decoder model: encode, prepare, decode, and the loss over a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import Batch, SourceBatch
from seq2seq_cli.models.conditioning import PreparedMemory
from seq2seq_cli.models.decoder import GATES, Decoder, DecoderModel, DecoderState
from seq2seq_cli.models.encoder import Encoder
from seq2seq_cli.models.memory import Memory
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.copying import CopiedSymbols, copied_symbols
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import StackState
from seq2seq_cli.types import Array, Ids


class Seq2Seq(DecoderModel):
    """An encoder and a decoder with their parameters. `models.build.build_seq2seq` makes one from a config.

    Args:
        config: the architecture.
        parameters: all parameters.
        encoder: the encoder.
        decoder: the decoder.
        copied_as: (V,) for each symbol of the source, the target's id as which it is copied; None where none is.
    """

    def __init__(
        self,
        config: ModelConfig,
        parameters: Parameters,
        encoder: Encoder,
        decoder: Decoder,
        copied_as: Ids | None = None,
    ) -> None:
        super().__init__(config, parameters, decoder)
        self.encoder, self._copied_as = encoder, copied_as

    @property
    def source_cost(self) -> int:
        """Numbers that a symbol of a source makes in the widest array of the encoder."""
        return max(GATES * self.config.hidden_size, self.encoder.cost)

    @property
    def memory_cost(self) -> int:
        """Numbers that a symbol of a source leaves in the widest array that a decoder's row has of it."""
        return self.config.hidden_size

    def start(self, batch: SourceBatch, context: ForwardContext) -> DecoderState:
        """Read sources and prepare what the decoder gets of them.

        Returns:
            The state before the first step, its rows in the order in which they were asked for.
        """
        place = np.empty(batch.packing.rows, dtype=np.int64)
        place[batch.order] = np.arange(len(place))
        return self._begin(batch, place, context)

    def _begin(self, batch: SourceBatch, rows: Ids, context: ForwardContext) -> DecoderState:
        (layers, prepared), _ = self.encode(batch, rows, context)
        cost, attention = self.symbol_cost, self.decoder.conditioning.attention
        if attention is not None:
            cost = max(cost, batch.packing.longest * attention.score.pair_cost(self.config.hidden_size))
        return DecoderState(layers, prepared, self.backend, cost)

    def encode(
        self, source: SourceBatch, rows: Ids, context: ForwardContext
    ) -> tuple[tuple[StackState, PreparedMemory], Callable[[StackState, PreparedMemory], None]]:
        """Read sources and make all that the decoder needs of them.

        Args:
            source: the packed sources.
            rows: (N,) for each row of the decoder, its row in `source`.
            context: backend, workspace and the rest.

        Returns:
            (the decoder's first state, the prepared conditioning), and the backward that takes their
            gradients.
        """
        memory, back_encoder = self.encoder(source, rows, context)
        prepared, back_prepare = self.decoder.conditioning.prepare(memory, context)
        if self._copied_as is not None:
            arrays = copied_symbols(self._copied_as[source.values], source.packing, rows)
            prepared = replace(prepared, symbols=CopiedSymbols(*map(self.backend.to_device_ids, arrays)))

        def backward(dfirst: StackState, dprepared: PreparedMemory) -> None:
            dvector, dstates = back_prepare(dprepared)
            back_encoder(Memory(dfirst, dvector, dstates, None))

        return (memory.state, prepared), backward

    def forward(self, batch: Batch, inputs: Array, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Score every next symbol of a batch.

        Args:
            batch: sources and targets.
            inputs: (R,) what the decoder reads, on the device: `batch.inputs`, or a mixture with the
                model's own predictions.
            context: backend, workspace and the rest.

        Returns:
            Logits (R, V), packed in the targets' order, and the backward, which takes their gradient.
        """
        (state, prepared), back_encode = self.encode(batch.source, batch.rows, context)
        (logits, _), back_decoder = self.decoder(inputs, batch.packing, state, prepared, context)

        def backward(dlogits: Array) -> None:
            back_encode(*back_decoder(dlogits, None))

        return logits, backward

    def loss(
        self, batch: Batch, context: ForwardContext, inputs: Array | None = None
    ) -> tuple[tuple[Array, Array], Callable[[], None]]:
        """Return (mean loss in nats a symbol, losses (R,)) and the backward that fills the gradients."""
        ids = self.backend.to_device_ids(batch.inputs) if inputs is None else inputs
        logits, back = self.forward(batch, ids, context)
        result, back_loss = softmax_cross_entropy(logits, self.backend.to_device_ids(batch.targets), context)
        return result, lambda: back(back_loss())

    def scheduled_sampling_inputs(self, batch: Batch, gold: Array, context: ForwardContext) -> Array:
        """Choose what the decoder reads in training on its own predictions (Bengio et al. 2015).

        The batch is decoded greedily without gradients, with the dropout masks of the training pass;
        at each position the gold symbol or the model's own is taken. The argmax passes no gradient, so
        an ordinary forward over the chosen inputs has the exact gradient.

        Args:
            batch: sources and targets.
            gold: (R,) true where the gold symbol is read; packed, on the device.
            context: the training pass that will follow.

        Returns:
            (R,) chosen input ids on the device. After its own end symbol the model keeps feeding.
        """
        xp, steps = self.backend.xp, batch.packing.steps
        chosen = self.backend.to_device_ids(batch.inputs).copy()
        with self.inference() as own:
            free = replace(context, workspace=own.workspace, gradients=False)
            state = self._begin(batch.source, batch.rows, free)
            # The first input is the start symbol, always; what the last step would say is read by none.
            for number, (after, left) in enumerate(steps[1:]):
                start, count = steps[number]
                state = state.first(count)  # rows are sorted by length: those that have ended are the last ones
                window = replace(free, window=(start, batch.packing.total))
                packing = Packing.even(count, 1)
                logits, state = self.read(chosen[start : start + count], packing, state, window)
                if not self.config.target_width:  # as in use, where the start symbol never comes out
                    logits[:, int(batch.inputs[0])] = float("-inf")
                step = slice(after, after + left)
                chosen[step] = xp.where(gold[step], chosen[step], logits.argmax(axis=1)[:left])
        return chosen
