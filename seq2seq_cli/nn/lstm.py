"""LSTM layers and stacks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Backend, LSTMWeights, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.parameters import Parameter


@dataclass(frozen=True)
class LSTMState:
    """h and c of one layer, each (N, H)."""

    h: Array
    c: Array

    @classmethod
    def zeros(cls, backend: Backend, rows: int, width: int) -> LSTMState:
        """Return the state before anything was read."""
        return cls(*(backend.xp.zeros((rows, width), dtype=backend.dtype) for _ in "hc"))

    def take(self, rows: npt.NDArray[np.int64], backend: Backend) -> LSTMState:
        """Return the state of some rows, in the order of `rows`."""
        return LSTMState(backend.take(self.h, rows), backend.take(self.c, rows))


LSTMBackward = Callable[[Array | None, LSTMState | None], tuple[Array, LSTMState, Array | None]]


class LSTM:
    """One layer.

    Args:
        name: the layer's name, for its buffers.
        input: (D, 4H), gates laid out ``[i f o | g]``.
        recurrent: (H, 4H).
        bias: (4H,).
        weight_drop: the share of recurrent weights dropped in a training pass (Merity et al. 2018).
    """

    def __init__(
        self, name: str, input: Parameter, recurrent: Parameter, bias: Parameter, weight_drop: float = 0.0
    ) -> None:
        self.name, self.input, self.recurrent, self.bias = name, input, recurrent, bias
        self.width, self._weight_drop = recurrent.shape[0], weight_drop
        self._values = LSTMWeights(input.value, recurrent.value, bias.value)
        self._gradients = LSTMWeights(input.gradient, recurrent.gradient, bias.gradient)

    def __call__(
        self, x: Array, packing: Packing, state: LSTMState, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, LSTMState], LSTMBackward]:
        """Run over a packed batch.

        Args:
            x: (R, D), packed.
            packing: the batch's lengths.
            state: before the first step.
            context: backend, workspace and the rest.
            static_input: (N, 4H) added to the gates' input at every step, or None.

        Returns:
            (y (R, H), last state), and the backward (dy or None, gradient of the last state or None)
            → (dx (R, D), gradient of the first state, gradient of `static_input` or None).
        """
        guard, workspace, xp = context.guard(self.name), context.workspace, context.backend.xp
        values, mask = self._values, None
        if self._weight_drop and context.dropout_key is not None:
            mask = context.mask(f"{self.name}.weight-drop", self.recurrent.shape, self._weight_drop)
            kept = workspace.array(self.name, "kept", *self.recurrent.shape)
            values = replace(values, recurrent=xp.multiply(values.recurrent, mask, out=kept))
        y, last, cache = context.backend.lstm_forward(
            x, packing, values, (state.h, state.c), static_input, workspace, self.name
        )

        def backward(dy: Array | None, dlast: LSTMState | None) -> tuple[Array, LSTMState, Array | None]:
            guard()
            dlast_arrays = (dlast.h, dlast.c) if dlast else None
            gradients = self._gradients
            if mask is not None:  # the gradient of the weights that were used, to be masked before it is added
                dkept = workspace.array(self.name, "dkept", *self.recurrent.shape)
                dkept[...] = 0
                gradients = replace(gradients, recurrent=dkept)
            dx, dfirst, drow = context.backend.lstm_backward(cache, dy, dlast_arrays, gradients, workspace, self.name)
            if mask is not None:
                xp.multiply(dkept, mask, out=dkept)
                xp.add(self._gradients.recurrent, dkept, out=self._gradients.recurrent)
            return dx, LSTMState(*dfirst), drow

        return (y, LSTMState(*last)), backward


class BidirectionalLSTM:
    """Two layers over the same input, one of them from each row's end, their outputs side by side.

    Schuster & Paliwal 1997. Each direction has half of the width.

    Args:
        forwards: the layer that reads from the first symbol.
        backwards: the layer that reads from the last.
    """

    def __init__(self, forwards: LSTM, backwards: LSTM) -> None:
        self.forwards, self.backwards = forwards, backwards
        self.name = forwards.name
        self.width = forwards.width + backwards.width

    def __call__(
        self, x: Array, packing: Packing, state: LSTMState, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, LSTMState], LSTMBackward]:
        """Run over a packed batch; arguments and results as `LSTM`'s. There is no `static_input`.

        Raises:
            ValueError: a `static_input` was given.
        """
        if static_input is not None:
            raise ValueError("a bidirectional layer takes no input for whole rows")
        xp, half = context.backend.xp, self.forwards.width
        turn = context.backend.to_device_ids(packing.reversal)
        (y_forward, last_forward), back_forward = self.forwards(x, packing, _columns(state, slice(half)), context)
        (y_backward, last_backward), back_backward = self.backwards(
            x[turn], packing, _columns(state, slice(half, None)), context
        )
        y = xp.concatenate((y_forward, y_backward[turn]), axis=1)

        def backward(dy: Array | None, dlast: LSTMState | None) -> tuple[Array, LSTMState, Array | None]:
            dx, dfirst, _ = back_forward(None if dy is None else dy[:, :half], dlast and _columns(dlast, slice(half)))
            dx_turned, dfirst_backward, _ = back_backward(
                None if dy is None else dy[:, half:][turn], dlast and _columns(dlast, slice(half, None))
            )
            return dx + dx_turned[turn], _beside(xp, dfirst, dfirst_backward), None

        return (y, _beside(xp, last_forward, last_backward)), backward


def _columns(state: LSTMState, columns: slice) -> LSTMState:
    return LSTMState(state.h[:, columns], state.c[:, columns])


def _beside(xp: Any, left: LSTMState, right: LSTMState) -> LSTMState:
    return LSTMState(xp.concatenate((left.h, right.h), axis=1), xp.concatenate((left.c, right.c), axis=1))


StackState = tuple[LSTMState, ...]
StackBackward = Callable[[Array | None, Sequence[LSTMState] | None], tuple[Array, StackState, list[Array | None]]]


class LSTMStack:
    """LSTM layers one on the other, with dropout between them (not before the first or after the last).

    Args:
        layers: the layers, the one that reads the input first.
        dropout: the share of numbers dropped between two layers.
        variational_dropout: with one mask for all steps of a row.
    """

    def __init__(
        self, layers: Sequence[LSTM | BidirectionalLSTM], dropout: float, *, variational_dropout: bool = False
    ) -> None:
        self.layers = tuple(layers)
        self._between = [
            Dropout(f"{layer.name}.dropout", dropout, variational_dropout=variational_dropout)
            for layer in self.layers[:-1]
        ]

    def zeros(self, backend: Backend, rows: int) -> StackState:
        """Return the state before anything was read."""
        return tuple(LSTMState.zeros(backend, rows, layer.width) for layer in self.layers)

    def __call__(
        self,
        x: Array,
        packing: Packing,
        state: StackState,
        context: ForwardContext,
        static_inputs: Sequence[Array | None] | None = None,
    ) -> tuple[tuple[Array, StackState], StackBackward]:
        """Run over a packed batch; arguments and results as `LSTM`'s, with one state a layer."""
        inputs = static_inputs or [None] * len(self.layers)
        last: list[LSTMState] = []
        backwards: list[LSTMBackward] = []
        drops: list[Callable[[Array], Array]] = []
        for number, layer in enumerate(self.layers):
            if number:
                x, drop = self._between[number - 1](x, packing, context)
                drops.append(drop)
            (x, after), back = layer(x, packing, state[number], context, inputs[number])
            last.append(after)
            backwards.append(back)

        def backward(
            dy: Array | None, dlast: Sequence[LSTMState] | None
        ) -> tuple[Array, StackState, list[Array | None]]:
            dfirst: list[LSTMState] = []
            drows: list[Array | None] = []
            for number in range(len(self.layers) - 1, -1, -1):
                dy, dstate, drow = backwards[number](dy, dlast[number] if dlast else None)
                dfirst.insert(0, dstate)
                drows.insert(0, drow)
                if number:
                    dy = drops[number - 1](dy)
            return dy, tuple(dfirst), drows

        return (x, tuple(last)), backward
