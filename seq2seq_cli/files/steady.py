"""Reading what somebody replaces meanwhile: what is read in several steps is read anew, so that it is of one piece."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from seq2seq_cli.errors import DataError, S2SError

REPLACED = 5
"""How often it may be replaced while it is read."""

Read = TypeVar("Read")


def read_steadily(path: Path, read: Callable[[], Read]) -> Read:
    """Read a file or folder as often as it takes to read one that was not replaced meanwhile.

    Args:
        path: where it stands.
        read: reads it, in as many steps as it likes.

    Raises:
        DataError: it is replaced again and again.
        Exception: what `read` raises of a path that stays what it is.
    """
    for _ in range(REPLACED):
        before = _identity(path)
        try:
            found = read()
        except (S2SError, FileNotFoundError):
            if _identity(path) == before:
                raise
        else:
            if _identity(path) == before:
                return found
    raise DataError(f"{path} is replaced again and again while it is read: wait until that is done")


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Return what tells something from what was put in its place, which may have the number of an older one."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_ctime_ns
