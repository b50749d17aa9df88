"""Where something may be written: kinds of files, links, names, folders, room."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from seq2seq_cli.errors import S2SError, UsageError
from seq2seq_cli.files import places
from seq2seq_cli.files.atomic import atomic_write
from seq2seq_cli.files.places import check_file, check_room

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, sockets and rights are Unix's")


def special(folder: Path, kind: str) -> Path:
    """Make something that is no file."""
    path = folder / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(os.path.relpath(path))
    elif kind == "folder":
        path.mkdir()
    elif kind == "circle":
        path.symlink_to(path)
    else:
        return Path("/dev/null")
    return path


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device", "circle"])
def test_what_is_no_file_is_never_replaced(tmp_path, monkeypatch, kind, linked) -> None:
    monkeypatch.chdir(tmp_path)
    path = special(tmp_path, kind)
    before = path.lstat()
    if linked:
        (tmp_path / "link").symlink_to(path)
        path = tmp_path / "link"
    for act in (lambda: check_file(path, force=True), lambda: atomic_write(path).__enter__()):
        with pytest.raises(S2SError, match=str(path)):
            act()
    found = special(tmp_path, "device").lstat() if kind == "device" else (tmp_path / kind).lstat()
    assert (stat.S_IFMT(found.st_mode), found.st_ino) == (stat.S_IFMT(before.st_mode), before.st_ino)


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path) -> None:
    target, link = tmp_path / "there" / "m.pkl", tmp_path / "link"
    target.parent.mkdir()
    link.symlink_to("there/m.pkl")
    for content in (b"new", b"newer"):  # into nothing, and over something
        with atomic_write(link) as file:
            file.write(content)
        assert link.is_symlink()
        assert target.read_bytes() == content
    with pytest.raises(S2SError, match=f"{link} exists"):
        check_file(link)
    link.unlink()
    link.symlink_to("nowhere/deep/m.pkl")
    check_file(link)
    (tmp_path / "folder").symlink_to("nothing")
    with pytest.raises(S2SError, match="leads to nothing"):
        check_file(tmp_path / "folder" / "m.pkl")


def test_a_files_rights_stay(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    path.touch(mode=0o600)
    with atomic_write(path) as file:
        file.write(b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("-", "standard output"),
        ("x" * 256, "File name too long"),
        ("x" * 256 + "/m.pkl", "File name too long"),
        ("new/" + "ü" * 130, "260 bytes"),
        ("file/m.pkl", "file is a file, and no folder"),
        ("file/deep/m.pkl", "file is a file, and no folder"),
        ("a\0b", "null"),
        ("/", "a folder"),
        (".", "a folder"),
        ("/dev/stdout", "a stream"),
        ("/dev/../dev/fd/1", "a stream"),
        ("/proc/self/fd/1", "a stream"),
        ("", "a folder"),
        ("y/..", "a folder"),
    ],
)
def test_what_can_be_no_name_is_refused_before_anything_is_made(tmp_path, monkeypatch, name, words) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("y").mkdir()
    with pytest.raises((S2SError, UsageError), match=words):
        check_file(Path(name), force=True)
    assert sorted(map(str, Path().iterdir())) == ["file", "y"]


def test_the_longest_name_is_written(tmp_path) -> None:
    """The temporary name is a short one."""
    path = tmp_path / ("x" * 255)
    check_file(path)
    with atomic_write(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_a_folder_that_allows_no_new_files(tmp_path, monkeypatch) -> None:
    """Asked of the system, because who runs the tests may write everywhere."""
    monkeypatch.setattr(places.os, "access", lambda folder, mode: Path(folder) != tmp_path)
    with pytest.raises(S2SError, match=f"{tmp_path} allows no new files"):
        check_file(tmp_path / "new" / "m.pkl")


def test_room(tmp_path) -> None:
    check_room(tmp_path / "new", 1, tmp_path / "m.pkl")
    with pytest.raises(S2SError, match=r"m\.pkl can't be written.* MB are free"):
        check_room(tmp_path / "new", 1 << 60, tmp_path / "m.pkl")
