"""A real run at a pseudo-terminal: what stands there in the end, after Ctrl-C and in a window that became narrower."""

from __future__ import annotations

import re
import sys

import pytest
from process import ENVIRONMENT, s2s
from screen import ESCAPES, Screen

from seq2seq_cli.cli.view.terminal import cells

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    s2s("prep", "addition", "--digits", 2, "--train", 4000, "--valid", 100, "--test", 10, cwd=folder)
    return folder


def train(folder, monkeypatch, *options: object, **environment: str):
    from terminal import at_terminal

    monkeypatch.delitem(ENVIRONMENT, "COLUMNS")  # or no window would have another width
    small = ("--hidden", 64, "--batch-size", 8, "--epochs", 100)
    return at_terminal("train", "data/addition", *small, *options, cwd=folder, **environment)


def standing(shown: str) -> list[str]:
    """Return the lines that stand on the screen, of all that was written."""
    found = Screen()
    found.write(shown.replace("\r\n", "\n"))
    return found.lasting()


def test_ctrl_c_leaves_nothing_of_the_bar(folder, monkeypatch) -> None:
    with train(folder, monkeypatch, "-o", "a.pkl") as terminal:
        terminal.resize(80)
        shown = terminal.read_until("epoch 2/100") + terminal.read_until("symbols/s")
        terminal.type("\x03")
        shown += terminal.rest()
        assert terminal.process.wait(10) == 130
    lines = [line.removeprefix("^C") for line in standing(shown)]
    assert lines[-2:] == ["s2s: interrupted; go on with:", "  s2s train --resume a.checkpoint"]
    assert not [line for line in lines if re.search("[━─]", line)]
    assert len([line for line in lines if re.match(" +1 ", line)]) == 1


def test_a_window_that_becomes_narrower_has_narrower_lines_and_bars(folder, monkeypatch) -> None:
    with train(folder, monkeypatch, "-o", "b.pkl") as terminal:
        terminal.resize(120)
        wide = terminal.read_until("epoch 2/100") + terminal.read_until("symbols/s")
        terminal.resize(60)
        terminal.read_until("epoch 3/100")
        narrow = terminal.read_until("epoch 4/100") + terminal.read_until(" left")
        terminal.type("\x03")
        terminal.rest()
    assert "train loss  valid loss" in wide
    pieces = [ESCAPES.sub("", piece) for piece in re.split(r"[\r\n]+", narrow)]
    assert 40 < max(map(cells, pieces)) < 60
    # The cursor is put back to the beginning, so that what a terminal breaks in two lies behind it.
    assert re.search(r"\r\x1b\[J epoch 3/100[^\n\r]+\r", narrow)


def test_a_dumb_terminal_gets_no_escape_sequence(folder, monkeypatch) -> None:
    with train(folder, monkeypatch, "-o", "c.pkl", "--epochs", 1, TERM="dumb") as terminal:
        shown = terminal.rest()
        assert terminal.process.wait(10) == 0
    assert "\x1b" not in shown
    assert "\r" not in shown.replace("\r\n", "\n")
    assert "train loss" in shown
