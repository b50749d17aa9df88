"""Activation regularisation, and its temporal form (Merity, McCann & Socher 2017, AR and TAR)."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.backend import Array, Backend, Packing
from seq2seq_cli.errors import UsageError


@dataclass
class ActivationPenalty:
    """Added to a pass's loss: ``activation`` times the mean square of the last layer's dropped output, and
    ``change`` times the mean square of its output's change from one step to the next.

    For batches of one length.
    """

    backend: Backend
    activation: float
    change: float
    value: Array = None
    """The penalty of the last pass, a 0-d array."""

    def measure(self, h: Array, dropped: Array, packing: Packing) -> None:
        """Compute the penalty of h (R, H) and of it after dropout.

        Raises:
            UsageError: the rows are of different lengths.
        """
        if not packing.uniform:
            raise UsageError("activation penalties need rows of one length")
        self.value = self.activation * (dropped * dropped).mean()
        if self.change and packing.longest > 1:
            difference = h[packing.rows :] - h[: -packing.rows]
            self.value = self.value + self.change * (difference * difference).mean()

    def add_to_dropped(self, gradient: Array, dropped: Array) -> None:
        """Add the first term's gradient with respect to the dropped output, in place."""
        rows, width = dropped.shape
        self.backend.xp.add(gradient, dropped * (2.0 * self.activation / (rows * width)), out=gradient)

    def add_to_output(self, gradient: Array, h: Array, packing: Packing) -> None:
        """Add the second term's gradient with respect to the output, in place."""
        if not self.change or packing.longest < 2:
            return
        N = packing.rows
        difference = h[N:] - h[:-N]
        difference = difference * (2.0 * self.change / (difference.shape[0] * difference.shape[1]))
        gradient[N:] += difference
        gradient[:-N] -= difference
