"""A row of a table for each id."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Initialiser, Parameter, ParameterSpec
from seq2seq_cli.types import Array


class Embedding:
    """Looks ids up in a table.

    Args:
        weight: (V, D).
        dropout: the share of symbols whose rows are dropped in training (Gal & Ghahramani 2016).
        name: of its forwards and buffers, where two embeddings share a weight; by default the weight's.
    """

    def __init__(self, weight: Parameter, dropout: float = 0.0, name: str | None = None) -> None:
        self.weight, self._dropout, self._name = weight, dropout, name or weight.name

    @staticmethod
    def spec(name: str, symbols: int, width: int, *, tied: bool = False) -> ParameterSpec:
        """Return the parameter; `tied` says that it serves as output layer too."""
        kind: Initialiser = "tied embedding" if tied else "embedding"
        return ParameterSpec(f"{name}.weight", (symbols, width), kind)

    def __call__(self, ids: Array, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Look up ids (R,), integers on the device.

        Returns:
            The rows (R, D), and the backward that takes their gradient.
        """
        backend, (_, width) = context.backend, self.weight.shape
        guard = context.guard(self._name)
        rows = context.workspace.array(self._name, "rows", len(ids), width)
        backend.gather_rows(self.weight.value, ids, out=rows)
        kept = None
        if self._dropout and context.dropout_key is not None:
            kept = context.mask(f"{self.weight.name}.dropout", (self.weight.shape[0], 1), self._dropout)[ids]
            backend.xp.multiply(rows, kept, out=rows)

        def backward(dy: Array) -> None:
            guard()
            backend.scatter_add_rows(self.weight.gradient, ids, dy if kept is None else dy * kept)

        return rows, backward
