"""Drawing again: how much a figure would vary with other sources of the same kind, and whether two models differ.

The first is the bootstrap (Efron & Tibshirani 1993), the second approximate randomisation (Noreen 1989).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seq2seq_cli.nn.context import stream_id
from seq2seq_cli.types import Floats

RESAMPLES = 1000
TRIALS = 10_000
COINS_AT_ONCE = 1 << 20
"""What bounds the memory of many trials over many sources."""


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


def swapped_sums(first: Floats, second: Floats, trials: int = TRIALS) -> Iterator[tuple[Floats, Floats]]:
    """Yield sums of two models' counts after their answers to some sources, drawn by a coin, changed places.

    If the models were equally good, it would not matter which of them gave which answer (Noreen 1989).

    Args:
        first: (N, K), each source's counts of one model.
        second: (N, K), of the other.
        trials: how often, all pieces together.

    Yields:
        Two arrays (B, K) for B of the trials.
    """
    draw, count = np.random.default_rng(stream_id("randomisation")), len(first)
    changes, width = second - first, -(-count // 8)
    first_sum, second_sum = first.sum(axis=0), second.sum(axis=0)
    at_once = max(1, COINS_AT_ONCE // count)
    for begin in range(0, trials, at_once):
        rows = min(at_once, trials - begin)
        coins = np.unpackbits(draw.integers(0, 256, (rows, width), dtype=np.uint8), axis=1, count=count)
        moved = coins @ changes
        yield first_sum + moved, second_sum - moved
