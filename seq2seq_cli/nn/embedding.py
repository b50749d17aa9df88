"""A row of a table for each id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seq2seq_cli.backend import Array
from seq2seq_cli.nn.parameter import Parameter
from seq2seq_cli.nn.run import Run


@dataclass(frozen=True)
class Lookup:
    """Rows of a table that were not gathered, for a layer that would rather project the table."""

    table: Array
    """(V, D)"""
    ids: Array
    """(R,)"""


class Embedding:
    """Looks ids up in a table.

    Args:
        weight: (V, D).
    """

    def __init__(self, weight: Parameter) -> None:
        self.weight = weight

    def __call__(self, ids: Array, run: Run, *, dense: bool = False) -> tuple[Array | Lookup, Callable[[Array], None]]:
        """Look up ids (R,), integers on the device.

        Args:
            ids: (R,).
            run: backend, workspace and the rest.
            dense: always gather the rows.

        Returns:
            The rows (R, D), or a `Lookup` where the table has fewer rows than are asked for; and a
            backward that takes the gradient of the rows (R, D), or of a `Lookup`'s table (V, D).
        """
        guard = run.guard(self.weight.name)
        gradient = self.weight.gradient
        lazy = not dense and self.weight.shape[0] <= len(ids)

        def backward(dy: Array) -> None:
            guard()
            if lazy:
                run.backend.xp.add(gradient, dy, out=gradient)
            else:
                run.backend.add_rows_at(gradient, ids, dy)

        return Lookup(self.weight.value, ids) if lazy else self.weight.value[ids], backward
