"""What `s2s translate` writes of a beam's answers, as lines of every form."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import small_translator
from process import s2s

from seq2seq_cli.api.load import load_ensemble
from seq2seq_cli.cli.lines import AnswerLines
from seq2seq_cli.config import TranslateOptions
from seq2seq_cli.inference.alignments import Alignment
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.pipeline import Row

OTHER = Answer("y", -1.0, score=-0.75)
BEST = Answer("x", -0.5, score=-0.5, others=(OTHER,))
NOTHING = Answer("", None)


def lines(rows: list[tuple[Row, Answer]], **options: object) -> list[str]:
    writer = AnswerLines(TranslateOptions(beam=4, **options))
    return [writer.line(row, answer) for row, answer in rows]


def test_several_answers_stand_in_one_line() -> None:
    rows = [(Row("a", "sound"), BEST), (Row(" ", "blank"), NOTHING), (Row("?", "refused"), NOTHING)]
    assert lines(rows, n_best=3, format="tsv") == ["a\tx\ty\t", " \t\t\t", "?\t\t\t"]
    assert lines(rows[:2], n_best=2, format="tsv", scores=True) == ["a\tx\t-0.500000\ty\t-1.000000", " \t\t\t\t"]
    objects = [json.loads(line) for line in lines(rows, n_best=2, format="jsonl", scores=True)]
    first = {"answer": "x", "log_probability": -0.5, "score": -0.5}
    second = {"answer": "y", "log_probability": -1.0, "score": -0.75}
    assert objects[0] == {"source": "a", **first, "answers": [first, second]}
    nothing = {"log_probability": None, "score": None, "answers": []}
    assert objects[1] == {"source": " ", "answer": "", **nothing}
    assert objects[2] == {"source": "?", "answer": None, **nothing}
    assert lines(rows, scores=True) == ["x\t-0.500000", "", ""]


def test_alignments_stand_last() -> None:
    aligned = replace(BEST, alignment=Alignment(tuple("ab"), tuple("x"), (1,)), others=())
    rows = [(Row("ab", "sound"), aligned), (Row("", "blank"), NOTHING)]
    assert lines(rows, alignments=True) == ["x\t1-0", ""]
    assert lines(rows, alignments=True, scores=True, format="tsv") == ["ab\tx\t-0.500000\t1-0", "\t\t\t"]
    beside = Row("ab", "sound", before=("u",), after=("v",))
    assert lines([(beside, aligned), (replace(beside, status="blank"), NOTHING)], alignments=True) == [
        "u\tx\t1-0\tv",
        "u\t\t\tv",
    ]
    first, blank = (json.loads(line) for line in lines(rows, alignments=True, format="jsonl"))
    symbols = {"source_symbols": ["a", "b"], "answer_symbols": ["x"]}
    assert first == {"source": "ab", "answer": "x", **symbols, "alignment": [1]}
    assert blank == {"source": "", "answer": "", "source_symbols": [], "answer_symbols": [], "alignment": []}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.pkl"
    small_translator("float32", attention="dot").save(path)
    return path


@pytest.mark.slow
def test_the_command_searches_with_a_beam(model) -> None:
    sources = ["abc", "fed", "", "cab"]
    given = "".join(f"{source}\n" for source in sources).encode()
    translator = small_translator("float32", attention="dot")
    expected = translator.answers(sources, AnswerOptions(beam=4, n_best=2, max_length=9))
    run = s2s("translate", "-m", model, "--beam", 4, "--max-length", 9, given=given)
    assert run.stdout.decode().splitlines() == [answer.text for answer in expected]
    arguments = ["--beam", 4, "--n-best", 2, "--format", "jsonl", "--scores", "--batch-size", 2, "--max-length", 9]
    objects = list(map(json.loads, s2s("translate", "-m", model, *arguments, given=given).stdout.splitlines()))
    assert [entry["source"] for entry in objects] == sources
    for entry, answer in zip(objects, expected, strict=True):
        found = [one for one in (answer, *answer.others) if one.score is not None]
        assert [one["answer"] for one in entry["answers"]] == [one.text for one in found]
        assert [one["score"] for one in entry["answers"]] == pytest.approx([one.score for one in found], abs=1e-4)


@pytest.mark.slow
def test_the_command_begins_aligns_copies_and_guards(model) -> None:
    arguments = ["--prefix", "fa", "--no-repeat", 2, "--unknown", "copy", "--alignments", "--beam", 3]
    run = s2s("translate", "-m", model, *arguments, given=b"abc\n\nzzd\n")
    translator = small_translator("float32", attention="dot")
    options = AnswerOptions(beam=3, prefix="fa", no_repeat=2, copy_unknown=True, alignments=True)
    expected = translator.answers(["abc", "zzd"], options)
    aligned = [f"{answer.text}\t{answer.alignment.pharaoh()}" for answer in expected]
    assert run.stdout.decode().splitlines() == [aligned[0], "", aligned[1]]
    assert all(line.startswith("fa") for line in aligned)
    assert "answered all the same (--unknown copy)" in run.stderr.decode()


@pytest.mark.slow
def test_the_command_asks_a_list_first(model, tmp_path) -> None:
    (tmp_path / "known.tsv").write_text("abc\tone\nabc\ttwo\nbad line\nxyz\tknown\n")
    given = b"abc\nfed\n\nxyz\n"
    plain = s2s("translate", "-m", model, given=given, cwd=tmp_path).stdout.decode().splitlines()
    run = s2s("translate", "-m", model, "--lexicon", "known.tsv", "--unknown", "error", given=given, cwd=tmp_path)
    assert run.stdout.decode().splitlines() == ["one", plain[1], "", "known"]
    *warned, last = run.stderr.decode().splitlines()
    assert "known.tsv:3: 1 column;" in warned[0]
    assert last == "s2s: 2 answers of 4 from known.tsv"
    arguments = ["--lexicon", "known.tsv", "--format", "jsonl", "--scores", "--beam", 3, "--n-best", 3]
    run = s2s("translate", "-m", model, *arguments, given=given, cwd=tmp_path)
    entries = [json.loads(line) for line in run.stdout.splitlines()]
    assert [entry.get("from") for entry in entries] == ["lexicon", "model", None, "lexicon"]
    nothing = {"log_probability": None, "score": None}
    assert entries[0]["answers"] == [{"answer": "one", **nothing}, {"answer": "two", **nothing}]
    assert len(entries[1]["answers"]) == 3
    scored = s2s("translate", "-m", model, "--lexicon", "known.tsv", "--scores", given=b"abc\n\n", cwd=tmp_path)
    assert scored.stdout == b"one\t\n\n"
    missing = s2s("translate", "-m", model, "--lexicon", "no.tsv", given=given, cwd=tmp_path, code=1)
    assert b"no.tsv" in missing.stderr


@pytest.mark.slow
def test_the_commands_take_several_models(model, tmp_path) -> None:
    small_translator("float32", peeky=True).save(tmp_path / "peeky.pkl")
    (tmp_path / "pairs.tsv").write_text("abc\tcba\nfed\tdef\n")
    expected = load_ensemble([model, tmp_path / "peeky.pkl"]).translate(["abc", "fed"], AnswerOptions(beam=3))
    both = ["-m", model, "-m", "peeky.pkl"]
    run = s2s("translate", *both, "--beam", 3, given=b"abc\nfed\n", cwd=tmp_path)
    assert run.stdout.decode().splitlines() == expected
    figures = json.loads(s2s("evaluate", "pairs.tsv", *both, "--json", cwd=tmp_path).stdout)
    assert figures["model"] == [str(model), "peeky.pkl"]
    alone = json.loads(s2s("evaluate", "pairs.tsv", "-m", model, "--beam", 2, "--json", cwd=tmp_path).stdout)
    assert alone["model"] == str(model)
    assert alone["teacher_forced_loss"] != figures["teacher_forced_loss"]


@pytest.mark.slow
def test_options_that_can_have_no_effect_are_refused_by_name(model, tmp_path) -> None:
    cases = [
        (["--n-best", 3], "--beam"),
        (["--beam", 4, "--n-best", 3], "--format jsonl"),
        (["--beam", 2, "--n-best", 3, "--format", "tsv"], "--n-best"),
        (["--length-penalty", 0.5], "--beam"),
        (["--beam", 4, "--sample"], "--sample"),
        (["--beam", 0], "--beam"),
        (["--prefix", "a" * 30], "--prefix"),
    ]
    small_translator("float32", peeky=True).save(tmp_path / "peeky.pkl")
    for arguments, words in ((["--alignments"], "--alignments"), (["--unknown", "copy"], "--unknown copy")):
        message = s2s("translate", "-m", tmp_path / "peeky.pkl", *arguments, code=2).stderr.decode()
        assert words in message
        assert "--attention" in message
    message = s2s("translate", "-m", model, "--prefix", "xyz", code=1).stderr.decode()
    assert "--prefix" in message
    for arguments, words in cases:
        message = s2s("translate", "-m", model, *arguments, code=2).stderr.decode()
        assert words in message, arguments
        assert message.count("\n") == 1, message
