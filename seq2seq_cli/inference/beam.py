"""Beam search: the best few beginnings of every row, extended together, symbol by symbol.

A step extends the B beginnings of a row by every symbol. Of all these extensions the B best are looked at: those that
end are answers, frozen with the score they have, and never extended or dropped for a neighbour's sake. The B best that
do not end are the next beginnings. Rows know nothing of each other.

Greedy search's own beginning always keeps a place among the B, also where it is not one of the best. So the best answer
never has a lower model score than the greedy one (without a length penalty), which plain beam search cannot promise.

A row is done when no beginning can become better than the answers it has: a log-probability only falls, and the length
penalty of the longest answer allowed is the most that can still be gained. Nothing is given up earlier.

All choices are made on the device. The host reads what was chosen (on a GPU once in several steps), keeps the answers
(`inference/hypotheses.py`), and drops rows that are done.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.inference.hypotheses import NEVER, BeamAnswers, BeamOptions, Hypothesis
from seq2seq_cli.inference.no_repeat import NoRepeat
from seq2seq_cli.inference.protocol import Batch, State, StepModel
from seq2seq_cli.inference.search import KEPT_AT_LEAST, Begun, SearchOptions
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Floats, Ids


def beam_search(
    model: StepModel[Batch, State],
    state: State,
    ids: Ids,
    options: SearchOptions,
    beam: BeamOptions,
    context: ForwardContext,
    begun: Begun | None = None,
) -> list[list[Hypothesis]]:
    """Find the best answers to every row.

    Args:
        model: the model.
        state: before the first step, N rows.
        ids: (N,) what the first step reads.
        options: what is searched for; nothing is drawn.
        beam: how.
        context: of the call.
        begun: what the rows have said before; it counts for the ranking, and is no part of what is returned.

    Returns:
        For each row its answers, the best first.
    """
    backend, B, N = model.backend, beam.width, state.rows
    begun = begun or Begun((), np.zeros(N))
    frontier, answers = _Frontier(backend, options, B, begun), BeamAnswers(options, beam, N, len(begun.symbols))
    rows, waiting = np.arange(N), list[Array]()
    chosen = backend.to_device_ids(ids)
    for number in range(1, options.max_length + 1):
        log_probs, state = model.step(chosen, state, context)
        made, parents = frontier.extend(log_probs)
        waiting.append(made)
        is_last = number == options.max_length
        if not is_last:  # the first step has one beginning a row, the others B
            state = state.take(np.repeat(np.arange(N), B)) if number == 1 else state.follow(parents)
        chosen = frontier.ids
        if len(waiting) < backend.steps_per_fetch and not is_last:
            continue
        for step in _fetch(backend, waiting):
            answers.add(rows, step)
        waiting.clear()
        active = np.flatnonzero(~answers.done[rows])
        if not len(active):
            break
        if len(active) <= KEPT_AT_LEAST * len(rows):
            state = state.take(frontier.take(active))
            rows, chosen = rows[active], frontier.ids
    return answers.hypotheses()


def _fetch(backend: Backend, steps: list[Array]) -> Iterator[Floats]:
    """Bring what some steps have made (N, ·) to the host, in one transfer."""
    host = backend.to_host(backend.xp.concatenate(steps, axis=1) if len(steps) > 1 else steps[0])
    widths = [step.shape[1] for step in steps]
    return iter(np.split(host, np.cumsum(widths)[:-1], axis=1))


def largest(backend: Backend, values: Array, count: int) -> tuple[Array, Array]:
    """Return the places of the largest numbers of each row of (R, V), and these numbers, both (R, count), falling.

    Of equal ones the first place comes first. The values are overwritten. (Up to some thirty rounds are faster than a
    partition: with 8,000 symbols, five take a sixth of its time.)
    """
    xp, rows = backend.xp, backend.xp.arange(len(values))
    places, found = [], []
    for _ in range(count):
        best = values.argmax(axis=1)
        places.append(best)
        found.append(values[rows, best])
        values[rows, best] = NEVER
    return xp.stack(places, axis=1), xp.stack(found, axis=1)


class _Frontier:
    """The beginnings that are extended, on the device.

    Args:
        backend: where they are.
        options: what is searched for.
        width: B.
        begun: what the N rows have said before.
    """

    def __init__(self, backend: Backend, options: SearchOptions, width: int, begun: Begun) -> None:
        xp, rows = backend.xp, len(begun.log_probs)
        self._backend, self._end, self._B = backend, options.end, width
        self._banned = backend.to_device_ids(np.array(options.banned, dtype=np.int64)) if options.banned else None
        self._guard = NoRepeat.of(backend, options.no_repeat, begun.symbols, rows)
        self._scores: Array = backend.to_device_ids(begun.log_probs[:, None])  # (N, w) log-probabilities, falling
        self._greedy: Array = xp.zeros(rows, dtype=xp.int64)  # (N,) where greedy search's beginning is among them
        self._is_greedy: Array = xp.ones(rows, dtype=bool)  # (N,) false when it has ended
        self.ids: Array = None  # (N·B,) their last symbols

    def extend(self, log_probs: Array) -> tuple[Array, Array]:
        """Extend every beginning by one symbol and keep the best.

        Args:
            log_probs: (N·w, V) of the next symbols; overwritten.

        Returns:
            (what the host keeps (N, 3B + w), see `BeamAnswers.add`; for each new beginning the row (N·B,) of the state
            that it goes on from).
        """
        xp, B = self._backend.xp, self._B
        (N, w), rows = self._scores.shape, xp.arange(len(self._scores))
        if self._guard:
            log_probs = self._guard(log_probs)
        if self._banned is not None:
            log_probs[:, self._banned] = NEVER
        of_greedy = rows * w + self._greedy
        greedy = log_probs[of_greedy].argmax(axis=1)
        greedy_scores = self._scores[rows, self._greedy] + log_probs[of_greedy, greedy].astype(xp.float64)
        if self._end is not None:
            ends = self._scores + log_probs[:, self._end].reshape(N, w).astype(xp.float64)
            log_probs[:, self._end] = NEVER
        parents, ids, scores = self._best(log_probs)
        made = [scores]
        if self._end is not None:
            greedy_ends = self._is_greedy & (greedy == self._end)
            rivals = xp.concatenate((scores, ends), axis=1)
            better = (rivals[:, None, :] > ends[:, :, None]).sum(axis=2)
            own = greedy_ends[:, None] & (xp.arange(w)[None, :] == self._greedy[:, None])
            made.append(xp.where((better < B) | own, ends, NEVER))
            self._is_greedy = self._is_greedy & (greedy != self._end)
        self._protect_greedy(parents, ids, scores, greedy, greedy_scores)
        self._scores, self.ids = scores, ids.reshape(N * B)
        of_parents = (rows[:, None] * w + parents).reshape(N * B)
        if self._guard:
            self._guard.follow(of_parents)
            self._guard.add(self.ids)
        columns = [part.astype(xp.float64) for part in (parents, ids)] + made
        return xp.concatenate(columns, axis=1), of_parents

    def _best(self, log_probs: Array) -> tuple[Array, Array, Array]:
        """Return the parents, symbols and scores (N, B) of the best extensions, the best first.

        Of equal ones that of the better parent comes first. Where there are fewer than B, the others have a score of
        minus infinity.
        """
        xp, B, (N, w) = self._backend.xp, self._B, self._scores.shape
        count = min(B, log_probs.shape[1])
        ids, values = largest(self._backend, log_probs, count)
        totals = (self._scores.reshape(N * w, 1) + values.astype(xp.float64)).reshape(N, w * count)
        ids = ids.reshape(N, w * count)
        if w * count < B:
            none = (N, B - w * count)
            totals = xp.concatenate((totals, xp.full(none, NEVER, dtype=xp.float64)), axis=1)
            ids = xp.concatenate((ids, xp.zeros(none, dtype=xp.int64)), axis=1)
        order = xp.argsort(-totals, axis=1, kind="stable")[:, :B]
        parents = xp.minimum(xp.floor_divide(order, count), w - 1)
        return parents, xp.take_along_axis(ids, order, axis=1), xp.take_along_axis(totals, order, axis=1)

    def _protect_greedy(self, parents: Array, ids: Array, scores: Array, greedy: Array, greedy_scores: Array) -> None:
        """Give greedy search's beginning the last place where it has none and goes on, in place."""
        xp = self._backend.xp
        same = (parents == self._greedy[:, None]) & (ids == greedy[:, None])
        there = same.sum(axis=1) > 0
        missing = self._is_greedy & (there == 0)
        for array, own in ((parents, self._greedy), (ids, greedy), (scores, greedy_scores)):
            array[:, -1] = xp.where(missing, own, array[:, -1])
        self._greedy = xp.where(there, same.argmax(axis=1), self._B - 1)

    def take(self, rows: Ids) -> Ids:
        """Go on with some rows; return those of the state (n·B,) that are theirs."""
        backend, B = self._backend, self._B
        of_state: Ids = (rows[:, None] * B + np.arange(B)).reshape(-1)
        if self._guard:
            self._guard.take(of_state)
        self._scores, self._greedy = backend.take(self._scores, rows), backend.take(self._greedy, rows)
        self._is_greedy = backend.take(self._is_greedy, rows)
        self.ids = backend.take(self.ids, of_state)
        return of_state
