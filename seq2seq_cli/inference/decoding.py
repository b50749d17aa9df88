"""Answers from a model: greedy or sampled, over one step function, batched, never seeing a target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Packing
from seq2seq_cli.data.batching import Ids, SourceBatch
from seq2seq_cli.inference.sampling import Floats, RowDraws, Sampling, draw
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.recurrent import take_state


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
    backend, context, N = model.backend, model.inference(), source.packing.rows
    (state, prepared), _ = model.encode(source, np.arange(N), context)
    draws = None
    if sampling:
        draws = RowDraws(sampling.seed, (np.arange(N) if numbers is None else numbers)[source.order])
    written = np.full((max_length, N), -1, dtype=np.int64)
    scores, finished = np.zeros(N), np.full(N, end is None)
    running = np.arange(N)  # the packed rows that the state holds; some may have ended
    ids: Ids = np.full(N, start)
    for t in range(max_length):
        packing = Packing.even(len(running), 1)
        (logits, state), _ = model.decoder(backend.to_device_ids(ids), packing, state, prepared, context)
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
