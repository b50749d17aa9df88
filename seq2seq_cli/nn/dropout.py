"""Dropout (Srivastava et al. 2014), with masks that are fixed by the run's key."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array, Ragged
from seq2seq_cli.nn.run import Run


class Dropout:
    """Sets a share of the numbers to 0 in training and scales the others up.

    Args:
        name: distinguishes this layer's random draws.
        rate: the share.
        variational: one mask for all steps of a row (Gal & Ghahramani 2016), instead of one a step.
    """

    def __init__(self, name: str, rate: float, *, variational: bool = False) -> None:
        self.name, self.rate, self.variational = name, rate, variational

    def __call__(self, x: Array, shape: Ragged, run: Run) -> tuple[Array, Callable[[Array], Array]]:
        """Apply to x (R, D), packed; without a dropout key, return x itself."""
        if not self.rate or run.dropout_key is None:
            return x, lambda dy: dy
        rows, width = x.shape
        xp, array = run.backend.xp, run.workspace.array
        if self.variational:
            # A step of a batch that is run step by step holds its first rows.
            mask = run.mask(self.name, (shape.rows, width), self.rate)[: shape.rows]
        else:
            mask = run.step_mask(self.name, rows, width, self.rate)

        def multiply(numbers: Array, name: str) -> Array:
            out = array(self.name, name, rows, width)
            if not self.variational:
                return xp.multiply(numbers, mask, out=out)
            for start, count in shape.steps:
                step = slice(start, start + count)
                xp.multiply(numbers[step], mask[:count], out=out[step])
            return out

        return multiply(x, "y"), lambda dy: multiply(dy, "dx")
