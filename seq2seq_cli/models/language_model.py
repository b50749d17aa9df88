"""The language model: a decoder without an encoder, its state carried from window to window.

"Deep Learning from Scratch 2", 6.4 and 6.5 (Rnnlm, BetterRnnlm).
"""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array, Packing, Workspace
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.models.conditioning import PreparedMemory
from seq2seq_cli.models.decoder import Decoder
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import StackState


class LanguageModel:
    """A decoder with its parameters. `models.build.build_language_model` makes one from a config."""

    def __init__(self, config: ModelConfig, parameters: Parameters, decoder: Decoder) -> None:
        self.config, self.parameters, self.decoder = config, parameters, decoder
        self.backend = parameters.backend
        self._inference = Workspace(self.backend.xp, self.backend.dtype)
        self._nothing = PreparedMemory((None,) * config.layers)

    def inference(self) -> ForwardContext:
        """Return a run without gradients and dropout, in buffers of its own."""
        return ForwardContext(self.backend, self._inference)

    def zeros(self, rows: int) -> StackState:
        """Return the state before anything was read."""
        return self.decoder.stack.zeros(self.backend, rows)

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
        x, _ = self.decoder.embedding(ids, context)
        (h, last), _ = self.decoder.stack(x, packing, state, context)
        return h, last

    def logits(self, h: Array, context: ForwardContext) -> Array:
        """Return the logits (R, V) of outputs (R, H), without gradients."""
        logits, _ = self.decoder.output(h, context)
        return logits

    def loss(
        self, ids: Array, targets: Array, packing: Packing, state: StackState, context: ForwardContext
    ) -> tuple[tuple[Array, Array, StackState], Callable[[], None]]:
        """Return (mean loss in nats a symbol, losses (R,), last state) and the backward that fills the gradients.

        A penalty of the context is in the gradients, and not in the loss.
        """
        (logits, last), back = self.forward(ids, packing, state, context)
        (loss, losses), back_loss = softmax_cross_entropy(logits, targets, context)
        return (loss, losses, last), lambda: back(back_loss())
