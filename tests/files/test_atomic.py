"""Files that are whole or not there."""

from __future__ import annotations

import os

import pytest

from seq2seq_cli.errors import S2SError
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
