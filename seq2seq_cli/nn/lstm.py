"""The LSTM layer (Hochreiter & Schmidhuber 1997). Its arithmetic is the backend's, in `seq2seq_cli.backend.lstm`."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.backend import LSTMWeights, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.recurrent import GatedCell, LayerBackward, LayerState
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class LSTMState(LayerState):
    """h and c of one layer, each (N, H)."""

    c: Array


class LSTM(GatedCell[LSTMState]):
    """One layer, its gates laid out ``[i f o | g]``; see `GatedCell`."""

    gates, first_bias, state_type = 4, "forget-gate bias", LSTMState

    def __call__(
        self, x: Array, packing: Packing, state: LSTMState, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, LSTMState], LayerBackward[LSTMState]]:
        """Run over a packed batch; see `Layer`. `static_input` is (N, 4H)."""
        guard, buffers, backend = context.guard(self.name), context.buffers(self.name), context.backend
        recurrent = self._drop(self.recurrent, context)
        weights = LSTMWeights(self.input.value, recurrent.value, self.bias.value)
        y, (h, c), cache = backend.lstm_forward(x, packing, weights, (state.h, state.c), static_input, buffers)

        def backward(dy: Array | None, dlast: LSTMState | None) -> tuple[Array, LSTMState, Array | None]:
            guard()
            dstate = None if dlast is None else (dlast.h, dlast.c)
            with recurrent.gradient() as drecurrent:
                gradients = LSTMWeights(self.input.gradient, drecurrent, self.bias.gradient)
                dx, (dh, dc), dstatic = backend.lstm_backward(cache, dy, dstate, gradients, buffers)
            return dx, LSTMState(dh, dc), dstatic

        return (y, LSTMState(h, c)), backward
