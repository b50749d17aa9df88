"""The general score (Luong et al. 2015): ``h · (state W)``."""

from __future__ import annotations

from collections.abc import Mapping

from seq2seq_cli.nn.attention.dot import DotScore
from seq2seq_cli.nn.attention.score import Projected
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.parameters import Parameter, ParameterSpec
from seq2seq_cli.types import Array


class GeneralScore(DotScore):
    """The product of a query and a projected state."""

    def __init__(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        super().__init__(name, parameters)
        self._key = Linear(parameters[f"{name}.key"])

    @staticmethod
    def specs(name: str, width: int) -> tuple[ParameterSpec, ...]:
        """Return W (H, H)."""
        return (ParameterSpec(f"{name}.key", (width, width), fan_in=width),)

    def keys(self, states: Array, context: ForwardContext) -> Projected:
        """Project states (N, S, H)."""
        return project(self._key, states, context)


def project(linear: Linear, states: Array, context: ForwardContext) -> Projected:
    """Apply a product to every state of (N, S, H)."""
    N, S, H = states.shape
    keys, back = linear(states.reshape(N * S, H), context)
    return keys.reshape(N, S, H), lambda dkeys: back(dkeys.reshape(N * S, H)).reshape(N, S, H)
