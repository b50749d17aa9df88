"""Prompts of `s2s translate`, `generate` and `score`, typed at as a person would; in a pipe there are none."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from forked import fork_s2s
from helpers import small_generator, small_translator

from seq2seq_cli.model_file.content import write_model_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's"),
]


PLAIN = {"COLUMNS": "200", "NO_COLOR": "1"}
"""A terminal on which a line for people is a line."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a model of the letters a to f, and a language model of a few words."""
    place = tmp_path_factory.mktemp("sessions")
    write_model_file(place / "m.pkl", small_translator().file)
    write_model_file(place / "lm.pkl", small_generator().file)
    return place


def piped(folder: Path, *command: object, lines: str) -> list[str]:
    """Return the lines that a pipe gets."""
    run = fork_s2s(*command, given=lines.encode(), cwd=folder)
    assert run.code == 0, run.message
    return run.out.decode().split("\n")[:-1]


def test_in_a_pipe_no_line_is_a_command(folder) -> None:
    lines = ":quit\n:help\n:beam 5\n::a\n:set beam\n"
    for command in (("translate", "-m", "m.pkl"), ("generate", "-m", "lm.pkl"), ("score", "-m", "lm.pkl")):
        assert len(piped(folder, *command, lines=lines)) == 5
    typed = piped(folder, "score", "-m", "lm.pkl", "--format", "tsv", lines=lines)
    assert [line.split("\t")[0] for line in typed] == lines.split("\n")[:-1]


