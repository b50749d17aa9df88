"""The additive score (Bahdanau et al. 2015): ``v · tanh(h Wq + state Wk)``."""

from __future__ import annotations

from collections.abc import Mapping

from seq2seq_cli.nn.attention.general import project
from seq2seq_cli.nn.attention.score import Compared, Projected, Score
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.parameters import Parameter, ParameterSpec
from seq2seq_cli.types import Array


class AdditiveScore(Score):
    """A small network over the sum of a query and a key."""

    def __init__(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        super().__init__(name, parameters)
        self._query, self._key = Linear(parameters[f"{name}.query"]), Linear(parameters[f"{name}.key"])
        self._vector = parameters[f"{name}.vector"]

    @staticmethod
    def specs(name: str, width: int) -> tuple[ParameterSpec, ...]:
        """Return Wq (H, H), Wk (H, H) and v (H,)."""
        H = width
        return (
            ParameterSpec(f"{name}.query", (H, H), fan_in=H),
            ParameterSpec(f"{name}.key", (H, H), fan_in=H),
            ParameterSpec(f"{name}.vector", (H,), fan_in=H),
        )

    @staticmethod
    def pair_cost(width: int) -> int:
        """Return H: the sum of a query and a key goes through a tanh."""
        return width

    def keys(self, states: Array, context: ForwardContext) -> Projected:
        """Project states (N, S, H)."""
        return project(self._key, states, context)

    def queries(self, h: Array, context: ForwardContext) -> Projected:
        """Project h (R, H)."""
        return self._query(h, context)

    def compare(self, queries: Array, keys: Array, context: ForwardContext) -> Compared:
        """Score queries (N, T, H) against keys (N, S, H)."""
        xp = context.backend.xp
        hidden = xp.tanh(queries[:, :, None, :] + keys[:, None, :, :])  # (N, T, S, H)

        def backward(dscores: Array) -> tuple[Array, Array]:
            N, T, S, H = hidden.shape
            flat = hidden.reshape(N * T * S, H)
            vector = self._vector.gradient
            xp.add(vector, xp.matmul(dscores.reshape(N * T * S), flat), out=vector)
            dsum = dscores[..., None] * self._vector.value * (1.0 - hidden * hidden)
            return dsum.sum(axis=2), dsum.sum(axis=1)

        return xp.matmul(hidden, self._vector.value), backward
