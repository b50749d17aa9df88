"""Files that are whole or not there: written under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import S2SError


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename in it survives a crash; Windows cannot and need not do this."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_write(path: Path, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when the block ends well.

    Whatever ends the block early, Ctrl-C included, leaves no temporary file and an older file as it was.

    Args:
        path: where the file is to stand; its folder is made.
        overwrite: whether an existing file is replaced.

    Raises:
        S2SError: the file exists and may not be replaced.
    """
    if not overwrite and path.exists():
        raise S2SError(f"{path} exists: give another name, or `force=True` to replace it")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk; its folder is the caller's to sync.

    Raises:
        FileExistsError: there is such a file.
    """
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
