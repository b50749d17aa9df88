"""What recurrent layers share: their state, the protocol of a cell, both directions, and stacks of layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.dropout import Dropout, WeightDrop
from seq2seq_cli.nn.parameters import Initialiser, Parameter, ParameterSpec
from seq2seq_cli.types import Array, Ids

StateType = TypeVar("StateType", bound="LayerState")


@dataclass(frozen=True)
class LayerState:
    """What one layer carries from step to step: its output h (N, H). A cell that carries more adds fields."""

    h: Array

    def arrays(self) -> dict[str, Array]:
        """Return the arrays by name, h first."""
        return {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}

    def map(self: StateType, change: Callable[[Array], Array]) -> StateType:
        """Return a state of the same kind, each array changed."""
        return type(self)(*(change(array) for array in self.arrays().values()))

    def take(self: StateType, rows: Ids, backend: Backend) -> StateType:
        """Return the state of some rows, in the order of `rows`."""
        return self.map(lambda array: backend.take(array, rows))

    def only_h(self: StateType, backend: Backend) -> StateType:
        """Return the same h, and zeros for whatever else is carried."""
        return dataclasses.replace(self.map(backend.xp.zeros_like), h=self.h)

    def columns(self: StateType, part: slice) -> StateType:
        """Return some of the units."""
        return self.map(lambda array: array[:, part])

    def beside(self: StateType, other: StateType, backend: Backend) -> StateType:
        """Return the units of both, this state's first."""
        pairs = zip(self.arrays().values(), other.arrays().values(), strict=True)
        return type(self)(*(backend.xp.concatenate(pair, axis=1) for pair in pairs))


LayerBackward: TypeAlias = Callable[[Array | None, StateType | None], tuple[Array, StateType, Array | None]]
"""(dy (R, H) or None, gradient of the last state or None) → (dx (R, D), gradient of the first state, gradient
of the static input or None)."""


class Layer(Protocol[StateType]):
    """A recurrent layer over packed batches, whose state is of some kind."""

    name: str
    width: int
    """H, the units of its output."""

    def zeros(self, backend: Backend, rows: int) -> StateType:
        """Return the state before anything was read."""

    def __call__(
        self, x: Array, packing: Packing, state: StateType, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, StateType], LayerBackward[StateType]]:
        """Run over a packed batch.

        Args:
            x: (R, D), packed.
            packing: the batch's lengths.
            state: before the first step.
            context: backend, workspace and the rest.
            static_input: (N, G·H), added to the input of all G gates at every step, or None.

        Returns:
            (y (R, H), last state, a copy), and the backward.
        """


class Cell(Layer[StateType], Protocol[StateType]):
    """A layer that a model can be made of: an entry of `seq2seq_cli.config.registry.CELLS`."""

    def __init__(self, name: str, parameters: Mapping[str, Parameter], weight_drop: float = 0.0) -> None:
        """Take the layer's parameters by name.

        Args:
            name: the layer's, with which its parameters' names begin.
            parameters: with those of `specs`. The cell does not read ``{name}.peeky``; the conditioning does.
            weight_drop: the share of recurrent weights dropped in training.
        """

    @classmethod
    def specs(cls, name: str, inputs: int, width: int, static: int = 0) -> tuple[ParameterSpec, ...]:
        """Return the layer's parameters.

        Args:
            name: the layer's, with which the parameters' names begin.
            inputs: D, numbers that it reads at a step.
            width: H.
            static: numbers of the vector that is projected to its static input by ``{name}.peeky``; 0 for none.
        """


class GatedCell(Generic[StateType]):
    """What cells share whose gates are sums of x, h and a bias: their parameters, their size, their first state.

    A cell adds its number of gates, the type of its state where it carries more than h, and its forward.

    Args:
        name: the layer's name, with which those of its parameters begin.
        parameters: with the layer's ``input`` (D, G·H), ``recurrent`` (H, G·H) and ``bias`` (G·H,).
        weight_drop: the share of recurrent weights dropped in training.
    """

    gates: int = 1
    """G."""
    first_bias: Initialiser = "bias"
    """How the bias begins; see `nn.initialisers`."""
    state_type: type[StateType]

    def __init__(self, name: str, parameters: Mapping[str, Parameter], weight_drop: float = 0.0) -> None:
        self.name, self._drop = name, WeightDrop(name, weight_drop)
        self.input, self.recurrent, self.bias = (
            parameters[f"{name}.{part}"] for part in ("input", "recurrent", "bias")
        )
        self.width: int = self.recurrent.shape[0]

    @classmethod
    def specs(cls, name: str, inputs: int, width: int, static: int = 0) -> tuple[ParameterSpec, ...]:
        """Return the parameters. The input's and Peeky's are parts of one matrix over both, and share its fan-in."""
        columns = cls.gates * width
        peeky = (ParameterSpec(f"{name}.peeky", (static, columns), fan_in=inputs + static),) if static else ()
        return (
            ParameterSpec(f"{name}.input", (inputs, columns), fan_in=inputs + static),
            *peeky,
            ParameterSpec(f"{name}.recurrent", (width, columns), fan_in=width),
            ParameterSpec(f"{name}.bias", (columns,), cls.first_bias),
        )

    def zeros(self, backend: Backend, rows: int) -> StateType:
        """Return the state before anything was read."""
        carried = dataclasses.fields(self.state_type)
        return self.state_type(*(backend.xp.zeros((rows, self.width), dtype=backend.dtype) for _ in carried))


