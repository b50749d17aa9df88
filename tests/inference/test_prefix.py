"""Answers that begin with a given text: scored as all else, and searched from there."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from helpers import small_translator

from seq2seq_cli.api.translator import Translator
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.sampling import Sampling

SOURCES = ["abc", "fedcba", "a", "ffff"]


def log_probability(translator: Translator, source: str, text: str, *, ends: bool) -> float:
    """Return the log-probability of an answer, led through step by step."""
    codec, total = translator.codec, 0.0
    with translator.model.inference() as context:
        batch = SourceBatch.pack(codec.sources([source]), np.arange(1), reverse=codec.reverse)
        state, last = translator.model.start(batch, context), codec.start
        for symbol in codec.encode_target(text) if ends else codec.encode_target(text)[:-1]:
            log_probs, state = translator.model.step(np.array([last]), state, context)
            total, last = total + float(log_probs[0, symbol]), symbol
    return total


HOW = [AnswerOptions(), AnswerOptions(sampling=Sampling(seed=5)), AnswerOptions(beam=3, length_penalty=0)]


@pytest.mark.parametrize("how", HOW, ids=["greedy", "drawn", "beam"])
def test_answers_begin_with_the_prefix_and_it_is_scored(how) -> None:
    translator = small_translator(attention="dot", peeky=True)
    # Without its unknown symbol, so that texts can be read back.
    translator.model.parameters["decoder.output.bias"].value[2] -= 50
    answers = translator.answers(SOURCES, replace(how, prefix="fa", max_length=8))
    assert {answer.text[:2] for answer in answers} == {"fa"}
    assert len({answer.text for answer in answers}) > 1
    for source, answer in zip(SOURCES, answers, strict=True):
        assert len(answer.text) <= 8
        expected = log_probability(translator, source, answer.text, ends=answer.finished)
        assert answer.log_probability == pytest.approx(expected, rel=1e-9)
    # An answer that begins like this by itself is found again.
    free = translator.answers(SOURCES, replace(how, max_length=8))[0]
    if how.sampling is None and how.beam == 1:
        again = translator.answers(SOURCES[:1], replace(how, max_length=8, prefix=free.text[:1]))[0]
        assert again.text == free.text
        assert again.log_probability == pytest.approx(free.log_probability, rel=1e-9)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_a_wide_beam_finds_the_best_answer_that_begins_so(length_penalty) -> None:
    translator = small_translator()
    translator.model.parameters["decoder.output.bias"].value[2] -= 50
    best = {}
    for source in SOURCES[:2]:
        found = {}
        for length in range(3):
            for rest in product("abcdef", repeat=length):
                text, ends = "b" + "".join(rest), length < 2
                score = log_probability(translator, source, text, ends=ends)
                found[text] = score / ((5 + len(text) + 1) / 6) ** length_penalty if ends else score
        best[source] = max(found, key=lambda text: found[text]), max(found.values())
    options = AnswerOptions(beam=60, prefix="b", max_length=3, length_penalty=length_penalty)
    for source, answer in zip(best, translator.answers(list(best), options), strict=True):
        assert answer.text == best[source][0]
        assert answer.score == pytest.approx(best[source][1], rel=1e-9)


def test_a_prefix_that_can_not_be_is_refused() -> None:
    translator = small_translator()
    with pytest.raises(DataError, match="does not know x"):
        translator.check(AnswerOptions(prefix="axb"))
    with pytest.raises(UsageError, match="3 symbols, and an answer at most 3"):
        translator.check(AnswerOptions(prefix="abc", max_length=3))
    translator.check(AnswerOptions(prefix="abc", max_length=4))
