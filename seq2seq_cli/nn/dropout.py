"""Dropout (Srivastava et al. 2014) and weight drop, with masks that are fixed by the context's key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seq2seq_cli.backend import Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameter
from seq2seq_cli.types import Array


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
        xp, buffers, guard = context.backend.xp, context.buffers(self.name), context.guard(self.name)
        if self.variational_dropout:
            # A step of a batch that is stepped through holds its first rows.
            mask = context.mask(self.name, (packing.rows, width), self.rate)[: packing.rows]
        else:
            mask = context.step_mask(self.name, rows, width, self.rate)

        def multiply(numbers: Array, name: str) -> Array:
            out = buffers(name, rows, width)
            if not self.variational_dropout:
                return xp.multiply(numbers, mask, out=out)
            for start, count in packing.steps:
                step = slice(start, start + count)
                xp.multiply(numbers[step], mask[:count], out=out[step])
            return out

        def backward(dy: Array) -> Array:
            guard()
            return multiply(dy, "dx")

        return multiply(x, "y"), backward


class WeightDrop:
    """Sets a share of a layer's recurrent weights to 0 for a whole batch (Wan et al. 2013; Merity et al. 2018).

    Args:
        name: of the layer; distinguishes the random draws.
        rate: the share.
    """

    def __init__(self, name: str, rate: float) -> None:
        self.name, self.rate = name, rate

    def __call__(self, weight: Parameter, context: ForwardContext) -> UsedWeight:
        """Return the weight as this forward uses it."""
        if not self.rate or context.dropout_key is None:
            return UsedWeight(weight, None, self.name, context)
        return UsedWeight(weight, context.mask(f"{self.name}.weight-drop", weight.shape, self.rate), self.name, context)


class UsedWeight:
    """A weight after a mask, in one forward; its `value` is the parameter's own where there is no mask."""

    def __init__(self, weight: Parameter, mask: Array | None, owner: str, context: ForwardContext) -> None:
        self._weight, self._mask = weight, mask
        self._xp, self._buffers = context.backend.xp, context.buffers(owner)
        self.value = weight.value
        if mask is not None:
            self.value = self._xp.multiply(weight.value, mask, out=self._buffers("kept", *weight.shape))

    @contextmanager
    def gradient(self) -> Iterator[Array]:
        """Yield where to add the gradient of `value`; at the end it is masked and reaches the parameter."""
        if self._mask is None:
            yield self._weight.gradient
            return
        dkept = self._buffers("dkept", *self._weight.shape)
        dkept[...] = 0
        yield dkept
        self._xp.multiply(dkept, self._mask, out=dkept)
        self._xp.add(self._weight.gradient, dkept, out=self._weight.gradient)
