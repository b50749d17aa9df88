"""Choosing each row's next symbol: the most probable one, or one that is drawn. All of it runs on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.types import Array, Floats, Ids

DRAWS_AHEAD = 64
"""How many numbers a row's random stream makes at once."""

NOTHING = 800.0
"""The exponential of less than minus this is 0 in double precision."""

BLOCK = 1 << 17
"""Probabilities that are drawn from at once, in double precision: 1 MiB, which stays in the cache."""


def distribution(xp: Any, log_probs: Array, sampling: Sampling, banned: Array | None = None) -> Array:
    """Return the probabilities (N, V) that symbols are drawn with.

    Args:
        xp: the array library.
        log_probs: (N, V) of the model, or logits.
        sampling: how to draw.
        banned: ids that are taken out before all else.
    """
    if banned is not None:
        log_probs = log_probs.copy()
        log_probs[:, banned] = float("-inf")
    # The largest is taken off first, and what no number can tell from 0 is cut off before the division: so nothing
    # overflows, whatever the temperature, and towards 0 the most probable symbol has all the probability.
    below = xp.maximum(log_probs - log_probs.max(axis=1, keepdims=True), -NOTHING * sampling.temperature)
    weights = xp.exp(below / sampling.temperature)
    if 0 < sampling.top_k < weights.shape[1]:
        weights = _largest(xp, weights, sampling.top_k)
    if sampling.top_p < 1:
        weights = _nucleus(xp, weights, sampling.top_p)
    return weights / weights.sum(axis=1, keepdims=True)


def _largest(xp: Any, weights: Array, count: int) -> Array:
    """Keep the largest `count` weights of each row (N, V); of equal ones those with the lower ids. Others are 0."""
    place = weights.shape[1] - count
    least = xp.partition(weights, place, axis=1)[:, place, None]  # an eighth of the time of sorting 10,000 symbols
    larger, equal = weights > least, weights == least
    left = count - larger.sum(axis=1, keepdims=True)
    return xp.where(larger | (equal & (xp.cumsum(equal, axis=1) <= left)), weights, 0.0)


def _nucleus(xp: Any, weights: Array, share: float) -> Array:
    """Keep each row's smallest set of largest weights that reaches a share of their sum. Others are 0."""
    order = xp.argsort(-weights, axis=1, kind="stable")
    falling = xp.take_along_axis(weights, order, axis=1)
    shares = falling / falling.sum(axis=1, keepdims=True)
    falling[xp.cumsum(shares, axis=1) - shares >= share] = 0
    weights[xp.arange(len(weights))[:, None], order] = falling
    return weights


def draw(xp: Any, probabilities: Array, uniform: Array) -> Array:
    """Draw an id (N,) for each row of probabilities (N, V) by inverting its cumulative sum."""
    cumulative = xp.cumsum(probabilities, axis=1)
    return (cumulative > (uniform * cumulative[:, -1])[:, None]).argmax(axis=1)


class RowDraws:
    """A random stream for each row, fixed by a seed and the row's number; on the host, for all devices alike."""

    def __init__(self, seed: int, stream_ids: Ids) -> None:
        self._streams = [np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, i]))) for i in stream_ids]

    def next(self, count: int) -> Floats:
        """Return the next numbers from [0, 1) of every row, (N, count)."""
        return np.stack([stream.random(count) for stream in self._streams])

    def take(self, rows: Ids) -> None:
        """Go on with some rows."""
        self._streams = [self._streams[row] for row in rows.tolist()]


class Chooser:
    """Chooses the next symbols of a batch, step after step.

    Args:
        backend: where the log-probabilities are.
        sampling: how to draw; None takes the most probable symbol.
        banned: ids that are never chosen.
        stream_ids: (N,) the rows' numbers, which with the seed fix their random streams.
    """

    def __init__(self, backend: Backend, sampling: Sampling | None, banned: Sequence[int], stream_ids: Ids) -> None:
        self._backend, self._sampling = backend, sampling
        self._banned = backend.to_device_ids(np.array(banned, dtype=np.int64)) if len(banned) else None
        self._draws = RowDraws(sampling.seed, stream_ids) if sampling else None
        self._uniform: Array = None  # (N, DRAWS_AHEAD) on the device
        self._used = DRAWS_AHEAD

    def __call__(self, log_probs: Array) -> tuple[Array, Array]:
        """Return ids (N,) and their log-probabilities (N,) in the model's own distribution, both on the device.

        Args:
            log_probs: (N, V); may be overwritten.
        """
        xp = self._backend.xp
        if self._sampling is not None:
            ids = self._drawn(log_probs, self._sampling)
        else:
            if self._banned is not None:
                log_probs[:, self._banned] = float("-inf")
            ids = log_probs.argmax(axis=1)
        return ids, log_probs[xp.arange(len(ids)), ids].astype(xp.float64)

    def _drawn(self, log_probs: Array, sampling: Sampling) -> Array:
        xp, (count, symbols) = self._backend.xp, log_probs.shape
        uniform, rows, blocks = self._next(), max(1, BLOCK // symbols), []
        for first in range(0, count, rows):
            block = log_probs[first : first + rows].astype(xp.float64)
            probabilities = distribution(xp, block, sampling, self._banned)
            blocks.append(draw(xp, probabilities, uniform[first : first + rows]))
        return blocks[0] if len(blocks) == 1 else xp.concatenate(blocks)

    def _next(self) -> Array:
        """Return the next number of every row's stream (N,)."""
        if self._used == DRAWS_AHEAD:
            assert self._draws is not None
            self._uniform = self._backend.to_device_ids(self._draws.next(DRAWS_AHEAD))
            self._used = 0
        self._used += 1
        return self._uniform[:, self._used - 1]

    def take(self, rows: Ids) -> None:
        """Go on with some rows of the batch, in the order of `rows`."""
        if self._draws is not None:
            self._draws.take(rows)
            if self._used < DRAWS_AHEAD:
                self._uniform = self._backend.take(self._uniform, rows)
