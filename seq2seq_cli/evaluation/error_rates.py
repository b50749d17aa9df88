"""Answers that are right, and how many edits the others are away from what is right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from seq2seq_cli.evaluation.figures import AnsweredPairs, Metric
from seq2seq_cli.evaluation.metrics import wilson_interval
from seq2seq_cli.types import Floats


def nearest_edits(answer: Sequence[str], references: Collection[Sequence[str]]) -> tuple[int, int]:
    """Return (edits, length) against the reference that is nearest to the answer; of two, the shorter one.

    Args:
        answer: what the model wrote: a text, or symbols.
        references: the right answers, at least one.

    Returns:
        The Levenshtein distance, and the length of that reference.
    """
    from rapidfuzz.distance import Levenshtein

    return min((Levenshtein.distance(answer, reference), len(reference)) for reference in references)


def is_right(answered: AnsweredPairs) -> list[bool]:
    """Tell for each source whether its answer is one of the right ones."""
    pairs = zip(answered.answers, answered.references, strict=True)
    return [answer.text in references for answer, references in pairs]


class ExactMatch(Metric):
    """The share of sources whose answer is one of the right ones."""

    name = "exact-match"
    title = "exact match"
    larger_is_better = True

    def statistics(self, answered: AnsweredPairs) -> Floats:
        """Return (N, 2): right or not, and 1."""
        right = np.array(is_right(answered), dtype=np.float64)
        return np.stack([right, np.ones_like(right)], axis=1)

    def scores(self, sums: Floats) -> Floats:
        """Return the shares."""
        shares: Floats = sums[:, 0] / sums[:, 1]
        return shares

    def interval(self, sums: Floats, resampled: Floats) -> tuple[float, float]:
        """Return Wilson's interval: of a share it is known, and has a width where all or none are right."""
        return wilson_interval(int(sums[0]), int(sums[1]))


class WordErrorRate(ExactMatch):
    """The share of sources whose answer is none of the right ones, as for pronunciations: a source is a word."""

    name = "word-error-rate"
    title = "word error rate"
    larger_is_better = False

    def statistics(self, answered: AnsweredPairs) -> Floats:
        """Return (N, 2): wrong or not, and 1."""
        counts = super().statistics(answered)
        counts[:, 0] = 1 - counts[:, 0]
        return counts


class CharacterErrorRate(Metric):
    """Edits over characters against the nearest right answer, over that one's length; both summed over sources."""

    name = "character-error-rate"
    title = "character error rate"

    def statistics(self, answered: AnsweredPairs) -> Floats:
        """Return (N, 2): edits, and the length of the nearest right answer."""
        return np.array(
            [
                (0, len(self._cut(answered, answer.text)))
                if answer.text in references
                else nearest_edits(
                    self._cut(answered, answer.text), [self._cut(answered, reference) for reference in references]
                )
                for answer, references in zip(answered.answers, answered.references, strict=True)
            ],
            dtype=np.float64,
        )

    def scores(self, sums: Floats) -> Floats:
        """Return the rates; where no right answer has a symbol, the edits."""
        rates: Floats = sums[:, 0] / np.maximum(sums[:, 1], 1)
        return rates

    def _cut(self, answered: AnsweredPairs, text: str) -> Sequence[str]:
        return text


class SymbolErrorRate(CharacterErrorRate):
    """The same over the target's symbols: phones, words, subword units."""

    name = "symbol-error-rate"
    title = "symbol error rate"

    def _cut(self, answered: AnsweredPairs, text: str) -> Sequence[str]:
        return answered.symbols(text)
