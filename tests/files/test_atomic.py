"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from seq2seq_cli.errors import S2SError
from seq2seq_cli.files import atomic, locks
from seq2seq_cli.files.atomic import atomic_write, write_synced


def write(path, content: bytes, **options) -> None:
    with atomic_write(path, **options) as file:
        file.write(content)


def test_an_existing_file_is_kept_unless_it_may_be_replaced(tmp_path) -> None:
    path = tmp_path / "new" / "m.pkl"
    write(path, b"mine")
    with pytest.raises(S2SError, match="force"):
        write(path, b"yours", overwrite=False)
    assert path.read_bytes() == b"mine"
    write(path, b"yours")
    assert path.read_bytes() == b"yours"
    assert list(path.parent.iterdir()) == [path]


def test_writing_is_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    path = tmp_path / "m.pkl"
    write(path, b"before")

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folders")
def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_before_anybody_is_told(
    tmp_path, monkeypatch
) -> None:
    path, synced, sync = tmp_path / "m.pkl", [], os.fsync
    write(path, b"before")

    def note(descriptor: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.read_bytes()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write(path, b"after")
    assert synced == [(False, b"before"), (True, b"after")]


def test_a_system_that_numbers_files_anew_does_not_hold_us_for_ever(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(atomic, "stands_at", lambda descriptor, path: False)
    write(tmp_path / "m.pkl", b"1")
    write(tmp_path / "m.pkl", b"2")
    assert (tmp_path / "m.pkl").read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [tmp_path / "m.pkl"]


def test_a_failure_inside_the_block_leaves_nothing(tmp_path) -> None:
    with pytest.raises(ValueError, match="no"), atomic_write(tmp_path / "x") as file:
        file.write(b"half")
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_a_synced_file_is_new(tmp_path) -> None:
    write_synced(tmp_path / "x", b"1")
    with pytest.raises(FileExistsError):
        write_synced(tmp_path / "x", b"2")
    assert (tmp_path / "x").read_bytes() == b"1"


def test_errors_name_the_users_path(tmp_path, monkeypatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        write(tmp_path / "m.pkl", b"x")
    assert raised.value.filename == str(tmp_path / "m.pkl")

    def broken(source: Path, target: Path) -> None:
        raise OSError(errno.EIO, "Input/output error", str(source))

    monkeypatch.undo()
    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="Input/output") as raised:
        write(tmp_path / "m.pkl", b"x")
    assert raised.value.filename == str(tmp_path / "m.pkl")
    assert list(tmp_path.iterdir()) == []


def test_what_is_only_better_may_fail(tmp_path, monkeypatch) -> None:
    """A file system without sync, rights, owners, links or locks: what is written stands."""

    def refused(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    for name in ("fsync", "fchmod", "fchown", "link"):
        monkeypatch.setattr(os, name, refused)
    monkeypatch.setattr(locks.fcntl, "flock", refused)
    for overwrite in (False, True):
        write(tmp_path / "m.pkl", b"x", overwrite=overwrite)
        assert (tmp_path / "m.pkl").read_bytes() == b"x"
    assert len(list(tmp_path.iterdir())) == 1


def test_two_that_may_not_replace(tmp_path) -> None:
    """The second one to be done finds the first one's file, which wasn't there when it began."""
    path = tmp_path / "m.pkl"
    with (
        pytest.raises(S2SError, match="exists"),
        atomic_write(path, overwrite=False) as second,
        atomic_write(path, overwrite=False) as first,
    ):
        first.write(b"first")
        second.write(b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_litter_of_the_dead_is_removed_and_nothing_else(tmp_path) -> None:
    dead = locks.temporary_name(tmp_path)
    dead.touch()
    folder = locks.temporary_name(tmp_path)
    folder.mkdir()
    (folder / "train.tsv").touch()
    users = [tmp_path / name for name in (".s2s-notes", "x.tmp", ".m.pkl.ab12.tmp")]
    for path in users:
        path.touch()
    with atomic_write(tmp_path / "other") as file:
        alive = set(tmp_path.iterdir()) - {*users}
        assert len(alive) == 1
        write(tmp_path / "m.pkl", b"x")
        assert alive < set(tmp_path.iterdir())
        file.write(b"y")
    assert set(tmp_path.iterdir()) == {*users, tmp_path / "other", tmp_path / "m.pkl"}
