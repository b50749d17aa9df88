"""The bootstrap's intervals against what is known of means, and that two models see the same parts."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np

from seq2seq_cli.evaluation.resampling import percentile_interval, resampled_sums, swapped_sums


def test_drawn_parts_have_as_many_sources_and_are_the_same_each_time() -> None:
    counts = np.arange(20.0)[:, None]
    sums = resampled_sums(np.concatenate([counts, np.ones_like(counts), -counts], axis=1))
    assert sums.shape == (1000, 3)
    assert (sums[:, 1] == 20).all()
    assert (sums[:, 0] == -sums[:, 2]).all()  # both columns saw the same sources
    assert (sums[:, :1] == resampled_sums(counts)).all()
    assert len(np.unique(sums[:, 0])) > 50


def test_the_interval_of_a_mean_is_the_textbooks_and_holds_the_truth_as_often_as_it_says() -> None:
    draw = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        sample = draw.exponential(2.0, size=(100, 1))
        low, high = percentile_interval(resampled_sums(sample, 400)[:, 0] / 100)
        held += low <= 2.0 <= high
    assert 0.88 <= held / 200 <= 0.99
    sample = draw.normal(5.0, 3.0, size=(2000, 1))
    low, high = percentile_interval(resampled_sums(sample)[:, 0] / 2000)
    spread = 1.96 * sample.std() / np.sqrt(2000)
    assert abs(high - sample.mean() - spread) < 0.1 * spread
    assert abs(sample.mean() - low - spread) < 0.1 * spread


def test_five_thousand_sources_take_well_under_a_second() -> None:
    begun = time.perf_counter()
    resampled_sums(np.ones((5000, 6)))
    assert time.perf_counter() - begun < 1


def test_many_sources_take_no_more_memory() -> None:
    counts = np.ones((300_000, 2))
    tracemalloc.start()
    try:
        pieces = [len(sums) for sums, _ in swapped_sums(counts, 2 * counts, 7)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(pieces) == 7
    assert len(pieces) == 3
    assert peak < 40e6  # 3 trials at once: their coins as numbers are 7 MB, the differences of counts 5
