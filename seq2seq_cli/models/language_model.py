"""The language model: a decoder without an encoder, its state carried from window to window.

"Deep Learning from Scratch 2", 6.4 and 6.5 (Rnnlm, BetterRnnlm).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.models.conditioning import PreparedMemory
from seq2seq_cli.models.decoder import Decoder, DecoderModel, DecoderState, beside
from seq2seq_cli.models.windows import windows
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import StackState
from seq2seq_cli.types import Array, Ids


class LanguageModel(DecoderModel):
    """A decoder with its parameters. `models.build.build_language_model` makes one from a config."""

    def __init__(self, config: ModelConfig, parameters: Parameters, decoder: Decoder) -> None:
        super().__init__(config, parameters, decoder)
        self._nothing = PreparedMemory((None,) * config.layers)

    def zeros(self, rows: int) -> StackState:
        """Return the recurrent layers' state before anything was read."""
        return self.decoder.stack.zeros(self.backend, rows)

    def empty(self, rows: int) -> DecoderState:
        """Return the state of rows that have read nothing."""
        return DecoderState(self.zeros(rows), self._nothing, self.backend, self.symbol_cost)

    def start(self, batch: Sequence[Ids], context: ForwardContext) -> DecoderState:
        """Read the beginnings of texts, in windows, and score nothing.

        Args:
            batch: for each row the symbols before the one that is first given to `step`; there may be none.
            context: backend, workspace and the rest.

        Returns:
            The state before the first step, its rows in the order of `batch`.
        """
        lengths = np.array([len(row) for row in batch], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        some = int((lengths > 0).sum())
        if not some:
            return self.empty(len(batch))
        packing = Packing(lengths[order[:some]])
        flat = np.concatenate([batch[row] for row in order])
        firsts = np.cumsum(packing.lengths) - packing.lengths
        ids = flat[firsts[packing.row_of] + packing.step_of]
        state, ended = self.empty(some), [self.zeros(len(batch) - some)] if some < len(batch) else []
        for places, window in windows(packing, self.symbol_cost):
            if window.rows < state.rows:
                ended.insert(0, state.take(np.arange(window.rows, state.rows)).layers)
                state = state.first(window.rows)
            _, layers = self.outputs(self.backend.to_device_ids(ids[places]), window, state.layers, context)
            state = replace(state, layers=layers)
        state = replace(state, layers=beside([state.layers, *ended], self.backend))
        return state.take(np.argsort(order, kind="stable"))

    def read(
        self, ids: Array, packing: Packing, state: DecoderState, context: ForwardContext
    ) -> tuple[Array, DecoderState]:
        """Read many steps at once, without dropout, and keep the last layer's outputs in the state."""
        h, layers = self.outputs(ids, packing, state.layers, context)
        joined, _ = self.decoder.outputs.join(h, packing, self._nothing, context)
        logits, _ = self.decoder.outputs.logits(joined, packing, self._nothing, context)
        return logits, replace(state, layers=layers, outputs=h)

    def forward(
        self, ids: Array, packing: Packing, state: StackState, context: ForwardContext
    ) -> tuple[tuple[Array, StackState], Callable[[Array], None]]:
        """Read ids (R,), packed, and score every symbol as the next one.

        Returns:
            (logits (R, V), the state after each row's last symbol), and the backward, which takes the
            gradient of the logits. No gradient goes back into the first state: it belongs to an earlier window.
        """
        result, back = self.decoder(ids, packing, state, self._nothing, context)

        def backward(dlogits: Array) -> None:
            back(dlogits, None)

        return result, backward

    def outputs(
        self, ids: Array, packing: Packing, state: StackState, context: ForwardContext
    ) -> tuple[Array, StackState]:
        """Read ids (R,) without gradients; return the last layer's h (R, H) and the last state."""
        return self.decoder.hidden(ids, packing, state, self._nothing, context)[0]

    def loss(
        self, ids: Array, targets: Array, packing: Packing, state: StackState, context: ForwardContext
    ) -> tuple[tuple[Array, Array, StackState], Callable[[], None]]:
        """Return (mean loss in nats a symbol, losses (R,), last state) and the backward that fills the gradients.

        A penalty of the context is in the gradients, and not in the loss.
        """
        (logits, last), back = self.forward(ids, packing, state, context)
        (loss, losses), back_loss = softmax_cross_entropy(logits, targets, context)
        return (loss, losses, last), lambda: back(back_loss())
