"""Cross entropy of a softmax over packed rows: what is padding is not there, so it never counts."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array


def softmax_cross_entropy(
    logits: Array, targets: Array, context: ForwardContext, name: str = "loss"
) -> tuple[tuple[Array, Array], Callable[[], Array]]:
    """Compare logits with the right ids.

    Args:
        logits: (R, V), packed; overwritten, in training by their gradient.
        targets: (R,) ids.
        context: backend, workspace and the rest.
        name: distinguishes forwards that could be confused.

    Returns:
        (mean loss, a 0-d array, in nats a symbol; losses (R,)), and the backward → dlogits (R, V).
    """
    guard = context.guard(name)
    losses = context.backend.softmax_cross_entropy(
        logits, targets, gradient=context.gradients, smoothing=context.label_smoothing
    )

    def backward() -> Array:
        guard()
        return logits

    return (losses.mean(), losses), backward
