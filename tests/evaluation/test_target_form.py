"""Which figures stand first, by the kind of data and how targets are cut."""

from __future__ import annotations

import sys

import pytest
from helpers import small_translator

from seq2seq_cli.config import METRICS, EvaluationOptions, find_class
from seq2seq_cli.data.formats import GENERATED_PAIRS
from seq2seq_cli.errors import MissingExtraError, UsageError
from seq2seq_cli.evaluation.target_form import (
    CAPTION,
    CHAT,
    FORMS,
    LEXICON,
    SENTENCE,
    STRING,
    choose_metrics,
    target_form,
)


def names(form, asked=()):
    return [metric.name for metric in choose_metrics(form, asked)[0]]


@pytest.mark.parametrize(
    ("kind", "level", "form"),
    [
        ("lexicon", "word", LEXICON),
        ("lexicon", "char", LEXICON),
        ("pairs", "word", SENTENCE),
        ("folder", "subword", SENTENCE),
        ("file", "char", STRING),
        ("numbers", "word", STRING),
        ("chat", "char", CHAT),
        ("captions", "word", CAPTION),
        (None, "char", STRING),
    ],
)
def test_what_was_trained_on_decides(kind, level, form) -> None:
    assert target_form({"kind": kind} if kind else {}, level) is form


def test_what_fits_stands_first_and_what_is_asked_for_before_it() -> None:
    assert names(LEXICON)[:2] == ["word-error-rate", "symbol-error-rate"]
    assert names(SENTENCE)[:2] == names(CAPTION)[:2] == ["bleu", "chrf"]
    assert CAPTION.judge() is None
    assert names(STRING) == ["exact-match", "character-error-rate"]
    assert names(STRING, ("chrf", "exact-match")) == ["chrf", "exact-match", "character-error-rate"]
    assert set(GENERATED_PAIRS) <= set(FORMS)
    for form in (*FORMS.values(), SENTENCE):
        assert {"exact-match", "character-error-rate", form.judged_by or "exact-match"} <= set(form.metrics)


def test_every_metric_has_the_name_that_it_is_found_by() -> None:
    assert [find_class(place)().name for place in METRICS.values()] == list(METRICS)
    with pytest.raises(UsageError, match=r"`metric` must be any of exact-match, .*, or none"):
        EvaluationOptions(metric=("blue",))
    with pytest.raises(UsageError):
        EvaluationOptions(metric="bleu")


def test_without_sacrebleu_its_figures_are_left_out_unless_asked_for(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    metrics, left_out = choose_metrics(SENTENCE)
    assert [metric.name for metric in metrics] == ["symbol-error-rate", "exact-match", "character-error-rate"]
    (reason,) = left_out
    assert "pip install '.[metrics]'" in reason
    with pytest.raises(MissingExtraError):
        choose_metrics(STRING, ["chrf"])


def test_a_report_has_the_figures_of_its_form() -> None:
    model = small_translator()
    model.file.data["kind"] = "lexicon"
    report = model.evaluate([("abc", "abd"), ("fed", "def")], metrics=["chrf"])
    assert report.form is LEXICON
    assert [figure.name for figure in report.figures][:3] == ["chrf", "word-error-rate", "symbol-error-rate"]
    assert report.figure("word-error-rate").value == 1 - report.free_running_exact_match
    values = report.as_dict()
    assert values["target_form"] == "lexicon"
    assert str(values["free_running_chrf_signature"]).startswith("nrefs:1|")
    assert values["free_running_word_error_rate_low"] == report.figure("word-error-rate").low
    with pytest.raises(KeyError):
        report.figure("bleu")
