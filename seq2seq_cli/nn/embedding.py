"""A row of a table for each id."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array
from seq2seq_cli.nn.parameter import Parameter
from seq2seq_cli.nn.run import Run


class Embedding:
    """Looks ids up in a table.

    Args:
        weight: (V, D).
    """

    def __init__(self, weight: Parameter) -> None:
        self.weight = weight

    def __call__(self, ids: Array, run: Run) -> tuple[Array, Callable[[Array], None]]:
        """Look up ids (R,), integers on the device.

        Returns:
            The rows (R, D), and the backward that takes their gradient.
        """
        backend, (_, width) = run.backend, self.weight.shape
        guard = run.guard(self.weight.name)
        rows = run.workspace.array(self.weight.name, "rows", len(ids), width)
        backend.gather_rows(self.weight.value, ids, out=rows)

        def backward(dy: Array) -> None:
            guard()
            backend.add_rows_at(self.weight.gradient, ids, dy)

        return rows, backward
