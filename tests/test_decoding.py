"""Sampling draws from the distribution that it says."""

from __future__ import annotations

import numpy as np
import pytest

from seq2seq_cli.errors import UsageError
from seq2seq_cli.evaluation.metrics import character_edits, perplexity, wilson_interval
from seq2seq_cli.inference.sampling import RowDraws, Sampling, draw

LOGITS = np.array([[2.0, 1.0, 0.5, 0.0, -1.0, -4.0]])
DRAWS = 100_000
CRITICAL = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52}
"""Quantiles of chi-squared at 0.999, by degrees of freedom."""


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.5),
        Sampling(temperature=2.0),
        Sampling(top_k=3),
        Sampling(top_p=0.8),
        Sampling(temperature=1.5, top_k=4, top_p=0.9),
    ],
    ids=str,
)
def test_frequencies_match_the_distribution(sampling) -> None:
    weights = np.exp(LOGITS[0] / sampling.temperature)
    if sampling.top_k:
        weights[sampling.top_k :] = 0
    weights /= weights.sum()
    weights[np.cumsum(weights) - weights >= sampling.top_p] = 0
    expected = weights / weights.sum()
    np.testing.assert_allclose(sampling.distribution(LOGITS)[0], expected, rtol=1e-12)
    uniform = np.random.default_rng(1).random(DRAWS)
    ids = draw(np.repeat(sampling.distribution(LOGITS), DRAWS, axis=0), uniform)
    counts = np.bincount(ids, minlength=6)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi = ((counts - DRAWS * expected)[possible] ** 2 / (DRAWS * expected[possible])).sum()
    assert chi < CRITICAL[possible.sum() - 1]


def test_a_row_draws_the_same_in_any_batch() -> None:
    together, alone = RowDraws(3, np.array([5, 9])), RowDraws(3, np.array([9]))
    first = [together.next()[1] for _ in range(200)]
    assert first == [alone.next()[0] for _ in range(200)]
    assert 0.4 < np.mean(first) < 0.6


@pytest.mark.parametrize("options", [{"temperature": 0}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}])
def test_impossible_sampling_is_refused(options) -> None:
    with pytest.raises(UsageError):
        Sampling(**options)


def test_metrics() -> None:
    low, high = wilson_interval(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # Wilson's interval as textbooks give it
    assert wilson_interval(0, 5)[0] == 0
    assert wilson_interval(5, 5)[1] == 1
    assert character_edits("kitten", ["sitting", "kitchen"]) == (2, 7)
    assert perplexity(0) == 1
    assert perplexity(1e9) == float("inf")


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(top_k=2), Sampling(temperature=0.7, top_p=0.9)], ids=str)
def test_banned_symbols_are_taken_out_before_all_else(sampling) -> None:
    banned = np.array([0, 3])
    without = sampling.distribution(np.delete(LOGITS, banned, axis=1))[0]
    found = sampling.distribution(LOGITS, banned)[0]
    assert (found[banned] == 0).all()
    np.testing.assert_allclose(np.delete(found, banned), without, rtol=1e-12)
    ids = draw(np.repeat(found[None], DRAWS, axis=0), np.random.default_rng(2).random(DRAWS))
    counts = np.bincount(ids, minlength=6)
    assert (counts[found == 0] == 0).all()
    kept = found > 0
    chi_squared = (((counts - DRAWS * found) ** 2)[kept] / (DRAWS * found[kept])).sum()
    assert chi_squared < CRITICAL[int(kept.sum()) - 1]
