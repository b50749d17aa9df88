"""What models and data hold never commands a terminal, whichever command shows it."""

from __future__ import annotations

import sys

import pytest
from helpers import file_of, random_weights, small_config, small_translator
from process import s2s

from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.backend import get_backend
from seq2seq_cli.model_file.content import write_model_file
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.text.vocabulary import Vocabulary

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's"),
]


def test_a_text_that_is_written(tmp_path) -> None:
    from terminal import at_terminal

    vocabulary = Vocabulary(("<unk>", "\n", "\x1b", "\x07", "a", "["), "char", end=1, unknown=0)
    config = small_config(kind="lm", source_vocab_size=1, target_vocab_size=len(vocabulary))
    model = build_language_model(config, get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config))
    write_model_file(tmp_path / "lm.pkl", TextGenerator(file_of(model, None, vocabulary, form="plain")).file)
    for options in ((), ("--samples", 3), ("--scores",)):
        command = ("generate", "-m", "lm.pkl", "--start", "a", "--length", 40, *options)
        raw = s2s(*command, cwd=tmp_path).stdout.decode()
        with at_terminal(*command, cwd=tmp_path) as terminal:
            shown = terminal.rest().replace("\r\n", "\n")
        assert "\x1b" in raw
        assert shown == raw.replace("\x1b", "\\x1b").replace("\x07", "\\x07")


def test_answers_at_a_prompt_and_from_a_file(tmp_path) -> None:
    from terminal import at_terminal

    write_model_file(tmp_path / "m.pkl", small_translator().file)
    (tmp_path / "in.tsv").write_bytes(b"\x1b[2J\tabc\n")
    answer = s2s("translate", "-m", "m.pkl", given=b"abc\n", cwd=tmp_path).stdout.decode().rstrip("\n")
    with at_terminal("translate", "in.tsv", "-m", "m.pkl", "--column", 2, cwd=tmp_path) as terminal:
        assert terminal.rest() == f"\\x1b[2J\t{answer}\r\n"
    with at_terminal("translate", "-m", "m.pkl", "--format", "tsv", cwd=tmp_path) as terminal:
        terminal.read_until("> ")
        terminal.type("abc\r")
        terminal.read_until(f"abc\t{answer}\r\n> ")
        for typed in ("\x16\x1b[2J\r", b"\xff\r"):
            terminal.type(typed)
            assert "\r\n\x1b[2J" not in terminal.read_until("\r\n> ")
        terminal.type("\x04")
        assert terminal.rest() == "\r\n"  # each was told at once
        assert terminal.process.wait(10) == 0


def test_what_is_drawn_of_the_data(tmp_path) -> None:
    """The answers after an epoch, and the wrong ones of an evaluation."""
    from terminal import at_terminal

    rows = "".join(f"{n}\x1b[2J\t\x07{n}\n" for n in range(40))
    (tmp_path / "p.tsv").write_text(rows)
    s2s("prep", "pairs", "p.tsv", "-o", "d", cwd=tmp_path)
    small = ("--hidden", 8, "--embedding", 8, "--epochs", 1, "-o", "m.pkl")
    with at_terminal("train", "d", *small, cwd=tmp_path, COLUMNS="100") as terminal:
        shown = terminal.rest()
    assert shown.count("\\x1b[2J → ") == 3
    assert "\x1b[2J" not in shown
    with at_terminal("evaluate", "d", "-m", "m.pkl", "--errors", 2, cwd=tmp_path, COLUMNS="100") as terminal:
        shown = terminal.rest()
    assert shown.count("\\x1b[2J") == 2
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
