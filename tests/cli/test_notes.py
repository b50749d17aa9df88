"""Lines for people: broken between words, in colours where there are some, and none where nobody wants them."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process import ENVIRONMENT, S2S, s2s
from screen import ESCAPES, Screen, screen

from seq2seq_cli.cli import view
from seq2seq_cli.cli.view.terminal import cells, cropped, has_colours, is_live, wrapped

pytestmark = pytest.mark.slow

terminals = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")


@given(st.text(alphabet="ab 한é́👍"), st.integers(1, 30))
def test_lines_are_broken_between_words_and_nothing_is_lost(text, width) -> None:
    lines = wrapped(text, width, "  ")
    assert " ".join([lines[0], *(line.removeprefix("  ") for line in lines[1:])]) == text
    for line in lines:
        assert cells(line) <= width or " " not in line.strip()


@given(st.text(alphabet="ab한é́👍"), st.integers(0, 30))
def test_what_is_cropped_fits(text, width) -> None:
    shown = cropped(text, width, "…")
    assert cells(shown) <= width
    assert shown == text or cells(text) > width


def test_at_a_terminal_a_command_has_a_line_to_itself(monkeypatch) -> None:
    found = screen(monkeypatch, 20)
    view.tell("it is over; go on with:", "s2s train --resume a/long/name")
    assert found.text == "s2s: it is over; go\n     on with:\n  s2s train --resume a/long/name\n"


def test_in_a_pipe_a_command_stands_in_the_line_and_hints_are_not_there(capfd) -> None:
    view.tell("go on with:", "s2s train")
    view.hint("try it", "s2s translate")
    assert capfd.readouterr().err == "s2s: go on with: s2s train\n"


@pytest.mark.parametrize(
    ("environment", "terminal", "colours"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_errors_and_warnings_have_colours_where_there_are_some(monkeypatch, environment, terminal, colours) -> None:
    found = screen(monkeypatch, 80, **environment)
    if not terminal:
        monkeypatch.setattr(Screen, "isatty", lambda self: False)
    view.note("a note")
    assert "\x1b" not in found.getvalue()
    view.error("it failed")
    view.warn("it may fail")
    assert has_colours(found) == colours == ("\x1b[1;31merror:\x1b[0m it failed" in found.getvalue())
    assert found.text == "s2s: a note\ns2s: error: it failed\ns2s: warning: it may fail\n"


def test_what_an_encoding_does_not_know_is_broken_as_it_is_shown(monkeypatch) -> None:
    found = screen(monkeypatch, 20)
    monkeypatch.setattr(Screen, "encoding", "ascii")
    view.note("가나 가나 가나")
    assert found.text == "s2s: \\uac00\\ub098\n     \\uac00\\ub098\n     \\uac00\\ub098\n"


def test_who_is_quiet_hears_errors_alone(monkeypatch) -> None:
    found = screen(monkeypatch, 80)
    view.set_quiet(True)
    try:
        view.note("a note")
        view.warn("it may fail")
        view.hint("try it", "s2s translate")
        with view.busy("working"):
            pass
        view.error("it failed")
        view.tell("it is over")
    finally:
        view.set_quiet(False)
    assert found.text == "s2s: error: it failed\ns2s: it is over\n"


def test_somebody_who_waits_is_told_what_for(monkeypatch) -> None:
    from time import sleep

    monkeypatch.setattr("seq2seq_cli.cli.view.status.AFTER", 0.01)
    found = screen(monkeypatch, 40)
    with view.busy(lambda: "measuring"):
        while "measuring" not in found.text:
            sleep(0.005)
        view.note("a line meanwhile")
    assert found.lasting() == ["s2s: a line meanwhile"]
    assert " measuring  0.0s" in found.drawn


def test_a_stream_that_is_no_terminal_is_not_drawn_on(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert not is_live(io.StringIO())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiet")
    s2s("prep", "addition", "--digits", 2, "--train", 60, "--valid", 10, "--test", 10, cwd=folder)
    s2s("train", "data/addition", "--hidden", 4, "--epochs", 1, "-o", "m.pkl", cwd=folder)
    (folder / "t.txt").write_text("the cat\n" * 30)
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("train", "data/addition", "--hidden", 4, "--epochs", 1, "-o", "n.pkl", "--force"),
        ("evaluate", "data/addition", "-m", "m.pkl"),
        ("prep", "text", "t.txt", "-o", "data/t", "--force"),
        ("translate", "-m", "m.pkl"),
        ("inspect", "m.pkl"),
        ("info",),
    ],
    ids=lambda command: command[0],
)
def test_quiet_commands_say_nothing_but_results(folder, command) -> None:
    loud = s2s(*command, cwd=folder, given=b"1+2\nhello\n")
    for quiet in ((*command, "-q"), ("--quiet", *command)):
        run = s2s(*quiet, cwd=folder, given=b"1+2\nhello\n")
        assert (run.stdout, run.stderr) == (loud.stdout, b"")
    assert loud.stdout or loud.stderr


def test_an_error_is_told_to_those_who_are_quiet_too(folder) -> None:
    assert s2s("-q", "inspect", "none.pkl", cwd=folder, code=1).stderr.startswith(b"s2s: error: none.pkl: No such file")
    run = s2s("translate", "-q", "-m", "m.pkl", "--unknown", "error", given=b"hello\n", cwd=folder, code=1)
    assert run.stderr.startswith(b"s2s: error: 1 line: 1 with unknown symbols")


@terminals
def test_what_may_be_typed_next_is_said_at_a_terminal(folder) -> None:
    from terminal import shown_at

    shown = shown_at(80, "train", "data/addition", "--hidden", 4, "--epochs", 1, "-o", "a b.pkl", "-q", cwd=folder)
    assert shown == ""
    shown = shown_at(80, "inspect", "a b.pkl", cwd=folder)
    assert shown.endswith("s2s: try it:\n  s2s translate -m 'a b.pkl'\ns2s: measure it:\n  s2s evaluate -m 'a b.pkl'\n")
    shown = shown_at(80, "evaluate", "-m", "a b.pkl", cwd=folder)
    assert shown.endswith("s2s: see wrong answers:\n  s2s evaluate -m 'a b.pkl' --errors 5\n")
    shown = shown_at(80, "prep", "text", "t.txt", "-o", "data/u", cwd=folder)
    assert shown.endswith("s2s: learn from it:\n  s2s train data/u\n")


@terminals
def test_hints_after_training_run_as_they_stand(folder) -> None:
    from terminal import shown_at

    (folder / "bin").mkdir()
    (folder / "bin" / "s2s").write_text(f'#!/bin/sh\nexec {shlex.join(S2S)} "$@"\n')
    (folder / "bin" / "s2s").chmod(0o755)
    shown = shown_at(80, "train", "data/addition", "--hidden", 4, "--epochs", 1, "-o", "x y.pkl", cwd=folder)
    commands = re.findall(r"^  (.*s2s .*)$", shown, flags=re.MULTILINE)
    assert [command.split()[-4:] for command in commands] == [
        ["translate", "-m", "'x", "y.pkl'"],
        ["evaluate", "-m", "'x", "y.pkl'"],
    ]
    for command in commands:
        environment = {**ENVIRONMENT, "PATH": f"{folder / 'bin'}:{ENVIRONMENT['PATH']}"}
        subprocess.run(["sh", "-ec", command], cwd=folder, env=environment, check=True, capture_output=True)


@terminals
def test_nothing_in_a_pipe_has_an_escape_sequence(folder) -> None:
    for command in (("inspect", "m.pkl"), ("info",), ("--help",), (), ("evaluate", "data/addition", "-m", "m.pkl")):
        run = s2s(*command, cwd=folder)
        assert not ESCAPES.search((run.stdout + run.stderr).decode())


def test_who_types_s2s_alone_sees_three_first_steps() -> None:
    run = s2s()
    lines = run.stdout.decode().splitlines()
    assert [line.strip().split("   ")[0] for line in lines if line.startswith("  ")] == [
        "s2s train --reverse --peeky",
        'echo "57+5" | s2s translate',
        "s2s evaluate --errors 5",
    ]
    assert max(map(len, lines)) <= 64
    assert run.stderr == b""


@terminals
def test_lines_are_counted_where_results_go_to_a_file_and_not_to_another_program(folder) -> None:
    from terminal import at_terminal

    (folder / "long.txt").write_text("1+2\n" * 20_000)
    translate = shlex.join([*S2S, "translate", "long.txt", "-m", "m.pkl", "--threads", "1"])
    patched = "import seq2seq_cli.cli.view.status as s; s.AFTER = 0.02; from seq2seq_cli.__main__ import main; main()"
    translate = translate.replace("-m seq2seq_cli", f"-c {shlex.quote(patched)}")
    for way, counted in (("> out.txt", True), ("| cat > out.txt", False)):
        with at_terminal(cwd=folder, command=["bash", "-c", f"{translate} {way}"]) as terminal:
            shown = terminal.rest()
        assert ("lines so far" in shown) == counted, shown
        assert not ESCAPES.sub("", shown.rpartition("\r\x1b[J")[2])
        assert (folder / "out.txt").read_bytes().count(b"\n") == 20_000
