"""Answers from a model: greedy or sampled, over one step function, batched, never seeing a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Ragged
from seq2seq_cli.data.batching import Ids, SourceBatch
from seq2seq_cli.errors import UsageError
from seq2seq_cli.models.memory import take_state
from seq2seq_cli.models.seq2seq import Seq2Seq

Floats = npt.NDArray[np.float64]

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

    def distribution(self, logits: Floats) -> Floats:
        """Return the probabilities (N, V) that symbols are drawn with, for logits (N, V)."""
        scaled = logits / self.temperature
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


@dataclass(frozen=True)
class Decoded:
    """Answers in the order in which the rows were asked for."""

    ids: list[list[int]]
    """Each row's symbols, without an end symbol."""
    log_probabilities: Floats
    """(N,) sum over the symbols, the end symbol included where there is one; natural logarithms."""
    finished: npt.NDArray[np.bool_]
    """(N,) whether the row ended by itself, or had as many symbols as asked for where none ends."""


def decode(
    model: Seq2Seq,
    source: SourceBatch,
    *,
    start: int,
    end: int | None,
    max_length: int,
    sampling: Sampling | None = None,
    numbers: Ids | None = None,
) -> Decoded:
    """Write an answer for each source.

    Args:
        model: the model.
        source: packed sources.
        start: id that the decoder reads first.
        end: id that ends an answer; None where every answer has `max_length` symbols.
        max_length: the most symbols that an answer has.
        sampling: how to draw; None takes the most probable symbol.
        numbers: (N,) the rows' numbers, which fix their random streams; by default 0 to N - 1.
    """
    backend, run, N = model.backend, model.inference(), source.shape.rows
    (state, prepared), _ = model.encode(source, np.arange(N), run)
    draws = None
    if sampling:
        draws = RowDraws(sampling.seed, (np.arange(N) if numbers is None else numbers)[source.order])
    written = np.full((max_length, N), -1, dtype=np.int64)
    scores, finished = np.zeros(N), np.full(N, end is None)
    running = np.arange(N)  # the packed rows that the state holds; some may have ended
    ids: Ids = np.full(N, start)
    for t in range(max_length):
        shape = Ragged.even(len(running), 1)
        (logits, state), _ = model.decoder(backend.indices(ids), shape, state, prepared, run)
        uniform = draws.next()[running] if draws else None
        ids, gained = _choose(model, logits, sampling, uniform)
        open_rows = np.ones(len(running), dtype=bool) if end is None else ~finished[running]
        written[t, running[open_rows]] = ids[open_rows]
        scores[running[open_rows]] += gained[open_rows]
        if end is None:
            continue
        finished[running] |= ids == end
        going = np.flatnonzero(~finished[running])
        if not len(going):
            break
        # Dropping rows copies what they need, so it waits until a good part of them has ended.
        if len(going) <= 0.75 * len(running):
            state, prepared = take_state(state, going, backend), prepared.take(going, backend)
            running, ids = running[going], ids[going]

    place = np.empty(N, dtype=np.int64)
    place[source.order] = np.arange(N)
    rows = [[int(i) for i in column if i >= 0 and i != end] for column in written.T[place]]
    return Decoded(rows, scores[place], finished[place])


def _choose(model: Seq2Seq, logits: Array, sampling: Sampling | None, uniform: Floats | None) -> tuple[Ids, Floats]:
    """Return the chosen ids (N,) and their log-probabilities in the model's own distribution (N,)."""
    backend = model.backend
    log_probabilities = backend.log_softmax(logits)
    if sampling is None:
        best = log_probabilities.argmax(axis=1)
        gained = log_probabilities[backend.xp.arange(logits.shape[0]), best]
        return backend.to_host(best), backend.to_host(gained).astype(np.float64)
    assert uniform is not None
    host = backend.to_host(log_probabilities).astype(np.float64)
    chosen = draw(sampling.distribution(host), uniform)
    return chosen, host[np.arange(len(chosen)), chosen]