def test_what_is_unknown_is_marked_before_the_answer_and_ctrl_c_drops_the_line(folder, tmp_path) -> None:
    from terminal import at_terminal

    unknown, known, colon = piped(folder, "translate", "-m", "m.pkl", lines="한국\nabc\n:ab\n")
    command = ("translate", "-m", folder / "m.pkl")
    with at_terminal(*command, cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        assert "s2s: a seq2seq model; :help says more, Ctrl-D leaves" in terminal.read_until("> ")
        terminal.type("한국\r")
        mark = "warning: the model does not know 한 국 (it knows a b c d e f). It reads <unk> instead; the answer rests"
        shown = terminal.read_until("\r\n> ")
        assert mark in shown
        assert shown.index(mark) < shown.index(f"\r\n{unknown}\r\n")
        terminal.type("not this")
        terminal.read_until("this")
        terminal.press_until("\x03", "\r\n> ")
        terminal.type("abc\r")
        assert terminal.read_until("\r\n> ").endswith(f"\r\n{known}\r\n> ")
        terminal.type("abcabcabc\r")
        assert "s2s: the line has 9 symbols; none in training had more than 6" in terminal.read_until("\r\n> ")
        terminal.type("::ab\r")
        assert terminal.read_until("\r\n> ").endswith(f"\r\n{colon}\r\n> ")
        terminal.type(":)\r")
        assert "does not know : )" in terminal.read_until("\r\n> ")
        terminal.type("\x04")
        assert terminal.rest() == "\r\n"
        assert terminal.process.wait(10) == 0
    with at_terminal(*command, cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        terminal.read_until("> ")
        terminal.type("\x1b[A" * 4 + "\r")  # what was typed the last time
        assert terminal.read_until("\r\n> ").endswith(f"\r\n{known}\r\n> ")
        terminal.type(":quit\r")
        terminal.rest()
        assert terminal.process.wait(10) == 0
    assert (tmp_path / "s2s" / "translate_history").read_text().splitlines()[:2] == ["한국", "abc"]


def test_it_is_said_where_the_model_is_less_sure_than_usual(folder, tmp_path) -> None:
    from terminal import at_terminal

    file = small_translator().file
    write_model_file(tmp_path / "unsure.pkl", replace(file, metrics={"valid_sureness": -1e-9}))
    with at_terminal("translate", "-m", "unsure.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        terminal.read_until("> ")
        terminal.type("abc\r")
        assert "\r\ns2s: the model is less sure of this" in terminal.read_until("\r\n> ")
        terminal.type(":sample\r")
        terminal.read_until("sample is now on\r\n> ")
        terminal.type("abc\r")
        assert "less sure" not in terminal.read_until("\r\n> ")  # what is drawn is less probable by itself
        terminal.type("\x04")
        terminal.rest()
    assert b"less sure" not in fork_s2s("translate", "-m", tmp_path / "unsure.pkl", given=b"abc\n").err


def test_settings_are_changed_by_the_words_and_checks_of_the_command_line(folder, tmp_path) -> None:
    from terminal import at_terminal

    beam = piped(folder, "translate", "-m", "m.pkl", "--beam", 3, "--scores", lines="fed\n")[0]
    drawn = piped(folder, "translate", "-m", "m.pkl", "--sample", "--temperature", 3, lines="\nfed\n")[1]
    asked = [
        (":temperature 3", "error: :temperature has no effect with :sample off: leave it out, or add :sample"),
        (":beam 0", "error: :beam must be a whole number from 1 to 1,024, not 0"),
        (":beam=3", "s2s: beam is now 3"),
        (":format tsv", "s2s: format is now tsv"),
        (":n-best 4", "error: :n-best must be at most :beam (3), not 4"),
        (":set format = text", "s2s: format is now text"),
        (":set scores", "s2s: scores is now on"),
        ("fed", f"\r\n{beam}\r\n"),
        (":sample", "s2s: sample is now on\r\ns2s: beam has no effect now"),
        (":set temperature 3", "s2s: temperature is now 3"),
        (":no-scores", "s2s: scores is now off"),
        ("fed", f"\r\n{drawn}\r\n"),
        (":settings", "length-penalty  1  (only with :beam above 1)"),
        (":unset :sample", "s2s: beam is 3 again"),
        (":alignments", "error: :alignments needs a model with attention"),
        (":help beam", "It is a whole number from 1 to 1,024, now 3"),
        (":tempratur 2", "there is no command :tempratur; did you mean :temperature?"),
        (":modle", "did you mean :model?"),
        (":model", "6 characters: a b c d e f; sources in training had at most 6"),
        (":help", ":unset NAME"),
        (":help set", "change a setting"),
        (":set baem 2", "error: there is no setting baem; did you mean beam?"),
        (":set model 2", "error: model is a command, and no setting"),
        (":unset", "error: which setting?"),
        (":model", f"s2s inspect {folder / 'm.pkl'}"),
        (":device cuda", "error: :device is settled when the command begins"),
    ]
    with at_terminal(
        "translate", "-m", folder / "m.pkl", cwd=tmp_path, XDG_STATE_HOME="/dev/null", **PLAIN
    ) as terminal:
        terminal.read_until("> ")
        for typed, words in asked:
            terminal.type(f"{typed}\r")
            shown = terminal.read_until("\r\n> ")
            assert words in shown, (typed, shown)
        terminal.type(":q\r")
        terminal.rest()
        assert terminal.process.wait(10) == 0  # a history that can't be kept is no failure


def test_generate_and_score_prompt_too(folder, tmp_path) -> None:
    from terminal import at_terminal

    options = ("--length", 4, "--seed", 3)
    written = piped(folder, "generate", "-m", "lm.pkl", *options, lines="the cat\nthe King\n")
    with at_terminal(
        "generate", "-m", folder / "lm.pkl", *options, cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN
    ) as terminal:
        assert "a language model" in terminal.read_until("> ")
        for typed, text in zip(("the cat", "the King"), written, strict=True):
            terminal.type(f"{typed}\r")
            shown = terminal.read_until("\r\n> ")
            assert text.replace("\\n", "\r\n") in shown
        assert "does not know King. It reads <unk> instead; the text rests on 1 word that it knows" in shown
        terminal.type(":until kat\r")
        assert "error: :until: the model does not know kat (nearest: cat)" in terminal.read_until("\r\n> ")
        terminal.type(":length 100000000\r")
        terminal.read_until("length is now 100000000\r\n> ")
        terminal.type("the\r")
        terminal.read_until("the")
        terminal.press_until("\x03", "\r\n> ")  # an endless text ends, and the command goes on
        terminal.type("\x04")
        terminal.rest()
        assert terminal.process.wait(10) == 0
    scored = piped(folder, "score", "-m", "lm.pkl", lines="the cat\n")[0]
    with at_terminal("score", "-m", folder / "lm.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        terminal.read_until("> ")
        terminal.type("the cat\r")
        assert terminal.read_until("\r\n> ").endswith(f"\r\n{scored}\r\n> ")
        terminal.type(":unknown error\r")
        terminal.read_until("\r\n> ")
        terminal.type("zebra\r")
        assert "zebra. The line has no score (:unknown error)\r\n> " in terminal.read_until("\r\n> ")
        terminal.type("\x04")
        terminal.rest()
        assert terminal.process.wait(10) == 0


WITHOUT_READLINE = "import sys; sys.modules['readline'] = None; from seq2seq_cli.__main__ import main; main()"


@pytest.mark.parametrize("how", ["dumb terminal", "no readline"])
def test_where_little_can_be_edited(folder, tmp_path, how) -> None:
    from terminal import at_terminal

    known = piped(folder, "translate", "-m", "m.pkl", lines="abc\n")[0]
    start = ["-c", WITHOUT_READLINE] if how == "no readline" else ["-m", "seq2seq_cli"]
    command = [sys.executable, *start, "translate", "-m", str(folder / "m.pkl")]
    term = "xterm" if how == "no readline" else "dumb"
    with at_terminal(cwd=tmp_path, command=command, XDG_STATE_HOME=str(tmp_path), **PLAIN, TERM=term) as terminal:
        everything = terminal.read_until("> ")
        terminal.type("한\x7fabc\r")
        everything += terminal.read_until(f"\r\n{known}\r\n> ")
        assert "does not know" not in everything  # the wide character was taken back whole
        terminal.type("not this")
        terminal.read_until("this")
        terminal.press_until("\x03", "\r\n> ")
        terminal.type(":beam 3\r")
        everything += terminal.read_until("beam is now 3\r\n> ")
        terminal.type("\x04")
        everything += terminal.rest()
        assert terminal.process.wait(10) == 0
    assert "\x1b" not in everything
    assert (tmp_path / "s2s").exists() == (how == "dumb terminal")


def test_ctrl_c_pressed_again_and_again_ends_nothing(folder, tmp_path) -> None:
    from terminal import at_terminal

    with at_terminal(
        "translate", "-m", folder / "m.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN
    ) as terminal:
        terminal.read_until("> ")
        for number in range(60):
            os.kill(terminal.process.pid, signal.SIGINT)
            time.sleep(0.002 * (number % 3))
        terminal.press_until(":beam 2\r", "beam is now 2")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.process.wait(10) == 143


def test_a_locale_without_the_characters(folder, tmp_path) -> None:
    """Bytes are text all the same, and are kept."""
    from terminal import at_terminal

    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with at_terminal(
        "translate", "-m", folder / "m.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN, **ascii_only
    ) as terminal:
        terminal.read_until("> ")
        for typed in ("한국\r", "\x1b[A\r"):
            terminal.type(typed)
            assert "the model does not know \\ud55c \\uad6d (it" in terminal.read_until("\r\n> ")
        terminal.type("\x04")
        terminal.rest()
    assert (tmp_path / "s2s" / "translate_history").read_text(encoding="utf-8") == "한국\n"


def test_pasted_lines_are_lines_and_tab_completes_commands(folder, tmp_path) -> None:
    from terminal import at_terminal

    first, second = piped(folder, "translate", "-m", "m.pkl", lines="abc\nfed\n")
    with at_terminal(
        "translate", "-m", folder / "m.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN
    ) as terminal:
        terminal.read_until("> ")
        terminal.type("\x1b[200~abc\nfed\x1b[201~\r")
        terminal.read_until(f"\r\n{first}\r\n{second}\r\n")
        terminal.read_until("> ")
        terminal.type(":bea\t 2\r")
        assert "beam is now 2" in terminal.read_until("\r\n> ")
        terminal.type("a\tb\r")
        assert "does not know \t" in terminal.read_until("\r\n> ")
        terminal.type("\x04")
        terminal.rest()
        assert terminal.process.wait(10) == 0
