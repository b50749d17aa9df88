"""Activation regularisation, and its temporal form (Merity, McCann & Socher 2017, AR and TAR).

Each is a layer that returns its input; its backward adds the gradient of what the input costs. The rates come
from the context, and a rate of 0 costs nothing. What is charged is in the gradients alone: the loss that is
reported stays the cross entropy.
"""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Packing
from seq2seq_cli.errors import UsageError
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array


class ActivationPenalty:
    """Charges `activation_penalty` times the mean square of its input."""

    def __call__(self, x: Array, packing: Packing, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        """Return x (R, H), packed, and the backward, which changes dy in place.

        Raises:
            UsageError: the rows are of different lengths.
        """
        rate = context.activation_penalty
        if not rate or not context.gradients:
            return x, lambda dy: dy
        _check_lengths(packing, "activation_penalty")
        rows, width = x.shape

        def backward(dy: Array) -> Array:
            return context.backend.xp.add(dy, x * (2.0 * rate / (rows * width)), out=dy)

        return x, backward


class TemporalPenalty:
    """Charges `temporal_penalty` times the mean square of its input's change from one step to the next."""

    def __call__(self, x: Array, packing: Packing, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        """Return x (R, H), packed, and the backward, which changes dy in place.

        Raises:
            UsageError: the rows are of different lengths.
        """
        rate = context.temporal_penalty
        if not rate or not context.gradients:
            return x, lambda dy: dy
        _check_lengths(packing, "temporal_penalty")
        N = packing.rows

        def backward(dy: Array) -> Array:
            if packing.longest > 1:
                change = x[N:] - x[:-N]
                change = change * (2.0 * rate / (change.shape[0] * change.shape[1]))
                dy[N:] += change
                dy[:-N] -= change
            return dy

        return x, backward


def _check_lengths(packing: Packing, name: str) -> None:
    if not packing.uniform:
        raise UsageError(f"`{name}` needs rows of one length")
