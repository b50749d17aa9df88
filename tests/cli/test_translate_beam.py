"""What `s2s translate` writes of a beam's answers, as lines of every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import small_translator
from process import s2s

from seq2seq_cli.cli.lines import AnswerLines
from seq2seq_cli.config import TranslateOptions
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import Answer
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
def test_options_that_can_have_no_effect_are_refused_by_name(model) -> None:
    cases = [
        (["--n-best", 3], "--beam"),
        (["--beam", 4, "--n-best", 3], "--format jsonl"),
        (["--beam", 2, "--n-best", 3, "--format", "tsv"], "--n-best"),
        (["--length-penalty", 0.5], "--beam"),
        (["--beam", 4, "--sample"], "--sample"),
        (["--beam", 0], "--beam"),
    ]
    for arguments, words in cases:
        message = s2s("translate", "-m", model, *arguments, code=2).stderr.decode()
        assert words in message, arguments
        assert message.count("\n") == 1, message
