"""Dropout (Srivastava et al. 2014; Zaremba et al. 2014 for recurrent networks: not on h → h)."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array
from seq2seq_cli.nn.run import Run


class Dropout:
    """Sets a share of the numbers to 0 in training and scales the others up.

    Args:
        name: distinguishes this layer's random draws.
        rate: the share.
    """

    def __init__(self, name: str, rate: float) -> None:
        self.name, self.rate = name, rate

    def active(self, run: Run) -> bool:
        """Tell whether this pass drops anything here."""
        return bool(self.rate) and run.dropout_key is not None

    def __call__(self, x: Array, run: Run) -> tuple[Array, Callable[[Array], Array]]:
        """Apply to x (R, D), packed; without a dropout key, return x itself."""
        if not self.active(run):
            return x, lambda dy: dy
        mask = run.dropout_mask(self.name, x.shape[0], x.shape[1], self.rate)
        return x * mask, lambda dy: dy * mask
