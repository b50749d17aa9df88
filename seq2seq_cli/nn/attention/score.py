"""What a score of attention offers: how well a decoder's h goes with each state of the encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TypeAlias

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameter, ParameterSpec
from seq2seq_cli.types import Array

Projected: TypeAlias = tuple[Array, Callable[[Array], Array]]
"""A result and its backward, which takes the gradient of the result and returns that of the input."""

Compared: TypeAlias = tuple[Array, Callable[[Array], tuple[Array, Array]]]
"""Scores (N, T, S) and their backward, dscores → (dqueries (N, T, H), dkeys (N, S, H))."""


class Score(ABC):
    """A score: an entry of `seq2seq_cli.config.registry.ATTENTION_SCORES`.

    Args:
        name: of the attention it belongs to, with which its parameters' names begin.
        parameters: with those of `specs`.
    """

    def __init__(self, name: str, parameters: Mapping[str, Parameter]) -> None:
        self.name = name

    @staticmethod
    def specs(name: str, width: int) -> tuple[ParameterSpec, ...]:
        """Return the score's parameters, for states of H = `width` numbers; none unless a score has some."""
        return ()

    @staticmethod
    def pair_cost(width: int) -> int:
        """Return how many numbers a pair of a query and a key makes in the widest array of `compare`."""
        return 1

    def keys(self, states: Array, context: ForwardContext) -> Projected:
        """Make keys (N, S, H) of the encoder's states (N, S, H), once a batch: themselves, or a projection."""
        return states, lambda dkeys: dkeys

    def queries(self, h: Array, context: ForwardContext) -> Projected:
        """Make queries (R, H) of the decoder's h (R, H), packed: h itself, or a projection."""
        return h, lambda dqueries: dqueries

    @abstractmethod
    def compare(self, queries: Array, keys: Array, context: ForwardContext) -> Compared:
        """Score queries (N, T, H) against keys (N, S, H)."""
