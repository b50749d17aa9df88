"""Whatever a command writes is checked before its work: no device, pipe, socket or folder is replaced by a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from process import s2s

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are Unix's"),
]

SIZES = ["--hidden", 4, "--embedding", 4]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    s2s("prep", "addition", "--digits", 1, "--train", 32, "--valid", 4, "--test", 4, "-o", "sums", cwd=folder)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "words.tsv").write_text("a\tb\nc\td\n")
    (folder / "date.txt").write_text("1 2 3_123\n")
    (folder / "config.toml").write_text("epochs = 1\n")
    return folder


def commands(output: str) -> list[list[object]]:
    """Every command that writes, with its output."""
    return [
        ["train", "sums", *SIZES, "--epochs", 1, "-o", output],
        ["train", "sums", *SIZES, "--epochs", 1, "-o", "saved.pkl", "--save-config", output],
        ["import", "words.tsv", "--as", "seq2seq", "--vocab", "date.txt", "-o", output],
        ["prep", "pairs", "words.tsv", "-o", output],
        ["prep", "text", "date.txt", "-o", output],
        ["prep", "addition", "--train", 8, "--valid", 1, "--test", 1, "-o", output],
    ]


@pytest.mark.parametrize("output", ["/dev/null", "pipe", "folder", f"{'x' * 300}", "words.tsv/m.pkl", "-"])
@pytest.mark.parametrize("number", range(len(commands(""))))
def test_what_may_not_be_replaced(folder, output, number) -> None:
    command = commands(output)[number]
    if command[0] == "prep" and output == "folder":
        pytest.skip("a dataset may go into an empty folder")
    if command[-2:] == ["--save-config", "-"]:
        pytest.skip("options may go to standard output")
    before = sorted(os.walk(folder))
    run = s2s(*command, "--force", cwd=folder, code=2 if output == "-" else 1)
    (said,) = run.stderr.decode().splitlines()
    assert output in said
    assert ".s2s-" not in said
    assert "--force" not in said
    assert sorted(os.walk(folder)) == before
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("number", range(len(commands(""))))
def test_what_is_there_is_kept_without_force(folder, number) -> None:
    name = f"there{number}"
    command = commands(name)[number]
    if command[0] == "prep":
        (folder / name).mkdir()
        (folder / name / "train.tsv").write_text("mine\tmine\n")
    else:
        (folder / name).write_text("mine")
    before = sorted(os.walk(folder))
    (said,) = s2s(*command, cwd=folder, code=1).stderr.decode().splitlines()
    assert said.startswith(f"s2s: error: {name} exists: give another --")
    assert said.endswith("--force to replace it")
    assert sorted(os.walk(folder)) == before


def test_the_config_and_the_run_are_not_one_file(folder) -> None:
    for name in ("one.pkl", "one.jsonl", "one.checkpoint"):
        command = ["train", "sums", *SIZES, "--epochs", 1, "-o", "one.pkl", "--save-config", name]
        (said,) = s2s(*command, cwd=folder, code=2).stderr.decode().splitlines()
        assert said == f"s2s: error: --save-config and the run would both write {name}: give another name"
    assert not list(folder.glob("one.*"))


def test_how_to_go_on_is_said_as_it_is_typed(folder) -> None:
    s2s("train", "sums", *SIZES, "--epochs", 1, "-o", "done.pkl", cwd=folder)
    (said,) = s2s("train", "--resume", "done.pkl", cwd=folder, code=1).stderr.decode().splitlines()
    assert said.endswith("has nothing to go on with: --init-from done.pkl begins with it")
    run = s2s("train", "sums", "--init-from", "done.pkl", "-o", "more.pkl", cwd=folder)
    assert b"--resume" not in run.stderr
    (folder / "new.tsv").write_text("1+a\t2\n2+a\t3\n")
    s2s("prep", "pairs", "new.tsv", "-o", "new", "--valid", 0, "--test", 0, cwd=folder)
    run = s2s("train", "new", "--init-from", "done.pkl", "-o", "new.pkl", cwd=folder)
    expected = "the source vocabulary of done.pkl lacks 1 symbol of the training part: 'a'; --grow-vocabulary adds them"
    assert expected in run.stderr.decode()
