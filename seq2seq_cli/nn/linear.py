"""A product with a matrix, and a bias."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array
from seq2seq_cli.nn.parameter import Parameter
from seq2seq_cli.nn.run import Run


class Linear:
    """``y = x @ weight + bias``.

    Args:
        weight: (D, V).
        bias: (V,), or None.
    """

    def __init__(self, weight: Parameter, bias: Parameter | None = None) -> None:
        self.weight, self.bias = weight, bias

    def __call__(self, x: Array, run: Run) -> tuple[Array, Callable[[Array], Array]]:
        """Apply to x (R, D).

        Returns:
            y (R, V), a buffer of the workspace; and its backward, dy (R, V) → dx (R, D).
        """
        xp, name = run.backend.xp, self.weight.name
        guard = run.guard(name)
        y = xp.matmul(x, self.weight.value, out=run.workspace.array(name, "y", x.shape[0], self.weight.shape[1]))
        if self.bias is not None:
            xp.add(y, self.bias.value, out=y)

        def backward(dy: Array) -> Array:
            guard()
            dweight = xp.matmul(x.T, dy, out=run.workspace.array(name, "dweight", *self.weight.shape))
            xp.add(self.weight.gradient, dweight, out=self.weight.gradient)
            if self.bias is not None:
                xp.add(self.bias.gradient, dy.sum(axis=0), out=self.bias.gradient)
            return xp.matmul(dy, self.weight.value.T, out=run.workspace.array(name, "dx", *x.shape))

        return y, backward
