"""Drawing symbols from a model's distribution: temperature, top-k, top-p, and symbols that are never drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.errors import UsageError

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

DRAWS_AHEAD = 64
"""How many numbers a row's random stream makes at once."""


@dataclass(frozen=True)
class Sampling:
    """How the next symbol is drawn from the model's distribution.

    `temperature` divides the logits; `top_k` keeps the k most probable symbols (0: all); `top_p` keeps
    the smallest set of most probable symbols whose probabilities reach p (Holtzman et al. 2020). Each
    row has a random stream of its own, fixed by `seed` and the row's number, so an answer does not
    depend on what else is in its batch.

    Raises:
        UsageError: a number is out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise UsageError(f"temperature must be above 0, not {self.temperature}; greedy decoding is its limit")
        if self.top_k < 0:
            raise UsageError(f"top-k must be 0 (all symbols) or more, not {self.top_k}")
        if not 0 < self.top_p <= 1:
            raise UsageError(f"top-p must be above 0 and at most 1, not {self.top_p}")

    def distribution(self, logits: Floats, banned: Ids | None = None) -> Floats:
        """Return the probabilities (N, V) that symbols are drawn with, for logits (N, V).

        Symbols that must not be drawn (`banned`, ids) are taken out first.
        """
        scaled = logits / self.temperature
        if banned is not None:
            scaled[:, banned] = -np.inf
        weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        if (self.top_k and self.top_k < logits.shape[1]) or self.top_p < 1:
            order = np.argsort(-weights, axis=1, kind="stable")
            falling = np.take_along_axis(weights, order, axis=1)
            if self.top_k:
                falling[:, self.top_k :] = 0
            shares = falling / falling.sum(axis=1, keepdims=True)
            falling[np.cumsum(shares, axis=1) - shares >= self.top_p] = 0
            np.put_along_axis(weights, order, falling, axis=1)
        probabilities: Floats = weights / weights.sum(axis=1, keepdims=True)
        return probabilities


class RowDraws:
    """A random stream for each row, fixed by a seed and the row's number."""

    def __init__(self, seed: int, rows: npt.NDArray[np.int64]) -> None:
        self._streams = [np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, r]))) for r in rows]
        self._drawn: Floats = np.empty((len(rows), 0))
        self._used = 0

    def next(self) -> Floats:
        """Return the next number from [0, 1) of every row, (N,)."""
        if self._used == self._drawn.shape[1]:
            self._drawn = np.stack([stream.random(DRAWS_AHEAD) for stream in self._streams])
            self._used = 0
        self._used += 1
        return self._drawn[:, self._used - 1]


def draw(probabilities: Floats, uniform: Floats) -> Ids:
    """Draw an id (N,) for each row of probabilities (N, V) by inverting its cumulative sum."""
    cumulative = np.cumsum(probabilities, axis=1)
    reached = cumulative > (uniform * cumulative[:, -1])[:, None]
    ids: Ids = reached.argmax(axis=1)
    return ids
