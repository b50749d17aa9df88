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
        dropout: the share of symbols whose rows are dropped in a training pass (Gal & Ghahramani 2016).
    """

    def __init__(self, weight: Parameter, dropout: float = 0.0) -> None:
        self.weight, self._dropout = weight, dropout

    def __call__(self, ids: Array, run: Run) -> tuple[Array, Callable[[Array], None]]:
        """Look up ids (R,), integers on the device.

        Returns:
            The rows (R, D), and the backward that takes their gradient.
        """
        backend, (_, width) = run.backend, self.weight.shape
        guard = run.guard(self.weight.name)
        rows = run.workspace.array(self.weight.name, "rows", len(ids), width)
        backend.gather_rows(self.weight.value, ids, out=rows)
        kept = None
        if self._dropout and run.dropout_key is not None:
            kept = run.mask(f"{self.weight.name}.dropout", (self.weight.shape[0], 1), self._dropout)[ids]
            backend.xp.multiply(rows, kept, out=rows)

        def backward(dy: Array) -> None:
            guard()
            backend.add_rows_at(self.weight.gradient, ids, dy if kept is None else dy * kept)

        return rows, backward
