"""Scores in double precision: of model, source and answer alone, whatever search found the answer and beside whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import small_translator

from seq2seq_cli.api.ensemble import EnsembleTranslator
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.sampling import Sampling

DRAW = np.random.default_rng(0)
SOURCES = ["".join(DRAW.choice(list("abcdef"), size)) for size in DRAW.integers(1, 9, 60)]
HOW = {
    "greedy": AnswerOptions(),
    "drawn": AnswerOptions(sampling=Sampling(seed=1)),
    "beam": AnswerOptions(beam=4, n_best=4),
    "prefix": AnswerOptions(beam=3, prefix="ab", length_penalty=0.5, no_repeat=3),
}


def models() -> dict[str, tuple[Translator, Translator]]:
    """Return models in single and in double precision."""
    options = {"attention": "general", "readout": True, "copying": True, "reverse": True}
    single, double = (small_translator(precision, **options) for precision in ("float32", "float64"))
    pairs = [(single, small_translator("float32", peeky=True)), (double, small_translator("float64", peeky=True))]
    ensembles = [EnsembleTranslator(pair) for pair in pairs]
    return {"model": (single, double), "ensemble": (ensembles[0], ensembles[1])}


def flat(answers: list[Answer]) -> list[Answer]:
    return [one for answer in answers for one in (answer, *answer.others)]


@pytest.mark.parametrize("kind", ["model", "ensemble"])
@pytest.mark.parametrize("how", HOW)
def test_scores_depend_on_nothing_but_model_source_and_answer(how: str, kind: str) -> None:
    single, double = models()[kind]
    options = replace(HOW[how], scores=True, max_length=9)
    answers = flat(single.answers(SOURCES, options))
    expected = flat(double.answers(SOURCES, replace(HOW[how], max_length=9)))
    assert [one.text for one in answers] == [one.text for one in expected]
    scores = [(one.log_probability, one.score) for one in answers]
    np.testing.assert_allclose(scores, [(one.log_probability, one.score) for one in expected], rtol=1e-12)
    for size in (1, 7):
        again = flat(single.answers(SOURCES, replace(options, batch_size=size)))
        assert [one.text for one in again] == [one.text for one in answers]
        np.testing.assert_allclose([(one.log_probability, one.score) for one in again], scores, rtol=1e-12)
    plain = flat(single.answers(SOURCES, replace(options, scores=False)))
    errors = [abs(one.log_probability - other.log_probability) for one, other in zip(plain, answers, strict=True)]
    assert 1e-9 < max(errors) < 1e-4


def test_answers_are_ranked_by_these_scores() -> None:
    single, _ = models()["model"]
    for answer in single.answers(
        SOURCES, AnswerOptions(beam=8, n_best=8, scores=True, length_penalty=1.0, max_length=6)
    ):
        scores = [one.score for one in (answer, *answer.others)]
        assert scores == sorted(scores, reverse=True)


def test_a_beam_is_never_below_greedy_search_to_the_last_digit_shown() -> None:
    single, _ = models()["model"]
    greedy = single.answers(SOURCES, AnswerOptions(scores=True))
    searched = single.answers(SOURCES, AnswerOptions(beam=5, length_penalty=0, scores=True))
    for one, other in zip(searched, greedy, strict=True):
        assert one.log_probability is not None
        assert other.log_probability is not None
        assert round(one.log_probability, 6) >= round(other.log_probability, 6)


def test_weights_that_have_changed_are_seen() -> None:
    single, _ = models()["model"]
    options = AnswerOptions(scores=True)
    before = single.answers(["abc"], options)[0].log_probability
    single.model.parameters["decoder.output.bias"].value[3] += 1.0
    after, plain = (single.answers(["abc"], how)[0].log_probability for how in (options, AnswerOptions()))
    assert after != pytest.approx(before, abs=1e-3)
    assert after == pytest.approx(plain, abs=1e-4)
