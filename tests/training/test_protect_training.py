"""Models that let spans pass through: trained, kept in a file, and used in a pipeline."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

import seq2seq_cli
from seq2seq_cli.api.load import load_ensemble
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import ModelFileError, UsageError
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.pipeline import LineParser
from seq2seq_cli.model_file.content import read_model_file, write_model_file

pytestmark = pytest.mark.slow

LINK = r"\w+://\S+|\d+"
NEW = ("pay 77123 at ftp://Ünseen.example/Q?x=1", "um ftp://Ünseen.example/Q?x=1 zahle 77123")
"""Spans that hold symbols which no training row has."""


def rows(count: int) -> list[tuple[str, str]]:
    draw, made = random.Random(1), []
    for _ in range(count):
        number, link = draw.randrange(1000), f"http://{draw.choice('abc')}.de/{draw.randrange(100)}"
        verb = draw.choice([("pay", "zahle"), ("see", "sieh"), ("get", "hol")])
        made.append((f"{verb[0]} {number} at {link}", f"um {link} {verb[1]} {number}"))
    return made


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("protect")
    parts = {"train": rows(400), "valid": rows(430)[400:]}
    options = {"epochs": 10, "batch_size": 16, "learning_rate": 0.01, "hidden_size": 32, "attention": "dot"}
    places = {}
    for name, level, protect in (("char", "char", LINK), ("word", "word", LINK), ("none", "word", None)):
        data = describe(PAIRS_FORMAT, "pairs", parts, {}, levels={"source": level, "target": level})
        places[name] = folder / f"{name}.pkl"
        list(seq2seq_cli.train(data, output=places[name], protect=protect, **options))
    return places


@pytest.mark.parametrize("level", ["char", "word"])
def test_spans_that_nobody_knows_come_through(models, level) -> None:
    model = seq2seq_cli.load(models[level])
    assert model.file.text["protect"] == {"pattern": LINK, "places": 2}
    source, target = NEW
    assert model.translate([source]) == [target]
    report = model.evaluate([NEW, *rows(450)[440:]])
    assert report.free_running_exact_match == 1
    (answer,) = model.answers([source], AnswerOptions(alignments=True))
    assert "77123" in answer.alignment.source
    assert "ftp://Ünseen.example/Q?x=1" in answer.alignment.target
    unharmed = LineParser(model.codec.source, "drop", protection=model.codec.protection)
    assert unharmed.row(f"{source} %".encode()).text in (source, f"{source} ")
    assert unharmed.problems.total() == 1


def test_a_model_that_was_trained_without_is_refused(models) -> None:
    with pytest.raises(UsageError, match="trained without it: leave it out, or train with it"):
        seq2seq_cli.load(models["none"]).protect("x")
    with pytest.raises(UsageError, match="regular expression"):
        seq2seq_cli.load(models["word"]).protect("(")


def test_an_ensembles_models_protect_the_same(models, tmp_path) -> None:
    ensemble = load_ensemble([models["word"]] * 2)
    assert ensemble.translate([NEW[0]]) == [NEW[1]]
    ensemble.protect("")
    assert "77123" not in ensemble.translate([NEW[0]])[0]
    file = read_model_file(models["word"])
    other = replace(file, text={**file.text, "protect": {"pattern": "x", "places": 2}})
    write_model_file(tmp_path / "other.pkl", other)
    with pytest.raises(ModelFileError, match="protect different spans"):
        load_ensemble([models["word"], tmp_path / "other.pkl"])


@pytest.mark.parametrize(
    ("protect", "message"),
    [
        ({"pattern": "(", "places": 2}, "regular expression"),
        ({"pattern": "x", "places": 5}, "no symbols for them"),
        ([1], "what it protects"),
    ],
)
def test_a_file_that_protects_what_it_can_not_is_refused(models, tmp_path, protect, message) -> None:
    file = read_model_file(models["word"])
    bad = replace(file, text={**file.text, "protect": protect})
    with pytest.raises(ModelFileError, match=message):
        write_model_file(tmp_path / "bad.pkl", bad)
    write_pickle(tmp_path / "bad.pkl", bad.as_dict())
    with pytest.raises(ModelFileError, match=message):
        read_model_file(tmp_path / "bad.pkl")


def test_a_resumed_run_protects_too(models) -> None:
    """All that training needs for it is in the head, which a checkpoint has."""
    codec = read_model_file(models["word"]).codec()
    source = codec.encode_source(NEW[0])
    assert codec.source.unknown not in source
    assert codec.target.unknown not in codec.encode_target(NEW[1], NEW[0])
    assert codec.target.unknown in codec.encode_target(NEW[1])
