"""The vocabularies of pairs: how each side is cut, and models that are trained on it."""

from __future__ import annotations

import random

import pytest

import seq2seq_cli
from seq2seq_cli.config import DataConfig
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import MissingExtraError, UsageError
from seq2seq_cli.inference.pipeline import UNKNOWN, LineParser
from seq2seq_cli.model_file.content import read_head
from seq2seq_cli.text import subwords
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.training.vocabularies import pair_vocabularies

WORDS = {"one": "un", "two": "deux", "three": "trois", "red": "rouge", "blue": "bleu", "houses": "maisons"}
PAIRS = [(f"{a} {b} {c}", f"{WORDS[a]} {WORDS[b]} {WORDS[c]}") for a in WORDS for b in WORDS for c in WORDS]
SUBWORD = {"source": "subword", "target": "subword"}


def test_both_sides_have_the_same_units_unless_told_otherwise() -> None:
    pytest.importorskip("sentencepiece")
    source, target = pair_vocabularies(PAIRS, SUBWORD, DataConfig())
    assert source == target
    assert source.decode(source.encode("two maisons")) == "two maisons"
    source, target = pair_vocabularies(PAIRS, SUBWORD, DataConfig(joint_subwords=False))
    assert source != target
    assert source.unknown in source.encode("x")
    mixed = {"source": "char", "target": "subword"}
    source, target = pair_vocabularies(PAIRS, mixed, DataConfig(subword_type="bpe", max_vocabulary=30))
    assert (source.level, source.start, target.level, len(target)) == ("char", None, "subword", 30)


@pytest.mark.parametrize(
    ("options", "levels", "message"),
    [
        ({"subword_type": "bpe"}, {"source": "char", "target": "word"}, "`subword_type` has no effect"),
        ({"joint_subwords": False}, {"source": "subword", "target": "word"}, "`target_level='subword'`"),
        ({"words": "punctuation"}, {"source": "char", "target": "subword"}, "`words` has no effect"),
        ({"case": "mark"}, SUBWORD, "`case` has no effect"),
        ({"min_count": 2}, SUBWORD, "`min_count` has no effect"),
    ],
)
def test_options_that_can_have_no_effect_are_refused(options, levels, message) -> None:
    with pytest.raises(UsageError, match=message):
        pair_vocabularies(PAIRS, levels, DataConfig(**options))


def dataset():
    rows = [PAIRS[i * 37 % len(PAIRS)] for i in range(len(PAIRS))]
    parts = {"train": rows[20:], "valid": rows[:20]}
    return describe(PAIRS_FORMAT, "pairs", parts, {}, levels=SUBWORD)


@pytest.mark.slow
@pytest.mark.parametrize("joint", [True, False])
def test_a_model_of_subwords_learns_and_runs_from_its_file(tmp_path, joint, monkeypatch) -> None:
    pytest.importorskip("sentencepiece")
    path, data = tmp_path / "m.pkl", dataset()
    options = {"epochs": 20, "batch_size": 8, "learning_rate": 0.01, "hidden_size": 32, "attention": "dot"}
    list(seq2seq_cli.train(data, output=path, joint_subwords=joint, **options))
    model = seq2seq_cli.load(path)
    assert model.codec.target.level == "subword"
    assert (model.file.source_vocabulary == model.file.target_vocabulary) is joint
    assert model.evaluate(data.parts["valid"]).free_running_exact_match >= 0.9
    assert model.translate(["two  red houses", "\u2581", "zzz"])[0] != ""
    assert read_head(path).source_vocabulary == model.file.source_vocabulary

    def missing() -> None:
        raise MissingExtraError("sentencepiece", "subword", "a model of subword units")

    subwords.load_subwords.cache_clear()
    monkeypatch.setattr(subwords, "_library", missing)
    with pytest.raises(MissingExtraError, match="subword"):
        seq2seq_cli.load(path)


@pytest.mark.slow
def test_syllables_that_training_never_saw_are_answered_letter_by_letter(tmp_path) -> None:
    """Copying Hangul: every letter stands in training, no syllable of the validation part does."""
    syllables = [
        chr(0xAC00 + (first * 21 + middle) * 28 + last)
        for first in (0, 2, 3, 5)
        for middle in (0, 4, 8, 13, 20)
        for last in (0, 1, 4, 8)
    ]
    held = syllables[::7]
    draw = random.Random(0)
    known = [syllable for syllable in syllables if syllable not in held]
    rows = sorted({"".join(draw.choices(known, k=draw.randrange(1, 4))) for _ in range(700)})
    draw.shuffle(rows)
    valid = [a + b for a in held for b in known[:4]]
    parts = {"train": [(row, row) for row in rows], "valid": [(row, row) for row in valid]}
    data = describe(PAIRS_FORMAT, "pairs", parts, {})
    options = {"epochs": 12, "batch_size": 8, "learning_rate": 0.01, "hidden_size": 32, "attention": "dot"}
    path = tmp_path / "m.pkl"
    list(seq2seq_cli.train(data, output=path, normalise="nfd", reverse=True, **options))
    model = seq2seq_cli.load(path)
    assert model.file.text["normalisation"] == "NFD"
    assert len(model.codec.target) < 20
    report = model.evaluate(parts["valid"])
    assert report.free_running_exact_match > 0.8
    answer, _ = model.translate([valid[0], "zz"])
    assert normalise(answer) == answer
    parser = LineParser(model.codec.source, "drop")
    assert parser.row(f"{valid[0]}z{valid[1]}".encode()).text == valid[0] + valid[1]
    assert parser.problems == {UNKNOWN: 1}


@pytest.mark.slow
def test_a_model_of_words_writes_punctuation_and_capitals_where_they_belong(tmp_path) -> None:
    rows = [
        (f"{a.capitalize()} {b}, ({c})!", f"{WORDS[a].upper()} {WORDS[b]}, ({WORDS[c]})!")
        for a in WORDS
        for b in WORDS
        for c in WORDS
    ]
    rows = [rows[i * 37 % len(rows)] for i in range(len(rows))]
    parts = {"train": rows[20:], "valid": rows[:20]}
    data = describe(PAIRS_FORMAT, "pairs", parts, {}, levels={"source": "word", "target": "word"})
    options = {"epochs": 16, "batch_size": 8, "learning_rate": 0.01, "hidden_size": 32, "attention": "dot"}
    path = tmp_path / "m.pkl"
    list(seq2seq_cli.train(data, output=path, words="punctuation", case="mark", **options))
    model = seq2seq_cli.load(path)
    assert len(model.codec.target) == 3 + 6 + 1 + 4  # words, a mark of capitals, punctuation
    assert model.evaluate(parts["valid"]).free_running_exact_match >= 0.9
    assert model.translate(["Red two, (blue)!"]) == ["ROUGE deux, (bleu)!"]
