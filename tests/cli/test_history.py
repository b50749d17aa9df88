"""What is kept of what was typed, and that nothing about its file stops a command."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from seq2seq_cli.cli.view import history
from seq2seq_cli.cli.view.history import History, state_file

unix = pytest.mark.skipif(sys.platform == "win32", reason="rights and named pipes are Unix's")


def test_it_has_its_place(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert state_file("x") == tmp_path / "s2s" / "x"
        monkeypatch.delenv("XDG_STATE_HOME")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert state_file("x") == tmp_path / "home" / ".local" / "state" / "s2s" / "x"


def test_lines_are_on_disk_as_soon_as_they_are_typed(tmp_path) -> None:
    path = tmp_path / "s2s" / "chat_history"
    first = History(path)
    assert first.read() == []
    kept = [first.add(line) for line in ("안녕", "안녕", " ", "x" * 9999, "a\0b", "\udcff bytes", "안녕")]
    assert kept == [True, False, False, False, False, True, True]
    History(path).add("of another run")
    assert History(path).read() == ["안녕", "\udcff bytes", "안녕", "of another run"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_does_not_grow_for_ever(tmp_path, monkeypatch) -> None:
    path = tmp_path / "h"
    path.write_text("".join(f"{number}\n" for number in range(1500)))
    assert History(path).read() == [str(number) for number in range(500, 1500)]
    assert len(path.read_text().splitlines()) == 1000
    monkeypatch.setattr(history, "BYTES_KEPT", 100)
    assert History(path).read() == [str(number) for number in range(1481, 1500)]  # and no part of a line
    assert path.stat().st_size < 100
    assert list(tmp_path.iterdir()) == [path]


@unix
def test_others_may_not_read_it_even_if_they_could(tmp_path) -> None:
    path = tmp_path / "h"
    path.write_text("old\n")
    path.chmod(0o644)
    History(path).add("new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert History(path).read() == ["old", "new"]


@unix
@pytest.mark.parametrize("there", ["folder", "pipe", "device", "under a file", "no text"])
def test_whatever_stands_in_its_place(tmp_path, there) -> None:
    path = tmp_path / "h"
    if there == "folder":
        path.mkdir()
    elif there == "pipe":
        os.mkfifo(path)
    elif there == "device":
        path.symlink_to("/dev/null")
    elif there == "under a file":
        path.write_text("")
        path = path / "h"
    else:
        path.write_bytes(b"\x00\xff\n\xfe\n")
    found = History(path)
    assert found.read() == (["\udcfe"] if there == "no text" else [])
    assert found.add("line")
    assert History(None).add("line")
