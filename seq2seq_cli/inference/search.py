"""The one search loop: symbols are chosen step by step, and rows that have ended are dropped.

Greedy and drawn answers, texts and streams are all made here. A beam is another loop over the same protocol, in
`inference/beam.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.inference.choose import Chooser
from seq2seq_cli.inference.no_repeat import NoRepeat
from seq2seq_cli.inference.protocol import Batch, State, StepModel
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Floats, Ids, Mask

KEPT_AT_LEAST = 0.75
"""Dropping rows copies the others, so it waits until so few of the rows go on."""


@dataclass(frozen=True)
class SearchOptions:
    """What is searched for."""

    max_length: int
    """The most symbols of a row."""
    end: int | None = None
    """The id that ends a row; None where every row has `max_length` symbols."""
    banned: tuple[int, ...] = ()
    """Ids that are never chosen."""
    sampling: Sampling | None = None
    """How to draw; None takes the most probable symbol."""
    no_repeat: int = 0
    """So many symbols in a row never come twice in a row of the batch; 0 is no such limit."""


@dataclass(frozen=True)
class Begun:
    """What every row has said before the first step, with the last symbol of which that one begins."""

    symbols: tuple[int, ...]
    log_probs: Floats
    """(N,) sums over these symbols."""


@dataclass(frozen=True)
class GenerationStep:
    """One symbol of each row that had not ended before."""

    rows: Ids
    """(n,) which rows of the batch."""
    ids: Ids
    """(n,) the symbols; the end symbol is one."""
    log_probs: Floats
    """(n,) of each in the model's own distribution."""


@dataclass(frozen=True)
class Decoded:
    """What a search has found, row by row."""

    ids: list[list[int]]
    """Each row's symbols, without an end symbol."""
    log_probs: Floats
    """(N,) sums over these symbols, natural logarithms."""
    end_log_probs: Floats
    """(N,) of the end symbol; 0 where there is none."""
    finished: Mask
    """(N,) whether the row ended by itself, or had as many symbols as asked for where none ends."""


def search(
    model: StepModel[Batch, State],
    state: State,
    ids: Ids,
    options: SearchOptions,
    context: ForwardContext,
    stream_ids: Ids | None = None,
    begun: Begun | None = None,
) -> Iterator[GenerationStep]:
    """Choose symbols, one a row and step, until all rows have ended.

    Args:
        model: the model.
        state: before the first step, N rows.
        ids: (N,) what the first step reads: a start symbol, or a prompt's last one.
        options: what is searched for.
        context: of the call.
        stream_ids: (N,) the rows' numbers, which with the seed fix their random streams; by default 0 to N - 1.
        begun: what the rows have said before, if anything.
    """
    backend, N = model.backend, state.rows
    guard = NoRepeat.of(backend, options.no_repeat, begun.symbols if begun else (), N)
    chooser = Chooser(backend, options.sampling, options.banned, np.arange(N) if stream_ids is None else stream_ids)
    rows = np.arange(N)  # those that the state holds
    active = np.arange(N)  # places of those that go on, among them
    waiting: list[Array] = []
    chosen = backend.to_device_ids(ids)
    for number in range(1, options.max_length + 1):
        log_probs, state = model.step(chosen, state, context)
        chosen, chosen_log_probs = chooser(guard(log_probs) if guard else log_probs)
        if guard:
            guard.add(chosen)
        waiting += (chosen, chosen_log_probs)
        if len(waiting) < 2 * backend.steps_per_fetch and number < options.max_length:
            continue
        for symbols, scores in _fetch(backend, waiting):
            step = GenerationStep(rows[active], symbols[active].astype(np.int64), scores[active])
            yield step
            if options.end is not None:
                active = active[step.ids != options.end]
        waiting.clear()
        if not len(active) or number == options.max_length:
            return
        if len(active) <= KEPT_AT_LEAST * len(rows):
            state, chosen, rows = state.take(active), backend.take(chosen, active), rows[active]
            chooser.take(active)
            if guard:
                guard.take(active)
            active = np.arange(len(rows))


def _fetch(backend: Backend, arrays: list[Array]) -> Iterator[tuple[Floats, Floats]]:
    """Bring the ids and log-probabilities of some steps, one after the other, to the host in one transfer."""
    host = backend.to_host(backend.xp.concatenate(arrays)).reshape(len(arrays), -1)
    return zip(host[::2], host[1::2], strict=True)


def collect(steps: Iterable[GenerationStep], rows: int, end: int | None) -> Decoded:
    """Run a search and sort what it finds by row.

    Args:
        steps: the search.
        rows: N.
        end: the id that ends a row, or None.
    """
    ids, owners = array("q"), array("q")  # one after the other as they come: eight bytes each, however many steps
    log_probs, end_log_probs, finished = np.zeros(rows), np.zeros(rows), np.full(rows, end is None)
    for step in steps:
        ended = np.zeros(len(step.ids), dtype=bool) if end is None else step.ids == end
        end_log_probs[step.rows[ended]] = step.log_probs[ended]
        finished[step.rows[ended]] = True
        kept = ~ended
        log_probs[step.rows[kept]] += step.log_probs[kept]
        ids.frombytes(step.ids[kept].tobytes())
        owners.frombytes(step.rows[kept].tobytes())
    row_of = np.frombuffer(owners, dtype=np.int64)
    by_row = np.frombuffer(ids, dtype=np.int64)[np.argsort(row_of, kind="stable")]
    cuts = np.cumsum(np.bincount(row_of, minlength=rows))[:-1]
    return Decoded([part.tolist() for part in np.split(by_row, cuts)], log_probs, end_log_probs, finished)
