"""Bootstrap: how much a figure would vary, had other sources of the same kind been asked (Efron & Tibshirani 1993)."""

from __future__ import annotations

import numpy as np

from seq2seq_cli.nn.context import stream_id
from seq2seq_cli.types import Floats

RESAMPLES = 1000


def resampled_sums(statistics: Floats, resamples: int = RESAMPLES) -> Floats:
    """Return sums over parts that are drawn from a part's sources, as many as there are, with replacement.

    Which sources are drawn depends on their number alone: two models are measured on the same drawn parts.

    Args:
        statistics: (N, K), each source's counts.
        resamples: how many parts are drawn, B.

    Returns:
        (B, K)
    """
    draw, count = np.random.default_rng(stream_id("bootstrap")), len(statistics)
    sums = np.empty((resamples, statistics.shape[1]))
    for row in sums:
        # How often each source is drawn; a row at a time stays in the cache, and is as fast as all at once.
        times = np.bincount(draw.integers(0, count, count), minlength=count)
        row[:] = times @ statistics
    return sums


def percentile_interval(values: Floats) -> tuple[float, float]:
    """Return the interval that holds the middle 95% of values (B,)."""
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
