"""Paired tests: against exact ones on small data, against sacrebleu's, and on models that are the same."""

from __future__ import annotations

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from answered import answered
from helpers import small_translator

from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.compare import compare
from seq2seq_cli.evaluation.figures import AnsweredPairs, figures_of
from seq2seq_cli.evaluation.pairs_report import Report
from seq2seq_cli.evaluation.resampling import swapped_sums
from seq2seq_cli.evaluation.target_form import LEXICON, SENTENCE, STRING, choose_metrics


def report_of(given: AnsweredPairs, form=STRING) -> Report:
    metrics = choose_metrics(form)[0]
    figures = figures_of(metrics, [metric.statistics(given) for metric in metrics])
    return Report(len(given.sources), len(given.sources), figures, 0, 1.0, 2.7, 0.5, (), (), 0, form, (), given)


def with_right(hits) -> AnsweredPairs:
    return answered(*[("a" if hit else "b", "a") for hit in hits])


def test_a_model_is_no_better_than_itself() -> None:
    given = answered(("a b c d", "a b c e"), ("x y z w", "x y z w"), ("q r", "q s t u"))
    for difference in compare(report_of(given, SENTENCE), report_of(given, SENTENCE)):
        assert (difference.difference, difference.low, difference.high, difference.p_value) == (0, 0, 0, 1)
        assert difference.value == difference.other_value


def test_right_answers_against_mcnemars_exact_test() -> None:
    # 9 sources that only one model has right, 2 that only the other has, 30 that are the same
    one, other = [1] * 9 + [0] * 2 + [1] * 20 + [0] * 10, [0] * 9 + [1] * 2 + [1] * 20 + [0] * 10
    exact = 2 * sum(comb(11, wins) for wins in (0, 1, 2)) / 2**11
    found = compare(report_of(with_right(one)), report_of(with_right(other)))[0]
    assert found.name == "exact-match"
    assert found.difference == pytest.approx(7 / 41)
    assert found.p_value == pytest.approx(exact, abs=0.01)
    # the interval of the mean of 9 times 1, 2 times -1 and 30 times 0
    gaps = np.array(one) - np.array(other)
    spread = 1.96 * gaps.std() / np.sqrt(41)
    assert found.low == pytest.approx(7 / 41 - spread, abs=0.03)
    assert found.high == pytest.approx(7 / 41 + spread, abs=0.03)
    turned = compare(report_of(with_right(other)), report_of(with_right(one)))[0]
    assert (turned.difference, turned.p_value) == (-found.difference, found.p_value)


def test_a_difference_that_no_chance_brings_about_is_not_certain_either() -> None:
    """Of so many random trials, what was found is one; none of the others was as large."""
    found = compare(report_of(with_right([1] * 40)), report_of(with_right([0] * 40)))[0]
    trials = sum(len(sums) for sums, _ in swapped_sums(np.ones((40, 2)), np.ones((40, 2))))
    assert (found.difference, found.p_value) == (1.0, 1 / (trials + 1))


def test_every_way_to_change_places_is_as_likely() -> None:
    first, second = np.array([[1.0], [10.0], [100.0]]), np.array([[2.0], [20.0], [200.0]])
    pairs = [pair for sums in swapped_sums(first, second, 1000) for pair in zip(*sums, strict=True)]
    assert len(pairs) == 1000
    assert {(one + other).item() for one, other in pairs} == {333.0}
    ways, counts = np.unique([one.item() for one, _ in pairs], return_counts=True)
    assert ways.tolist() == [111, 112, 121, 122, 211, 212, 221, 222]
    assert counts.min() > 80  # of 125; four standard deviations


def test_bleu_against_sacrebleus_paired_test() -> None:
    significance = pytest.importorskip("sacrebleu.significance")
    metrics = pytest.importorskip("sacrebleu.metrics")
    draw, words = np.random.default_rng(5), ["the", "a", "dog", "cat", "sits", "runs", "on", "under", "mat", "."]
    rights = [" ".join(draw.choice(words, 8)) for _ in range(60)]

    def spoiled(share: float) -> list[str]:
        return [" ".join(draw.choice(words) if draw.random() < share else w for w in r.split()) for r in rights]

    one, other = spoiled(0.20), spoiled(0.27)
    ours = {
        difference.name: difference
        for difference in compare(
            report_of(answered(*zip(one, rights, strict=True)), SENTENCE),
            report_of(answered(*zip(other, rights, strict=True)), SENTENCE),
        )
    }
    scorers = {"BLEU": metrics.BLEU(references=[rights]), "chrF2": metrics.CHRF(references=[rights])}
    _, theirs = significance.PairedTest(
        [("other", other), ("one", one)], scorers, references=None, test_type="ar", n_samples=10_000
    )()
    for name, key in (("bleu", "BLEU"), ("chrf", "chrF2")):
        baseline, found = theirs[key]
        assert ours[name].value == pytest.approx(found.score)
        assert ours[name].other_value == pytest.approx(baseline.score)
        assert ours[name].p_value == pytest.approx(found.p_value, abs=0.02)
    assert ours["bleu"].difference > 0 > ours["symbol-error-rate"].difference


def test_both_are_held_against_the_same_references() -> None:
    one = answered(("K AE T", "K AE T"), ("D AO G", "D AA G"))
    other = replace(one, answers=one.answers[::-1], references=(("kaet",), ("daag",)), symbols=list)
    found = {difference.name: difference for difference in compare(report_of(one, LEXICON), report_of(other, LEXICON))}
    assert found["symbol-error-rate"].title == "phone error rate"
    assert (found["symbol-error-rate"].value, found["symbol-error-rate"].other_value) == (1 / 6, 1.0)


def test_other_sources_are_refused() -> None:
    model = small_translator()
    report = model.evaluate([("abc", "abc")])
    with pytest.raises(DataError, match="same pairs"):
        compare(report, model.evaluate([("abd", "abc")]))
    with pytest.raises(DataError, match="same pairs"):
        compare(report, replace(report, answered=None))
