"""BLEU and chrF against sacrebleu asked directly, and BLEU of a textbook's size by hand."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from answered import answered

from seq2seq_cli.errors import MissingExtraError
from seq2seq_cli.evaluation.bleu import Bleu, Chrf
from seq2seq_cli.evaluation.figures import figures_of, score_of

metrics = pytest.importorskip("sacrebleu.metrics")

WORDS = ["the", "a", "man", "woman", "dog", "cat", "runs", "sits", "on", "under", "red", "big", ",", "."]


def some_answers(count: int, most_references: int, seed: int = 3):
    """Answers that are right in part; sources have from one to so many right ones."""
    draw, rows = np.random.default_rng(seed), []
    for _ in range(count):
        right = [
            " ".join(draw.choice(WORDS, draw.integers(3, 12))) for _ in range(draw.integers(1, most_references + 1))
        ]
        words = right[0].split()
        words[draw.integers(len(words))] = str(draw.choice(WORDS))
        rows.append((" ".join(words), *right))
    return answered(*rows)


@pytest.mark.parametrize("most_references", [1, 3])
def test_figures_are_sacrebleus(most_references) -> None:
    given = some_answers(40, most_references)
    hypotheses = [answer.text for answer in given.answers]
    streams = [
        [right[place] if place < len(right) else None for right in given.targets] for place in range(most_references)
    ]
    for ours, theirs in ((Bleu(), metrics.BLEU()), (Chrf(), metrics.CHRF())):
        (figure,) = figures_of([ours], [ours.statistics(given)])
        assert figure.value == pytest.approx(theirs.corpus_score(hypotheses, streams).score, abs=1e-9)
        assert figure.signature == str(theirs.get_signature())
        assert figure.signature.startswith("nrefs:1|" if most_references == 1 else "nrefs:var|")
        assert figure.low < figure.value < figure.high
        # sacrebleu's own bootstrap draws other parts of the same data
        drawn = theirs.corpus_score(hypotheses, streams, n_bootstrap=1000)
        assert figure.high - figure.low == pytest.approx(2 * drawn._ci, rel=0.1)


def test_bleu_by_hand() -> None:
    given = answered(("the cat sat on mats", "the cat sat on the mat"))
    # 1- to 4-grams that match: 4 of 5, 3 of 4, 2 of 3, 1 of 2; five words against six
    expected = 100 * math.exp(1 - 6 / 5) * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert score_of(Bleu(), given) == pytest.approx(expected, abs=1e-9)


def test_the_better_of_several_references_counts_and_repeating_one_changes_nothing() -> None:
    given = answered(("a b c d e", "a b c d e", "x y"), ("a b c d", "x y z", "a b c d"))
    assert score_of(Bleu(), given) == pytest.approx(100)
    assert score_of(Chrf(), given) == pytest.approx(100)


def test_without_sacrebleu_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(MissingExtraError, match=r"'\.\[metrics\]'"):
        Bleu()