class Bidirectional(Generic[StateType]):
    """Two layers over the same input, one of them from each row's end, their outputs side by side.

    Schuster & Paliwal 1997. Each direction has half of the width.

    Args:
        forwards: the layer that reads from the first symbol.
        backwards: the layer that reads from the last.
    """

    def __init__(self, forwards: Layer[StateType], backwards: Layer[StateType]) -> None:
        self.forwards, self.backwards = forwards, backwards
        self.name = forwards.name
        self.width = forwards.width + backwards.width

    def zeros(self, backend: Backend, rows: int) -> StateType:
        """Return the state before anything was read."""
        return self.forwards.zeros(backend, rows).beside(self.backwards.zeros(backend, rows), backend)

    def __call__(
        self, x: Array, packing: Packing, state: StateType, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, StateType], LayerBackward[StateType]]:
        """Run over a packed batch; see `Layer`. There is no `static_input`.

        Raises:
            ValueError: a `static_input` was given.
        """
        if static_input is not None:
            raise ValueError("a bidirectional layer takes no static input")
        backend, half = context.backend, self.forwards.width
        left, right = slice(half), slice(half, None)
        turn = packing.on_device(backend, "reversal")
        (y_forward, last_forward), back_forward = self.forwards(x, packing, state.columns(left), context)
        (y_backward, last_backward), back_backward = self.backwards(x[turn], packing, state.columns(right), context)
        y = backend.xp.concatenate((y_forward, y_backward[turn]), axis=1)

        def backward(dy: Array | None, dlast: StateType | None) -> tuple[Array, StateType, None]:
            dx, dfirst, _ = back_forward(None if dy is None else dy[:, left], dlast and dlast.columns(left))
            dx_turned, dfirst_backward, _ = back_backward(
                None if dy is None else dy[:, right][turn], dlast and dlast.columns(right)
            )
            return dx + dx_turned[turn], dfirst.beside(dfirst_backward, backend), None

        return (y, last_forward.beside(last_backward, backend)), backward


StackState: TypeAlias = tuple[LayerState, ...]
"""One state a layer."""
StackBackward: TypeAlias = Callable[
    [Array | None, "Sequence[LayerState | None] | None"], tuple[Array, StackState, list[Array | None]]
]


class RecurrentStack:
    """Layers one on the other, with dropout between them (not before the first or after the last).

    Args:
        layers: the layers, the one that reads the input first.
        dropout: the share of numbers dropped between two layers.
        variational_dropout: with one mask for all steps of a row.
        residual: each layer after the first adds what it reads, before dropout, to its output (He et al. 2016; of
            recurrent layers Wu et al. 2016).
    """

    def __init__(
        self, layers: Sequence[Layer[Any]], dropout: float, *, variational_dropout: bool = False, residual: bool = False
    ) -> None:
        self.layers, self._residual = tuple(layers), residual
        self._between = [
            Dropout(f"{layer.name}.dropout", dropout, variational_dropout=variational_dropout)
            for layer in self.layers[:-1]
        ]

    def zeros(self, backend: Backend, rows: int) -> StackState:
        """Return the state before anything was read."""
        return tuple(layer.zeros(backend, rows) for layer in self.layers)

    def __call__(
        self,
        x: Array,
        packing: Packing,
        state: StackState,
        context: ForwardContext,
        static_inputs: Sequence[Array | None] | None = None,
    ) -> tuple[tuple[Array, StackState], StackBackward]:
        """Run over a packed batch; arguments and results as a `Layer`'s, with one state a layer."""
        inputs = static_inputs or [None] * len(self.layers)
        last: list[LayerState] = []
        backwards: list[LayerBackward[Any]] = []
        drops: list[Callable[[Array], Array]] = []
        for number, layer in enumerate(self.layers):
            below = x
            if number:
                x, drop = self._between[number - 1](x, packing, context)
                drops.append(drop)
            (x, after), back = layer(x, packing, state[number], context, inputs[number])
            if number and self._residual:
                x = context.backend.xp.add(x, below, out=context.buffers(f"{layer.name}.residual")("y", *x.shape))
            last.append(after)
            backwards.append(back)

        def backward(
            dy: Array | None, dlast: Sequence[LayerState | None] | None
        ) -> tuple[Array, StackState, list[Array | None]]:
            dfirst: list[LayerState] = []
            dstatic: list[Array | None] = []
            for number in range(len(self.layers) - 1, -1, -1):
                dx, dstate, dinput = backwards[number](dy, dlast[number] if dlast else None)
                dfirst.insert(0, dstate)
                dstatic.insert(0, dinput)
                if number:
                    dx = drops[number - 1](dx)
                    if self._residual and dy is not None:
                        dx = context.backend.xp.add(dx, dy, out=dx)
                dy = dx
            return dy, tuple(dfirst), dstatic

        return (x, tuple(last)), backward


def take_state(state: StackState, rows: Ids, backend: Backend) -> StackState:
    """Return the state of some rows, in the order of `rows`."""
    return tuple(layer.take(rows, backend) for layer in state)
