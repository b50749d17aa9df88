"""The encoder-decoder model: encode, prepare, decode, and the loss over a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from seq2seq_cli.backend import Array, Backend, Packing, Workspace
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import Batch, SourceBatch
from seq2seq_cli.models.conditioning import PreparedMemory
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.models.encoder import Encoder
from seq2seq_cli.models.memory import Memory
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import StackState
from seq2seq_cli.types import Ids


class Seq2Seq:
    """An encoder and a decoder with their parameters. `models.build.build` makes one from a config.

    It holds no activations: what a pass needs lives in the context's workspace.
    """

    def __init__(self, config: ModelConfig, parameters: Parameters, encoder: Encoder, decoder: Decoder) -> None:
        self.config, self.parameters, self.encoder, self.decoder = config, parameters, encoder, decoder
        self.backend: Backend = parameters.backend
        self._inference = Workspace(self.backend.xp, self.backend.dtype)

    def inference(self) -> ForwardContext:
        """Return a run without gradients and dropout, in buffers of its own."""
        return ForwardContext(self.backend, self._inference)

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
        memory, back_encoder = self.encoder(self.backend.to_device_ids(source.ids), source.packing, rows, context)
        prepared, back_prepare = self.decoder.conditioning.prepare(memory, context)

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
        xp, backend = self.backend.xp, self.backend
        free = replace(context, workspace=self._inference, gradients=False)
        (state, prepared), _ = self.encode(batch.source, batch.rows, free)
        chosen = backend.to_device_ids(batch.inputs).copy()
        own = None
        for start, count in batch.packing.steps:
            step = slice(start, start + count)
            if own is not None:  # the first input is the start symbol, always
                chosen[step] = xp.where(gold[step], chosen[step], own[:count])
            # Rows are sorted by length: those that have ended are the last ones.
            first = np.arange(count)
            if count < len(state[0].h):
                state = tuple(layer.take(first, backend) for layer in state)
                prepared = prepared.take(first, backend)
            window = replace(free, window=(start, batch.packing.total))
            (logits, state), _ = self.decoder(chosen[step], Packing.even(count, 1), state, prepared, window)
            own = logits.argmax(axis=1)
        return chosen
