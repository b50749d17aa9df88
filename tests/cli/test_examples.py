"""The examples in help, run as they stand, one after the other in one folder that has the files they name."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from process import ENVIRONMENT, S2S, s2s, text_of

from seq2seq_cli.cli.main import COMMANDS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="examples are for a Unix shell")]

MADE = ("addition", "dates", "numbers", "shapes", "pairs", "lexicon", "chat", "captions", "text")
SHORTER = {
    "train": " --epochs 1",
    "prep addition": " --train 300 --valid 20 --test 20",
    "prep dates": " --train 300 --valid 20 --test 20",
    "prep shapes": " --train 20 --valid 5 --test 5",
}
"""What is added where an example takes long."""


def example(command: str) -> str:
    """Return the example of a command's help, as somebody copies it at a narrow terminal."""
    help, _ = text_of(*command.split(), "--help", COLUMNS="60")
    found = re.search(r"^Example: ((?:.*\\\n)*.*)$", help, flags=re.MULTILINE)
    assert found is not None, command
    return found[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    images = pytest.importorskip("PIL.Image")
    pytest.importorskip("babel")
    pytest.importorskip("num2words")
    folder = tmp_path_factory.mktemp("examples")
    (folder / "bin").mkdir()
    (folder / "bin" / "s2s").write_text(f'#!/bin/sh\nexec {shlex.join(S2S)} "$@"\n')
    (folder / "bin" / "s2s").chmod(0o755)
    texts = {
        **dict.fromkeys(("train.en", "train.de"), "".join(f"a {n}\n" for n in range(9))),
        **dict.fromkeys(("val.en", "val.de"), "".join(f"b {n}\n" for n in range(9))),
        **dict.fromkeys(("ptb.train.txt", "ptb.valid.txt", "candidates.txt"), "you can see\nso can you\n" * 20),
        "ChatbotData.csv": "Q,A\n" + "".join(f"how is {n}?,it is {n * n}\n" for n in range(40)),
        "cmudict.dict": "".join(f"word{chr(97 + n)} W ER{n % 3} D\n" for n in range(26)),
        "captions.csv": "image,caption\n" + "".join(f"{n}.jpg,number {n}\n" for n in range(24)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "photos").mkdir()
    for number in range(24):
        images.new("RGB", (20, 16), (number * 9, 80, 0)).save(folder / "photos" / f"{number}.jpg")
    small = ("--hidden", 8, "--embedding", 8, "--epochs", 1)
    chat = ("--csv", "Q,A", "--source-level", "char", "--target-level", "char", "-o", "talk")
    s2s("prep", "chat", "ChatbotData.csv", *chat, cwd=folder)
    s2s("train", "talk", *small, "-o", "models/chat.pkl", cwd=folder)
    s2s("prep", "text", "candidates.txt", "-o", "words", "--valid", 2, "--test", 2, cwd=folder)
    s2s("train", "words", *small, "--batch-size", 2, "-o", "models/lm.pkl", cwd=folder)
    return folder


def run(folder: Path, command: str, line: str) -> str:
    path = f"{folder / 'bin'}{os.pathsep}{ENVIRONMENT['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", line + SHORTER.get(command, "")],
        cwd=folder,
        env={**ENVIRONMENT, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def test_the_examples_of_help_run_as_they_stand(folder) -> None:
    others = [name for name in COMMANDS if name not in ("prep", "import")]  # which needs the book's files
    found = {command: example(command) for command in [*(f"prep {kind}" for kind in MADE), *others]}
    for command in found:
        if command == "caption":
            s2s("train", "data/photos", "--hidden", 8, "--embedding", 8, "--epochs", 1, cwd=folder)
        run(folder, command, found[command])
        assert found[command].replace(" \\\n ", "").startswith((f"s2s {command}", 'echo "57+5" | s2s'))


def test_the_candidates_are_sorted_by_their_perplexity(folder) -> None:
    (folder / "candidates.txt").write_text("so can you\nyou can see see see so\n\nyou\nsee zzz you\n")
    rows = [line.split("\t") for line in run(folder, "score", example("score")).splitlines()]
    assert len(rows) == 5
    assert [float(row[2]) for row in rows] == sorted(float(row[2]) for row in rows)
