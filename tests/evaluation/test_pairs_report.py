"""The report's figures against numbers made by hand, of a model whose probabilities are written down."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from fakes import TableModel
from helpers import small_translator
from strict_backend import StrictBackend

from seq2seq_cli.api import answerer
from seq2seq_cli.backend import get_backend
from seq2seq_cli.evaluation.error_rates import CharacterErrorRate, ExactMatch, SymbolErrorRate, WordErrorRate
from seq2seq_cli.evaluation.pairs import evaluate
from seq2seq_cli.evaluation.pairs_report import LengthGroup, Mistake
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.vocabulary import Vocabulary

SOURCE = Vocabulary(("<unk>", "a", "b", "c"), "char", unknown=0)
TARGET = Vocabulary(("<s>", "</s>", "<unk>", "x", "y"), "char", start=0, end=1, unknown=2)
CODEC = PairCodec(SOURCE, TARGET, reverse=False)
#                <s>  </s> unk   x    y
FIRST_X = [0.0, 0.1, 0.0, 0.5, 0.4]
FIRST_Y = [0.5, 0.1, 0.0, 0.1, 0.3]  # the start symbol is the most probable, and must not come out
THEN_END = [0.0, 0.8, 0.0, 0.1, 0.1]
NEVER_END = [0.0, 0.1, 0.0, 0.2, 0.7]
TABLES = {
    1: [FIRST_X, THEN_END, THEN_END, THEN_END],  # a…: says x
    2: [FIRST_Y, FIRST_X, THEN_END, THEN_END],  # b…: says yx
    3: [FIRST_X, NEVER_END, NEVER_END, NEVER_END],  # c…: says xyyy and is cut
}
PAIRS = [("a", "x"), ("a", "yy"), ("b", "yy"), ("ca", "xy"), ("bb", "yx")]


@pytest.mark.parametrize("batch_size", [1, 2, 512])
def test_every_figure_by_hand(batch_size) -> None:
    options = AnswerOptions(batch_size=batch_size)
    report = evaluate(TableModel(TABLES), CODEC, PAIRS, max_length=4, options=options, errors=1)
    assert (report.rows, report.sources) == (5, 4)
    # a: x is right; b: yx, not yy; ca: xyyy, not xy; bb: yx is right.
    assert report.free_running_exact_match == 0.5
    # Wilson: p = 0.5, n = 4, z = 1.959964: (0.5 + z²/8 ± z sqrt(1/16 + z²/64)) / (1 + z²/4)
    assert report.free_running_exact_match_low == pytest.approx(0.15004, abs=1e-5)
    assert report.free_running_exact_match_high == pytest.approx(0.84996, abs=1e-5)
    # edits: b 1 of 2 characters, ca 2 of 2; right answers have 1 and 2 characters
    assert report.free_running_character_error_rate == pytest.approx(3 / 7)
    assert report.free_running_unfinished == 1
    assert report.by_length == (LengthGroup(1, 2, 0.5, 0.5), LengthGroup(2, 2, 0.5, 0.5))
    assert report.mistakes == (Mistake("b", "yx", ("yy",)),)
    assert report.mistakes_in_all == 2
    probabilities = [
        *(0.5, 0.8),  # a → x
        *(0.4, 0.1, 0.8),  # a → yy
        *(0.3, 0.4, 0.8),  # b → yy
        *(0.5, 0.7, 0.1),  # ca → xy
        *(0.3, 0.5, 0.8),  # bb → yx
    ]
    loss = -sum(map(math.log, probabilities)) / 14
    assert report.teacher_forced_loss == pytest.approx(loss, rel=1e-12)
    assert report.teacher_forced_perplexity == pytest.approx(math.exp(loss), rel=1e-12)
    # the most probable symbol is right: 2 + 1 (the end) + 1 (the end) + 2 + 2 (x, the end)
    assert report.teacher_forced_token_accuracy == pytest.approx(8 / 14)


def test_what_is_written_as_json_are_the_reports_own_figures() -> None:
    metrics = [WordErrorRate(), ExactMatch(), SymbolErrorRate(), CharacterErrorRate()]
    report = evaluate(TableModel(TABLES), CODEC, PAIRS, max_length=4, errors=1, metrics=metrics)
    values = report.as_dict()
    for figure in report.figures:
        name = f"free_running_{figure.name.replace('-', '_')}"
        assert (values[name], values[f"{name}_low"], values[f"{name}_high"]) == (figure.value, figure.low, figure.high)
    assert values["free_running_word_error_rate"] == 0.5
    assert values["free_running_unfinished"] == 1
    for name in ("loss", "perplexity", "token_accuracy"):
        assert values[f"teacher_forced_{name}"] == getattr(report, f"teacher_forced_{name}")
    assert values["by_length"] == [
        {"length": length, "rows": 2, "exact_match": 0.5, "first_figure": 0.5} for length in (1, 2)
    ]
    assert values["mistakes"] == [{"source": "b", "answer": "yx", "right": ("yy",)}]
    assert (values["rows"], values["sources"], values["mistakes_in_all"]) == (5, 4, 2)
    assert json.loads(json.dumps(values))["target_form"] == "string"


def test_groups_of_a_length_have_the_first_figure_too() -> None:
    metrics = [CharacterErrorRate(), ExactMatch()]
    report = evaluate(TableModel(TABLES), CODEC, PAIRS, max_length=4, metrics=metrics)
    # a is right, b has 1 edit of 2 characters; ca has 2 of 2, bb is right
    assert report.by_length == (LengthGroup(1, 2, 0.5, 1 / 3), LengthGroup(2, 2, 0.5, 0.5))


def test_an_impossible_target_has_no_figure_in_json() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        report = evaluate(TableModel({1: [[0.0, 0.5, 0.0, 0.5, 0.0]] * 3}), CODEC, [("a", "y")], max_length=3)
    assert report.teacher_forced_perplexity == math.inf
    values = report.as_dict()
    assert (values["teacher_forced_loss"], values["teacher_forced_perplexity"]) == (None, None)
    assert values["free_running_exact_match"] == 0.0
    json.dumps(values, allow_nan=False)


def test_strict_arrays_measure_the_same(monkeypatch) -> None:
    pairs = [(source, source[::-1]) for source in ("abc", "fed", "a", "abcabc", "ff")]
    reports = []
    for backend in (StrictBackend("float64"), get_backend("cpu", "float64")):
        monkeypatch.setattr(answerer, "get_backend", lambda *_, backend=backend: backend)
        reports.append(small_translator(peeky=True, attention="dot").evaluate(pairs, errors=5))
    strict, plain = reports
    assert strict.mistakes == plain.mistakes
    assert strict.teacher_forced_loss == pytest.approx(plain.teacher_forced_loss, rel=1e-12)
    assert strict.teacher_forced_token_accuracy == plain.teacher_forced_token_accuracy
