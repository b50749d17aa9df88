"""Inputs that are no files with a name: standard input, pipes, devices, a folder that is gone, too little memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("pipes and limits as Unix has them", allow_module_level=True)

from forked import Run, fork_s2s
from helpers import TEXT, dataset_of_text, small_generator, small_translator

from seq2seq_cli.data.folder import write_folder
from seq2seq_cli.model_file.content import ModelFile, write_model_file
from seq2seq_cli.training import failures


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    write_model_file(folder / "m.pkl", small_translator().file)
    write_model_file(folder / "lm.pkl", small_generator().file)
    write_folder(folder / "text", dataset_of_text())
    (folder / "pairs.tsv").write_text("abc\tcba\nab\tba\n")
    (folder / "known.tsv").write_text("abc\tknown\n")
    (folder / "lines.txt").write_text("abc\nab\n")
    return folder


def piped(path: Path) -> str:
    """Return a pipe that gives a file's content, as a shell makes for ``<(cat FILE)``."""
    reader, writer = os.pipe()
    os.write(writer, path.read_bytes())
    os.close(writer)
    return f"/dev/fd/{reader}"


def results(run: Run) -> bytes:
    assert run.code == 0, run.message
    return run.out


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["translate", "lines.txt", "-m", "m.pkl"], "lines.txt"),
        (["score", "lines.txt", "-m", "lm.pkl"], "lines.txt"),
        (["evaluate", "pairs.tsv", "-m", "m.pkl"], "pairs.tsv"),
    ],
)
def test_standard_input_and_pipes_are_files(place, command, name) -> None:
    expected = results(fork_s2s(*command, cwd=place))
    assert results(fork_s2s(command[0], "-", *command[2:], cwd=place, given=(place / name).read_bytes())) == expected
    assert results(fork_s2s(command[0], piped(place / name), *command[2:], cwd=place)) == expected


def test_options_and_known_answers_come_through_pipes(place, tmp_path) -> None:
    content = b'data = "text"\nepochs = 3\nhidden = 4\n'
    (tmp_path / "c.toml").write_bytes(content)
    for config, given in (("-", content), (piped(tmp_path / "c.toml"), b"")):
        shown = results(fork_s2s("train", "--config", config, "--show-config", cwd=place, given=given)).decode()
        assert "--epochs" in shown
    known = ["translate", "lines.txt", "-m", "m.pkl", "--lexicon"]
    assert results(fork_s2s(*known, piped(place / "known.tsv"), cwd=place)).startswith(b"known\n")
    for strange, words in (("-", "takes a file's name"), ("/dev/zero", "is a device")):
        refused = fork_s2s(*known, strange, cwd=place)
        assert refused.code in (1, 2)
        assert words in refused.message


def test_a_folder_of_texts_is_its_files(tmp_path) -> None:
    """No pipe in it is waited for, and no folder is read; a link to nothing is said."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.txt").write_text(TEXT)
    (tmp_path / "t" / "b.txt").mkdir()
    os.mkfifo(tmp_path / "t" / "c.txt")
    assert fork_s2s("prep", "text", "t", "-o", "d", cwd=tmp_path).code == 0
    (tmp_path / "t" / "d.txt").symlink_to("nowhere")
    refused = fork_s2s("prep", "text", "t", "-o", "e", cwd=tmp_path)
    assert refused.code == 1
    assert "d.txt: No such file" in refused.message


def test_where_the_folder_is_gone(place, tmp_path) -> None:
    def vanish() -> None:
        (tmp_path / "gone").mkdir()
        os.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()

    answered = fork_s2s("translate", "-m", place / "m.pkl", given=b"abc\n", prepare=vanish)
    assert answered.code == 0
    for command in (
        ["train"],
        ["prep", "addition"],
        ["train", place / "text", "-o", "x"],
        ["inspect", "x"],
        ["translate"],
    ):
        run = fork_s2s(*command, prepare=vanish)
        assert run.code == 1
        assert run.message.count("\n") == 1
        assert run.message.startswith("s2s: error: ")
        assert "itself" not in run.message


def test_the_memory_that_a_process_may_have(monkeypatch, tmp_path) -> None:
    whole = failures.machine_memory()
    assert whole is not None
    (tmp_path / "limit").write_text("123456\n")
    monkeypatch.setattr(failures, "CONTAINER_LIMIT", tmp_path / "limit")
    assert failures.machine_memory() == 123456
    (tmp_path / "limit").write_text("max\n")
    assert failures.machine_memory() >= whole


def test_a_model_that_the_limit_of_a_shell_does_not_hold_is_refused_by_its_option(place) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    given = (place / "pairs.tsv").read_bytes()
    for _ in range(2):
        assert fork_s2s("evaluate", "-", "-m", "m.pkl", cwd=place, given=given, prepare=limit).code == 0
        given = b"abc\tcba\n" * 2000
    run = fork_s2s(
        "train", "text", "--hidden", "20000", "--embedding", "20000", "-o", "big.pkl", cwd=place, prepare=limit
    )
    assert run.code == 2
    assert "give a smaller --hidden than 20,000" in run.message
    assert not list(place.glob("big*"))


def huge(file: ModelFile) -> ModelFile:
    """Return a model whose weights are finite, and too large for single precision to calculate with."""
    largest = np.finfo(np.float32).max
    weights = {name: np.clip(value * np.float64(1e38), -largest, largest) for name, value in file.weights.items()}
    return replace(file, weights={name: value.astype(np.float32) for name, value in weights.items()})


def test_weights_beyond_the_precision_cost_one_line_and_no_json(tmp_path) -> None:
    """NumPy warns of each place in our code; what cannot be said in JSON is null."""

    def as_a_user() -> None:
        warnings.simplefilter("default")

    write_model_file(tmp_path / "m.pkl", huge(small_translator(precision="float32").file))
    write_model_file(tmp_path / "lm.pkl", huge(small_generator().file))
    (tmp_path / "p.tsv").write_text("abc\tcba\nab\tba\n")
    (tmp_path / "t.txt").write_text(TEXT)
    for command in (
        ["translate", "-m", "m.pkl", "--scores", "--format", "jsonl"],
        ["translate", "-m", "m.pkl", "--scores", "--format", "jsonl", "--beam", "3"],
        ["evaluate", "p.tsv", "-m", "m.pkl", "--json"],
        ["score", "-m", "lm.pkl", "--format", "jsonl"],
        ["generate", "-m", "lm.pkl", "--length", "3", "--scores", "--format", "jsonl"],
        ["evaluate", "t.txt", "-m", "lm.pkl", "--json"],
    ):
        run = fork_s2s(*command, given=b"abc\n", cwd=tmp_path, prepare=as_a_user)
        assert run.code == 0
        assert run.message.count("numbers are beyond the precision") == 1
        assert "RuntimeWarning" not in run.message
        for line in run.out.splitlines():
            json.loads(line, parse_constant=pytest.fail)
