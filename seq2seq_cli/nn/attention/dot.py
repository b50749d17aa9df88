"""The dot score (Luong et al. 2015): ``h · state``."""

from __future__ import annotations

from seq2seq_cli.nn.attention.score import Compared, Score
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array


class DotScore(Score):
    """The product of a query and a key."""

    def compare(self, queries: Array, keys: Array, context: ForwardContext) -> Compared:
        """Score queries (N, T, H) against keys (N, S, H)."""
        backend, buffers = context.backend, context.buffers(f"{self.name}.scores")

        def backward(dscores: Array) -> tuple[Array, Array]:
            dqueries = backend.products(dscores, keys, buffers("dqueries", *queries.shape))
            dkeys = backend.products(dscores.transpose(0, 2, 1), queries, buffers("dkeys", *keys.shape))
            return dqueries, dkeys

        return backend.products(queries, keys.transpose(0, 2, 1)), backward
