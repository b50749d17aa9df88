"""Dropout (Srivastava et al. 2014), with masks that are fixed by the context's key."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array, Packing
from seq2seq_cli.nn.context import ForwardContext


class Dropout:
    """Sets a share of the numbers to 0 in training and scales the others up.

    Args:
        name: distinguishes this layer's random draws.
        rate: the share.
        variational_dropout: one mask for all steps of a row (Gal & Ghahramani 2016), instead of one a step.
    """

    def __init__(self, name: str, rate: float, *, variational_dropout: bool = False) -> None:
        self.name, self.rate, self.variational_dropout = name, rate, variational_dropout

    def __call__(self, x: Array, packing: Packing, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        """Apply to x (R, D), packed; without a dropout key, return x itself."""
        if not self.rate or context.dropout_key is None:
            return x, lambda dy: dy
        rows, width = x.shape
        xp, array = context.backend.xp, context.workspace.array
        if self.variational_dropout:
            # A step of a batch that is run step by step holds its first rows.
            mask = context.mask(self.name, (packing.rows, width), self.rate)[: packing.rows]
        else:
            mask = context.step_mask(self.name, rows, width, self.rate)

        def multiply(numbers: Array, name: str) -> Array:
            out = array(self.name, name, rows, width)
            if not self.variational_dropout:
                return xp.multiply(numbers, mask, out=out)
            for start, count in packing.steps:
                step = slice(start, start + count)
                xp.multiply(numbers[step], mask[:count], out=out[step])
            return out

        return multiply(x, "y"), lambda dy: multiply(dy, "dx")
