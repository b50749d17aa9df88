"""What `:model` and the first line of a prompt say of a model file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import small_generator, small_translator

from seq2seq_cli.cli.view.summary import LONGEST, model_in_words, model_summary

DATA = {
    "kind": "dates",
    "path": "data/dates",
    "counts": {"train": 20_000, "valid": 500},
    "options": {"train": 20_000, "first_year": 1970, "locale": "en", "last": None},
    "eval_part": "valid",
}


def test_it_says_what_it_is_what_it_learned_and_how_well_it_did() -> None:
    metrics = {"valid_exact_match": 0.99996, "valid_error_rate": None, "valid_loss": 0.25}
    file = replace(small_translator().file, data=DATA, metrics=metrics)
    assert model_in_words(file) == "a seq2seq model that learned dates"
    rows = dict(model_summary(file))
    assert rows["model"].startswith("seq2seq model, plain, ")
    assert rows["data"] == "dates in data/dates; train 20,000, valid 500; first_year 1970, locale en"
    assert rows["figures"] == "exact match 99.99%, loss 0.2500 on valid"  # which rounds to no perfect one
    assert rows["reads"] == "6 characters: a b c d e f; sources in training had at most 6"
    assert rows["writes"] == "6 characters: a b c d e f"


def test_of_a_language_model() -> None:
    file = replace(small_generator().file, metrics={"valid_loss": 2.0})
    assert model_in_words(file) == "a language model"
    rows = dict(model_summary(file))
    assert rows["figures"] == "loss 2.0000, perplexity 7.39 on valid"
    assert rows["knows"].startswith("7 words: <unk> <eos> the cat")
    assert "reads" not in rows
    assert "perplexity" not in dict(model_summary(replace(file, metrics={"valid_loss": 1e6})))["figures"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": None, "counts": [1], "options": "x"},
        {"kind": "k" * 9999, "path": "p" * 9999, "counts": {"train": "many"}, "options": {"o" * 9999: [[]]}},
    ],
)
def test_whatever_a_file_says_of_itself(data) -> None:
    file = replace(small_translator().file, data=data, metrics={"valid_loss": "low"})
    assert len(model_in_words(file)) < LONGEST + 50
    rows = dict(model_summary(file))
    assert len(rows["data"]) <= LONGEST
    assert "figures" not in rows
