"""A product with a matrix, and a bias."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameter
from seq2seq_cli.types import Array


class Linear:
    """``y = x @ weight + bias``.

    Args:
        weight: (D, V), or if `transposed` (V, D): an embedding that serves as output layer too.
        bias: (V,), or None.
        transposed: multiply by the transpose.
    """

    def __init__(self, weight: Parameter, bias: Parameter | None = None, *, transposed: bool = False) -> None:
        self.weight, self.bias, self._transposed = weight, bias, transposed
        # A tied weight's embedding announces its own forwards under the weight's name.
        self._name = f"{weight.name}.output" if transposed else weight.name

    def __call__(self, x: Array, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        """Apply to x (R, D).

        Returns:
            y (R, V), a buffer of the workspace; and its backward, dy (R, V) → dx (R, D).
        """
        backend, name, buffers = context.backend, self._name, context.buffers(self._name)
        guard = context.guard(name)
        weight = self.weight.value.T if self._transposed else self.weight.value  # (D, V)
        bias = None if self.bias is None else self.bias.value
        y = backend.product(x, weight, buffers("y", x.shape[0], weight.shape[1]), bias)

        def backward(dy: Array) -> Array:
            guard()
            left, right = (dy, x) if self._transposed else (x, dy)
            backend.add_product(self.weight.gradient, left.T, right, buffers, "dweight")
            if self.bias is not None:
                backend.add_column_sums(self.bias.gradient, dy)
            return backend.product(dy, weight.T, buffers("dx", *x.shape))

        return y, backward
