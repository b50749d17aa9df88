"""Cross entropy of a softmax over packed rows: what is padding is not there, so it never counts."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array
from seq2seq_cli.nn.run import Run


def softmax_cross_entropy(
    logits: Array, targets: Array, run: Run, name: str = "loss"
) -> tuple[tuple[Array, Array], Callable[[], Array]]:
    """Compare logits with the right ids.

    Args:
        logits: (R, V), packed; overwritten.
        targets: (R,) ids.
        run: backend, workspace and the rest.
        name: the owner of the buffers.

    Returns:
        (mean loss, a 0-d array, in nats a symbol; losses (R,)), and the backward → dlogits (R, V).
    """
    guard = run.guard(name)
    losses, probabilities = run.backend.softmax_cross_entropy(logits, targets, run.workspace, name)

    def backward() -> Array:
        guard()
        xp = run.backend.xp
        # d loss / d logits = (p - 1 at the target) / R
        probabilities[xp.arange(len(targets)), targets] -= 1.0
        return xp.multiply(probabilities, 1.0 / len(targets), out=probabilities)

    return (losses.mean(), losses), backward
