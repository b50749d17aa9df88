"""What a metric of answers is: counts of each source, whose sums over a part give the figure and its interval."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from seq2seq_cli.evaluation.resampling import percentile_interval, resampled_sums
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.types import Floats


@dataclass(frozen=True, eq=False)
class AnsweredPairs:
    """What a model wrote for each distinct source, beside what is right."""

    sources: tuple[str, ...]
    answers: tuple[Answer, ...]
    references: tuple[tuple[str, ...], ...]
    """All right answers of each source, as the model writes them (words joined by single blanks)."""
    targets: tuple[tuple[str, ...], ...]
    """The same as they stand in the data."""
    symbols: Callable[[str], list[str]]
    """Cuts an answer or a reference into the model's target symbols."""


class Metric(ABC):
    """A figure of a whole part, made of counts that are summed over its sources.

    That it depends on the sums alone is what makes intervals and paired tests cheap: a resampled part is
    another sum of the same counts.
    """

    name: ClassVar[str]
    """As options and reports call it."""
    title: ClassVar[str]
    """For people."""
    unit: ClassVar[Literal["rate", "points"]] = "rate"
    """A rate is 0 at least, and mostly 1 at most; points go from 0 to 100."""
    larger_is_better: ClassVar[bool] = False

    @abstractmethod
    def statistics(self, answered: AnsweredPairs) -> Floats:
        """Return each source's counts (N, K)."""

    @abstractmethod
    def scores(self, sums: Floats) -> Floats:
        """Return the figures (B,) of sums over sources (B, K)."""

    def interval(self, sums: Floats, resampled: Floats) -> tuple[float, float]:
        """Return the figure's 95% interval.

        Args:
            sums: (K,) of the part.
            resampled: (B, K) of parts that are drawn from it.
        """
        return percentile_interval(self.scores(resampled))

    @property
    def signature(self) -> str:
        """What else must be the same for two figures to be comparable, after `statistics` was called."""
        return ""


@dataclass(frozen=True)
class Figure:
    """A metric's value on a part, with its 95% interval."""

    name: str
    title: str
    unit: Literal["rate", "points"]
    larger_is_better: bool
    value: float
    low: float
    high: float
    signature: str = ""


def score_of(metric: Metric, answered: AnsweredPairs) -> float:
    """Return a metric's value, without its interval."""
    return float(metric.scores(metric.statistics(answered).sum(axis=0)[None])[0])


def figures_of(metrics: Sequence[Metric], statistics: Sequence[Floats]) -> tuple[Figure, ...]:
    """Return metrics' values with their intervals; all of them see the same resampled parts.

    Args:
        metrics: M metrics.
        statistics: what each of them counted, M arrays (N, K).
    """
    ends = np.cumsum([counts.shape[1] for counts in statistics])[:-1]
    resampled = np.split(resampled_sums(np.concatenate(statistics, axis=1)), ends, axis=1)
    found = []
    for metric, counts, drawn in zip(metrics, statistics, resampled, strict=True):
        sums = counts.sum(axis=0)
        low, high = metric.interval(sums, drawn)
        found.append(
            Figure(
                metric.name,
                metric.title,
                metric.unit,
                metric.larger_is_better,
                value=float(metric.scores(sums[None])[0]),
                low=low,
                high=high,
                signature=metric.signature,
            )
        )
    return tuple(found)
