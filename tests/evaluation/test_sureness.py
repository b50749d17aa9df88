"""How sure a model is of an answer, beside those of its validation part."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import pytest
from helpers import small_translator

from seq2seq_cli.api.load import load_translator
from seq2seq_cli.api.train import new_session
from seq2seq_cli.api.translator import Answer, Translator
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.evaluation.sureness import sureness, usual_sureness

CODEC = small_translator().codec


def test_it_is_the_mean_of_the_symbols_and_the_end() -> None:
    assert sureness(Answer("abc", -2.0), CODEC) == -0.5
    assert sureness(Answer("", -2.0), CODEC) == -2.0
    assert sureness(Answer("", None), CODEC) is None


def test_what_is_usual_is_what_all_but_one_of_a_hundred_reach() -> None:
    answers = [Answer("a", -2.0 * number) for number in range(1, 202)]
    found = usual_sureness(SimpleNamespace(answers=[*answers, Answer("", None)]), CODEC)
    assert found == pytest.approx(-199)
    assert sum(sureness(answer, CODEC) < found for answer in answers) == 2
    assert usual_sureness(SimpleNamespace(answers=answers[:99]), CODEC) is None


def test_a_model_is_unsure_of_what_it_finds_less_probable() -> None:
    translator = small_translator()
    usual = Translator(replace(translator.file, metrics={"valid_sureness": -0.5}))
    assert usual.is_unsure(Answer("abc", -2.1))
    assert not usual.is_unsure(Answer("abc", -2.0))
    assert not usual.is_unsure(Answer("", None))
    for nonsense in ({}, {"valid_sureness": None}, {"valid_sureness": "low"}, {"valid_sureness": float("nan")}):
        assert not Translator(replace(translator.file, metrics=nonsense)).is_unsure(Answer("abc", -99.0))


@pytest.mark.slow
def test_training_measures_it_and_sources_of_another_form_fall_below(tmp_path) -> None:
    """Five letters of three are copied; d and e are known from one other row."""
    words = ["".join(letters) for letters in product("abc", repeat=5)]
    rows = [(word, word) for word in words]
    data = describe(PAIRS_FORMAT, "pairs", {"train": [*rows, ("de", "de")], "valid": rows[::2]}, {})
    options = {"hidden": 32, "embedding": 8, "epochs": 15, "batch_size": 16, "lr": 0.01, "attention": "dot"}
    session, _, _ = new_session(data, output=tmp_path / "m.pkl", options=options)
    epochs = [event.valid_sureness for event in session.run() if event.name == "epoch"]
    translator = load_translator(tmp_path / "m.pkl")
    assert translator.file.metrics["valid_sureness"] in epochs
    unsure = [translator.is_unsure(answer) for answer in translator.answers(words[::2])]
    assert 1 <= sum(unsure) <= 2  # a hundredth of 122
    others = ["".join(letters) for letters in product("de", repeat=5)]
    assert sum(map(translator.is_unsure, translator.answers(others))) > len(others) / 2
    few = describe(PAIRS_FORMAT, "pairs", {"train": rows, "valid": rows[:50]}, {})
    session, _, _ = new_session(few, output=tmp_path / "few.pkl", options={**options, "epochs": 1})
    assert [event.valid_sureness for event in session.run() if event.name == "epoch"] == [None]
