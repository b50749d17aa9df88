"""Rates of answers that were counted by hand."""

from __future__ import annotations

import pytest
from answered import answered

from seq2seq_cli.evaluation.error_rates import (
    CharacterErrorRate,
    ExactMatch,
    SymbolErrorRate,
    WordErrorRate,
    nearest_edits,
)
from seq2seq_cli.evaluation.figures import figures_of, score_of
from seq2seq_cli.evaluation.metrics import wilson_interval

PHONES = answered(
    ("HH AH L OW", "HH EH L OW", "HH AH L OW"),  # the second is right
    ("K AE T", "K AA T"),  # 1 of 3
    ("T UW M EY T OW", "T AH M EY T OW", "T AH M AA T OW"),  # 1 of 6 against the first
    ("", "AH"),  # 1 of 1
    ("S IY K S", "S IH K", "S IH K S TH"),  # 2 of 3 (the shorter), or 2 of 5
)


def test_the_nearest_right_answer_counts() -> None:
    assert nearest_edits("kitten", ["sitting", "kitchen"]) == (2, 7)
    assert nearest_edits(["a", "b"], [["c", "d", "e"], ["a", "c"]]) == (1, 2)


def test_rates_by_hand() -> None:
    assert score_of(ExactMatch(), PHONES) == pytest.approx(1 / 5)
    assert score_of(WordErrorRate(), PHONES) == pytest.approx(4 / 5)
    assert score_of(SymbolErrorRate(), PHONES) == pytest.approx((0 + 1 + 1 + 1 + 2) / (4 + 3 + 6 + 1 + 3))
    # in characters: 0 of 10; 1 of 6 (E for A); 2 of 14 (UW for AH); 2 of 2; 3 of 6 (Y for H, " S")
    assert score_of(CharacterErrorRate(), PHONES) == pytest.approx((0 + 1 + 2 + 2 + 3) / (10 + 6 + 14 + 2 + 6))


def test_a_rate_may_be_above_one_and_no_symbol_at_all_is_no_division() -> None:
    assert score_of(SymbolErrorRate(), answered(("a b c", "d"))) == 3
    assert score_of(SymbolErrorRate(), answered(("a", ""))) == 1
    assert score_of(SymbolErrorRate(), answered(("", ""))) == 0


def test_a_share_has_wilsons_interval_and_the_others_have_one_that_holds_them() -> None:
    metrics = [WordErrorRate(), ExactMatch(), SymbolErrorRate(), CharacterErrorRate()]
    wrong, exact, symbols, characters = figures_of(metrics, [metric.statistics(PHONES) for metric in metrics])
    assert (exact.low, exact.high) == wilson_interval(1, 5)
    assert (wrong.low, wrong.high) == wilson_interval(4, 5)
    for figure in (symbols, characters):
        assert 0 < figure.low < figure.value < figure.high <= 1
    (one,) = figures_of([SymbolErrorRate()], [SymbolErrorRate().statistics(answered(("a b", "a c")))])
    assert (one.low, one.value, one.high) == (0.5, 0.5, 0.5)
