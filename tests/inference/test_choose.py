"""Choosing draws from the distribution that it says."""

from __future__ import annotations

import numpy as np
import pytest

from seq2seq_cli.backend import get_backend
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.choose import Chooser, RowDraws, distribution, draw
from seq2seq_cli.inference.sampling import Sampling

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
    np.testing.assert_allclose(distribution(np, LOGITS, sampling)[0], expected, rtol=1e-12)
    uniform = np.random.default_rng(1).random(DRAWS)
    ids = draw(np, np.repeat(distribution(np, LOGITS, sampling), DRAWS, axis=0), uniform)
    counts = np.bincount(ids, minlength=6)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi = ((counts - DRAWS * expected)[possible] ** 2 / (DRAWS * expected[possible])).sum()
    assert chi < CRITICAL[possible.sum() - 1]


def test_a_row_draws_the_same_in_any_batch() -> None:
    together, alone = RowDraws(3, np.array([5, 9])), RowDraws(3, np.array([9]))
    first = together.next(200)[1]
    np.testing.assert_array_equal(first, np.concatenate((alone.next(50)[0], alone.next(150)[0])))
    assert 0.4 < np.mean(first) < 0.6


@pytest.mark.parametrize("symbols", [6, 50_000])
def test_rows_go_on_with_their_own_numbers(symbols) -> None:
    """Rows are dropped now and then, and a wide vocabulary is drawn from in blocks: each row's symbols stay its own."""
    draw_from = np.log(np.random.default_rng(0).dirichlet(np.ones(symbols), 4))
    sampling, ids = Sampling(seed=1, top_p=0.9), np.array([7, 3, 5, 4])
    chooser = Chooser(get_backend("cpu", "float64"), sampling, (2,), ids)
    rows, chosen = np.arange(4), {number: [] for number in range(4)}
    for step in range(70):
        if step in (10, 64):
            kept = np.array([1, 3]) if step == 10 else np.array([1])
            rows = rows[kept]
            chooser.take(kept)
        found, log_probs = chooser(draw_from[rows].copy())
        np.testing.assert_array_equal(log_probs, draw_from[rows, found])
        for row, symbol in zip(rows, found, strict=True):
            chosen[row].append(symbol)
    for row, symbols_ in chosen.items():
        alone = Chooser(get_backend("cpu", "float64"), sampling, (2,), ids[row : row + 1])
        assert symbols_ == [alone(draw_from[row : row + 1].copy())[0][0] for _ in symbols_]
    assert all(2 not in found for found in chosen.values())


@pytest.mark.parametrize("options", [{"temperature": 0}, {"top_k": -1}, {"top_p": 0}, {"top_p": 1.1}, {"seed": -1}])
def test_impossible_sampling_is_refused(options) -> None:
    with pytest.raises(UsageError):
        Sampling(**options)


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(top_k=2), Sampling(temperature=0.7, top_p=0.9)], ids=str)
def test_banned_symbols_are_taken_out_before_all_else(sampling) -> None:
    banned = np.array([0, 3])
    without = distribution(np, np.delete(LOGITS, banned, axis=1), sampling)[0]
    found = distribution(np, LOGITS, sampling, banned)[0]
    assert (found[banned] == 0).all()
    np.testing.assert_allclose(np.delete(found, banned), without, rtol=1e-12)
    ids = draw(np, np.repeat(found[None], DRAWS, axis=0), np.random.default_rng(2).random(DRAWS))
    counts = np.bincount(ids, minlength=6)
    assert (counts[found == 0] == 0).all()
    kept = found > 0
    chi_squared = (((counts - DRAWS * found) ** 2)[kept] / (DRAWS * found[kept])).sum()
    assert chi_squared < CRITICAL[int(kept.sum()) - 1]


def test_of_equal_symbols_the_first_ones_are_kept() -> None:
    log_probs = np.log([[0.1, 0.2, 0.2, 0.2, 0.3], [0.2] * 5, [0.5, 0.1, 0.1, 0.1, 0.2]])
    found = distribution(np, log_probs, Sampling(top_k=2))
    np.testing.assert_allclose(found, [[0, 0.4, 0, 0, 0.6], [0.5, 0.5, 0, 0, 0], [5 / 7, 0, 0, 0, 2 / 7]])
    for kept in (5, 9):
        np.testing.assert_allclose(distribution(np, log_probs, Sampling(top_k=kept)), np.exp(log_probs))
    both = distribution(np, log_probs, Sampling(top_k=3, top_p=0.5))
    np.testing.assert_allclose(both, [[0, 0.4, 0, 0, 0.6], [0.5, 0.5, 0, 0, 0], [1, 0, 0, 0, 0]])


@pytest.mark.parametrize("temperature", [5e-324, 1e-320, 1e-300, 1e-12, 1e-3])
def test_towards_no_temperature_drawing_is_greedy(temperature) -> None:
    logits = np.array([[0.0, -0.5, -1.0, -700.0], [-3.0, -np.inf, -2.9, -2.95]])
    sampling = Sampling(temperature=temperature)
    np.testing.assert_allclose(distribution(np, logits, sampling).argmax(axis=1), [0, 2])
    np.testing.assert_allclose(distribution(np, logits, sampling).max(axis=1), [1, 1], rtol=1e-12)
    np.testing.assert_allclose(distribution(np, logits, sampling, np.array([0]))[0], [0, 1, 0, 0], atol=1e-12)


def test_towards_endless_temperature_all_symbols_are_alike() -> None:
    for temperature in (1e12, 1e300, 1.7e308):
        found = distribution(np, np.array([[0.0, -700.0, -3.0]]), Sampling(temperature=temperature), np.array([2]))
        np.testing.assert_allclose(found, [[0.5, 0.5, 0]], rtol=1e-9, atol=1e-12)
