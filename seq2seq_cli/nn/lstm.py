"""The LSTM layer (Hochreiter & Schmidhuber 1997). Its arithmetic is the backend's, in `seq2seq_cli.backend.lstm`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seq2seq_cli.backend import Backend, LSTMWeights, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import WeightDrop
from seq2seq_cli.nn.parameters import Parameter, ParameterSpec
from seq2seq_cli.nn.recurrent import LayerBackward, LayerState
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class LSTMState(LayerState):
    """h and c of one layer, each (N, H)."""

    c: Array


class LSTM:
    """One layer, its gates laid out ``[i f o | g]``; see `seq2seq_cli.nn.recurrent.Cell`.

    Args:
        name: the layer's name, with which those of its parameters begin.
        parameters: with the layer's ``input`` (D, 4H), ``recurrent`` (H, 4H) and ``bias`` (4H,).
        weight_drop: the share of recurrent weights dropped in training.
    """

    def __init__(self, name: str, parameters: Mapping[str, Parameter], weight_drop: float = 0.0) -> None:
        self.name, self._drop = name, WeightDrop(name, weight_drop)
        self.input, self.recurrent, self.bias = (
            parameters[f"{name}.{part}"] for part in ("input", "recurrent", "bias")
        )
        self.width = self.recurrent.shape[0]

    @staticmethod
    def specs(name: str, inputs: int, width: int, static: int = 0) -> tuple[ParameterSpec, ...]:
        """Return the parameters. The input's and Peeky's are parts of one matrix over both, and share its fan-in."""
        D, H = inputs, width
        peeky = (ParameterSpec(f"{name}.peeky", (static, 4 * H), fan_in=D + static),) if static else ()
        return (
            ParameterSpec(f"{name}.input", (D, 4 * H), fan_in=D + static),
            *peeky,
            ParameterSpec(f"{name}.recurrent", (H, 4 * H), fan_in=H),
            ParameterSpec(f"{name}.bias", (4 * H,), "forget-gate bias"),
        )

    def zeros(self, backend: Backend, rows: int) -> LSTMState:
        """Return the state before anything was read."""
        h, c = (backend.xp.zeros((rows, self.width), dtype=backend.dtype) for _ in "hc")
        return LSTMState(h, c)

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
