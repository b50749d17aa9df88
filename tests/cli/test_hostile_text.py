"""Whatever a file says of itself: what people are shown of it is one line, not too long, and commands no terminal."""

from __future__ import annotations

import json
import sys

import pytest
from helpers import file_of, random_weights, small_config
from process import s2s

from seq2seq_cli.backend import get_backend
from seq2seq_cli.cli.view.notes import LONGEST_NOTE, note
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.model_file.content import write_model_file
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.text.vocabulary import Vocabulary

EVIL = "\x1b[2J\x07\x9b31m[/b]:smile:\n\u202eevil"


@pytest.fixture
def model(tmp_path):
    """A model file that has evil text wherever there is text."""
    vocabulary = Vocabulary(("<unk>", "<eos>", "a\x1b[2J", "[bold]b[/]"), "word", end=1, unknown=0)
    config = small_config(kind="lm", source_vocab_size=1, target_vocab_size=len(vocabulary))
    model = build_language_model(config, get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config))
    write_model_file(tmp_path / "m.pkl", file_of(model, None, vocabulary, form="plain"))
    content = read_pickle(tmp_path / "m.pkl")
    del content["digest"]
    content["data"] = {"kind": EVIL, "path": EVIL, "counts": {EVIL: EVIL}}
    content["metrics"] = {EVIL: EVIL}
    content["versions"] = {EVIL: EVIL}
    content["history"] = [{"epoch": 1, "train_loss": 1.5, "valid_loss": float("nan"), EVIL: EVIL}]
    write_pickle(tmp_path / "m.pkl", content)
    return tmp_path / "m.pkl"


def commands(text: str) -> set[str]:
    """Return the characters of a text that command a terminal."""
    return {c for c in text if (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c == "\u202e") and c != "\n"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
def test_a_card_commands_no_terminal(model, tmp_path) -> None:
    from terminal import at_terminal

    with at_terminal("inspect", "m.pkl", cwd=tmp_path, COLUMNS="200", TERM="dumb") as terminal:
        shown = terminal.rest().replace("\r\n", "\n")
    assert shown.count("\\x1b[2J") >= 8
    assert "[bold]b[/]" in shown
    assert commands(shown) == set()


def test_a_card_is_harmless_in_a_pipe_and_as_json(model, tmp_path) -> None:
    shown = s2s("inspect", "m.pkl", cwd=tmp_path).stdout.decode()
    assert shown.count("\\x1b[2J") >= 8
    assert "[bold]b[/]" in shown
    assert commands(shown) <= {"\t"}
    raw = s2s("inspect", "m.pkl", "--json", cwd=tmp_path).stdout.decode()
    card = json.loads(raw, parse_constant=pytest.fail)
    assert card["data"]["kind"] == EVIL
    assert card["history"][0]["valid_loss"] is None
    assert commands(raw) == set()


def test_messages_about_it_are_one_line(model, tmp_path) -> None:
    shown = s2s("evaluate", "-m", "m.pkl", cwd=tmp_path, code=1).stderr.decode()
    assert "\\x1b[2J" in shown
    assert len(shown.splitlines()) == 1
    assert commands(shown) == set()


def test_a_note_is_one_line_of_a_length_that_can_be_read(capsys) -> None:
    note(f"error: {EVIL} {'x' * 1_000_000}: do this instead")
    shown = capsys.readouterr().err
    assert shown.startswith("s2s: error: \\x1b[2J\\x07\\x9b31m[/b]:smile:\\n\\u202eevil xxx")
    assert shown.endswith("xxx: do this instead\n")
    assert len(shown) < LONGEST_NOTE + 100
    assert commands(shown) == set()
    assert shown.count("\n") == 1
