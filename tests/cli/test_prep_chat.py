"""`s2s prep chat` as a command."""

from __future__ import annotations

import json

import pytest
from process import text_of as s2s

pytestmark = pytest.mark.slow


def test_chats_become_a_dataset_that_a_model_remembers(tmp_path) -> None:
    turns = "".join(f"A: say {n}\nB: {n}\nA: again\nB: {n} it is\n\n" for n in range(30))
    (tmp_path / "d.txt").write_text(turns + "alone\n")
    options = ("--context", 3, "--valid", 6, "--test", 6, "--source-level", "word", "--target-level", "char")
    out, error = s2s("prep", "chat", "d.txt", *options, "-o", "data/talk", cwd=tmp_path)
    assert out == ""
    assert error.splitlines() == [
        "s2s: warning: d.txt:151: a dialogue of one turn: nobody replies",
        "s2s: warning: 1 line could not be used and was left out",
        "s2s: wrote data/talk: train 78, valid 6, test 6",
    ]
    described = json.loads((tmp_path / "data" / "talk" / "dataset.json").read_text(encoding="utf-8"))
    assert (described["kind"], described["context"], described["separator"]) == ("chat", 3, "␞")
    s2s("train", "data/talk", "--epochs", 1, "--hidden", 8, "--embedding", 8, cwd=tmp_path)
    recorded = json.loads(s2s("inspect", "models/talk-plain.pkl", "--json", cwd=tmp_path)[0])["data"]
    assert (recorded["context"], recorded["separator"]) == (3, "␞")


def test_a_table_of_questions_and_replies(tmp_path) -> None:
    rows = "".join(f'질문 {n},"답, {n}",0\r\n' for n in range(40))
    (tmp_path / "c.csv").write_bytes(f"Q,A,label\r\n{rows}".encode())
    _, error = s2s("prep", "chat", "c.csv", cwd=tmp_path)
    assert error.splitlines() == [
        "s2s: c.csv: questions are in column Q, replies in A (--csv names others)",
        "s2s: wrote data/chat: train 36, valid 2, test 2",
    ]
    files = ("--train-file", "data/chat/train.tsv", "--test-file", "data/chat/test.tsv")
    s2s("prep", "chat", *files, "-o", "again", cwd=tmp_path)
    for part in ("train", "test"):
        written = [tmp_path / folder / f"{part}.tsv" for folder in ("again", "data/chat")]
        assert written[0].read_bytes() == written[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("", 2, "either files to split, or --train-file"),
        ("c.csv --csv Q", 2, "--csv takes two different columns"),
        ("c.csv --csv Q,X", 1, "c.csv:1: there is no column 'X'"),
        ("c.csv --context 2", 2, "--context 2 is more than any dialogue here offers"),
        ("c.csv --context 0", 2, "--context must be"),
        ("c.csv --valid 9", 1, "3 rows are too few for 9 in valid"),
        ("--train-file c.csv --seed 3", 2, "--seed has no effect"),
        ("none.txt", 1, "none.txt: No such file"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(tmp_path, arguments, code, words) -> None:
    (tmp_path / "c.csv").write_text("Q,A\na,b\nc,d\ne,f\n")
    out, error = s2s("prep", "chat", *arguments.split(), "-o", "d", cwd=tmp_path, code=code)
    assert out == ""
    assert words in error.splitlines()[-1]
    assert not (tmp_path / "d").exists()
