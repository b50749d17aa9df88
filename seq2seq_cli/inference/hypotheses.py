"""The answers that a beam has found, row by row, and the steps from which they are read back; on the host."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seq2seq_cli.inference.search import SearchOptions
from seq2seq_cli.types import Floats, Ids

NEVER = float("-inf")


@dataclass(frozen=True)
class Hypothesis:
    """One answer to a row."""

    ids: list[int]
    """Its symbols, without an end symbol."""
    log_prob: float
    """Natural logarithm, summed over the symbols and the end."""
    score: float
    """What answers are ranked by: the log-probability over the length penalty."""
    finished: bool
    """Whether it ended by itself, or has as many symbols as asked for where none ends."""


@dataclass(frozen=True)
class BeamOptions:
    """How wide is searched, and what answers are ranked by."""

    width: int
    """B, the beginnings of a row."""
    n_best: int = 1
    """The most answers that are wanted of a row."""
    length_penalty: float = 0.0
    """The exponent A of Wu et al. 2016: scores are log-probabilities over ((5 + symbols) / 6)^A."""

    @property
    def kept(self) -> int:
        """How many answers of a row are kept: one, or B, because several may be of one text."""
        return 1 if self.n_best == 1 else self.width

    def penalty(self, symbols: int) -> float:
        """Return what the log-probability of an answer with so many symbols, its end included, is divided by."""
        return float(((5 + symbols) / 6) ** self.length_penalty)

    def rank(self, found: Hypothesis, log_prob: float, *, ends: bool) -> Hypothesis:
        """Return an answer with another log-probability, and the score that it gives.

        Args:
            found: the answer, complete.
            log_prob: of it.
            ends: whether there is an end symbol, so that answers differ in length.
        """
        # An answer that is cut has no length of its own: it gains nothing by it.
        penalty = self.penalty(len(found.ids) + 1) if ends and found.finished else 1.0
        return replace(found, log_prob=log_prob, score=log_prob / penalty)


@dataclass(frozen=True)
class _Step:
    """What one step has made of the rows that were held, on the host."""

    place: Ids
    """(N,) where each row of the batch stands among those held; what it says of others has no meaning."""
    parents: Ids
    """(n, B) of each new beginning among the old ones."""
    ids: Ids
    """(n, B) its last symbol."""


class BeamAnswers:
    """The answers of every row, and the steps from which they are read back; on the host.

    Args:
        options: what is searched for.
        beam: how many answers are kept, and what they are ranked by.
        rows: N.
        before: symbols that every answer has before the first step.
    """

    def __init__(self, options: SearchOptions, beam: BeamOptions, rows: int, before: int = 0) -> None:
        self._before, self._options, self._beam, self._steps = before, options, beam, list[_Step]()
        self._held, self._place = np.zeros(0, dtype=np.int64), np.zeros(rows, dtype=np.int64)
        none = (rows, beam.kept)
        self._scores, self._log_probs = np.full(none, NEVER), np.full(none, NEVER)
        self._lengths, self._slots = np.zeros(none, dtype=np.int64), np.zeros(none, dtype=np.int64)
        self._finished = np.zeros(none, dtype=bool)
        self.done = np.zeros(rows, dtype=bool)
        """(N,) whether no better answer can come."""

    def add(self, rows: Ids, made: Floats) -> None:
        """Take what a step has made.

        Args:
            rows: (n,) the rows of the batch that it had, falling out as they are done, never coming back.
            made: (n, 3B + w), side by side: for each of the B new beginnings its parent among the w old ones, its
                symbol and its log-probability; for each old one that of its end, minus infinity where that is no
                answer. Without an end symbol (n, 3B).
        """
        B, end = self._beam.width, self._options.end
        if rows is not self._held:
            self._held, self._place = rows, np.zeros_like(self._place)
            self._place[rows] = np.arange(len(rows))
        parents, ids = made[:, :B].astype(np.int64), made[:, B : 2 * B].astype(np.int64)
        self._steps.append(_Step(self._place, parents, ids))
        scores, ends, number = made[:, 2 * B : 3 * B], made[:, 3 * B :], len(self._steps)
        if end is not None:
            self._keep(rows, ends, self._beam.penalty(self._before + number), number - 1, finished=True)
        if number == self._options.max_length:
            # An answer that is cut has no length of its own: it gains nothing by it.
            self._keep(rows, scores, 1.0, number, finished=end is None)
            self.done[rows] = True
            return
        best = scores[:, 0] / self._beam.penalty(self._before + self._options.max_length)
        self.done[rows] |= best <= self._scores[rows, -1]

    def _keep(self, rows: Ids, log_probs: Floats, penalty: float, length: int, *, finished: bool) -> None:
        """Put new answers (n, w) of one length among those kept."""
        count = log_probs.shape[1]
        slots = np.broadcast_to(np.arange(count), log_probs.shape)
        scores = np.concatenate((self._scores[rows], log_probs / penalty), axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, : self._beam.kept]
        self._scores[rows] = np.take_along_axis(scores, order, axis=1)
        for kept, new in (
            (self._log_probs, log_probs),
            (self._lengths, np.full_like(slots, length)),
            (self._slots, slots),
            (self._finished, np.full(slots.shape, finished)),
        ):
            kept[rows] = np.take_along_axis(np.concatenate((kept[rows], new), axis=1), order, axis=1)

    def hypotheses(self) -> list[list[Hypothesis]]:
        """Return the answers of every row, the best first."""
        rows, places = np.nonzero(self._scores > NEVER)
        lengths, slots = self._lengths[rows, places], self._slots[rows, places]
        symbols = np.zeros((len(rows), int(lengths.max(initial=0))), dtype=np.int64)
        for number in range(symbols.shape[1] - 1, -1, -1):
            step, some = self._steps[number], np.flatnonzero(lengths > number)
            held = step.place[rows[some]]
            symbols[some, number] = step.ids[held, slots[some]]
            slots[some] = step.parents[held, slots[some]]
        found: list[list[Hypothesis]] = [[] for _ in self.done]
        log_probs, scores = self._log_probs[rows, places].tolist(), self._scores[rows, places].tolist()
        for number, row in enumerate(rows.tolist()):
            ids = symbols[number, : lengths[number]].tolist()
            finished = bool(self._finished[row, places[number]])
            found[row].append(Hypothesis(ids, log_probs[number], scores[number], finished))
        return found
