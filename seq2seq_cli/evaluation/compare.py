"""Two models on the same part: how much their figures differ, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from seq2seq_cli.config import METRICS, find_class
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.figures import AnsweredPairs, Metric
from seq2seq_cli.evaluation.pairs_report import Report
from seq2seq_cli.evaluation.resampling import percentile_interval, resampled_sums, swapped_sums


@dataclass(frozen=True)
class Difference:
    """A figure of two models on the same sources, and what paired tests say."""

    name: str
    title: str
    unit: Literal["rate", "points"]
    larger_is_better: bool
    value: float
    other_value: float
    difference: float
    """The first model's figure less the other's."""
    low: float
    """Of the difference's 95% interval, by the paired bootstrap (Koehn 2004)."""
    high: float
    p_value: float
    """How often a difference as large as this comes about when the two models' answers change places at random."""

    def as_dict(self) -> dict[str, object]:
        """Return the fields as builtins."""
        return asdict(self)


def compare(report: Report, other: Report) -> tuple[Difference, ...]:
    """Compare two models' answers to the same sources.

    Both are held against the first one's references, cut into its symbols.

    Args:
        report: of the first model; its figures are compared.
        other: of the other model.

    Raises:
        DataError: they are of other sources, or were not made by an evaluation.
    """
    first, second = report.answered, other.answered
    if first is None or second is None or first.sources != second.sources:
        raise DataError("only evaluations of the same pairs can be compared")
    second = replace(first, answers=second.answers)
    metrics: Sequence[Metric] = [find_class(METRICS[figure.name])() for figure in report.figures]
    return tuple(_difference(metric, report.form.titles.get(metric.name), first, second) for metric in metrics)


def _difference(metric: Metric, title: str | None, first: AnsweredPairs, second: AnsweredPairs) -> Difference:
    counts, others = metric.statistics(first), metric.statistics(second)
    value, other_value = metric.scores(np.stack([counts.sum(axis=0), others.sum(axis=0)])).tolist()
    found = value - other_value
    drawn, drawn_others = np.split(resampled_sums(np.concatenate([counts, others], axis=1)), 2, axis=1)
    low, high = percentile_interval(metric.scores(drawn) - metric.scores(drawn_others))
    trials = as_large = 0
    for sums, other_sums in swapped_sums(counts, others):
        gaps = np.abs(metric.scores(sums) - metric.scores(other_sums))
        trials, as_large = trials + len(gaps), as_large + int((gaps >= abs(found)).sum())
    return Difference(
        name=metric.name,
        title=title or metric.title,
        unit=metric.unit,
        larger_is_better=metric.larger_is_better,
        value=value,
        other_value=other_value,
        difference=found,
        low=low,
        high=high,
        p_value=(as_large + 1) / (trials + 1),  # what was found is one of the ways that it can come about
    )
