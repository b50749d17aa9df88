"""How well a text is predicted, by hand: a model that knows how frequent symbols are, and nothing else."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from helpers import small_generator

from seq2seq_cli.config import EvaluationOptions
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.evaluation.text import Cache, ScoredText, score_as_book, score_text, score_with_cache

SHARES = np.array([0.05, 0.1, 0.2, 0.3, 0.15, 0.15, 0.05])
"""Of <unk> <eos> the cat dog sees a."""
IDS = np.array([2, 3, 5, 6, 4, 1, 2, 4, 5, 1])


@pytest.fixture
def writer():
    """A generator that holds each symbol for as probable as its share, whatever stands before it."""
    made = small_generator()
    for parameter in made.model.parameters.values():
        parameter.value[...] = 0
    made.model.parameters["decoder.output.bias"].value[...] = np.log(SHARES)
    return made


@pytest.mark.parametrize("options", [{}, {"streams": 3}, {"window": 1}, {"window": 4}, {"streams": 10}], ids=str)
def test_each_symbol_costs_what_its_share_says(writer, options) -> None:
    scored = score_text(writer.model, IDS, 1, **options)
    np.testing.assert_allclose(scored.losses, -np.log(SHARES[IDS]), rtol=1e-12)
    loss = -sum(math.log(SHARES[i]) for i in IDS) / 10
    assert scored.loss == pytest.approx(loss)
    assert scored.perplexity == pytest.approx(math.prod(1 / SHARES[i] for i in IDS) ** (1 / 10))
    assert scored.bits == pytest.approx(-sum(math.log2(SHARES[i]) for i in IDS) / 10)
    figures = json.loads(json.dumps(scored.as_dict()))
    assert figures == {"symbols": 10, "loss": scored.loss, "perplexity": scored.perplexity, "bits": scored.bits}


def test_the_cache_adds_the_share_of_the_last_symbols(writer) -> None:
    """All states are alike here, so each of the last three symbols has a third of the cache's say."""
    scored = score_with_cache(writer.model, IDS, 1, Cache(size=3, sharpness=0.6, share=0.4))
    for place, symbol in enumerate(IDS.tolist()):
        # A state has no symbol after it yet, so what came last counts for the ones before.
        before = IDS[max(0, place - 3) : place].tolist()
        votes = before.count(symbol) / len(before) if before else 0.0
        expected = SHARES[symbol] if not before else 0.6 * SHARES[symbol] + 0.4 * votes
        assert scored.losses[place] == pytest.approx(-math.log(expected)), place
    again = score_with_cache(writer.model, IDS, 1, Cache(size=3, sharpness=0.6, share=0.4), window=2)
    np.testing.assert_allclose(again.losses, scored.losses, rtol=1e-12)
    assert not np.allclose(scored.losses, score_text(writer.model, IDS, 1).losses)


def test_the_books_procedure_leaves_the_first_symbol_out_and_what_fills_no_window(writer) -> None:
    """Three rows of a text of 13: each starts 4 further on, and windows of two steps are two, which are 4 steps."""
    ids = np.array([2, 3, 5, 6, 4, 1, 2, 4, 5, 1, 2, 2, 6])
    scored = score_as_book(writer.model, ids, batch_size=3, bptt=2)
    read = [ids[row * 4 + step + 1] for window in (0, 2) for step in (window, window + 1) for row in range(3)]
    assert scored.ids.tolist() == read
    np.testing.assert_allclose(scored.losses, -np.log(SHARES[read]), rtol=1e-12)
    with pytest.raises(DataError, match="too short for the book"):
        score_as_book(writer.model, ids[:6], batch_size=3, bptt=2)
    score_as_book(writer.model, ids[:7], batch_size=3, bptt=2)  # which is just long enough


def test_a_loss_beyond_all_floats_is_no_figure_in_json() -> None:
    assert ScoredText(IDS[:1], np.array([1e4])).as_dict() == {
        "symbols": 1,
        "loss": 1e4,
        "perplexity": None,
        "bits": 1e4 / math.log(2),
    }


def test_the_least_expected_symbols_come_first_each_once(writer) -> None:
    text = "the cat sees a dog\nthe dog sees\n"
    report = writer.report(text, EvaluationOptions(errors=3))
    assert [surprisal.symbol for surprisal in report.surprisals] == ["a", "<eos>", "sees"]
    assert [surprisal.loss for surprisal in report.surprisals] == pytest.approx(
        [-math.log(p) for p in (0.05, 0.1, 0.15)]
    )
    assert [surprisal.before for surprisal in report.surprisals][:1] == ["the cat sees"]


@pytest.mark.parametrize("options", [{"size": 0}, {"sharpness": -0.1}, {"share": 1.0}, {"share": -0.1}], ids=str)
def test_a_cache_that_can_not_be(options) -> None:
    with pytest.raises(UsageError):
        Cache(**options)
    Cache(size=1, sharpness=0.0, share=0.0)
