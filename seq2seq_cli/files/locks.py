"""Locks that a dead process does not hold, and names of temporary files that a later run knows as litter.

A lock is one of the system's (`flock`) on an open file or folder, so it ends with its process, whatever ended that.
Whatever is temporary is locked as long as it is wanted: what stands under such a name and is free is litter.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

fcntl: Any = None
with suppress(ImportError):  # Windows: nothing is locked there
    fcntl = import_module("fcntl")

TRIES = 32
"""Of taking a place that another process may just have removed. Some systems number files anew at each look, so that
what was opened never seems to stand at its path; after so many tries it is believed to."""

_PREFIX, _SUFFIX = ".s2s-", ".tmp"
_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)


def lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock an open file or folder; return False if somebody else has. Where a system has no locks, all is free."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        return error.errno not in _BUSY
    return True


def stands_at(descriptor: int, path: Path) -> bool:
    """Tell whether a path still leads to an open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def temporary_name(folder: Path) -> Path:
    """Return a new name for something temporary in a folder. It is short, so it fits wherever another name does."""
    return folder / f"{_PREFIX}{secrets.token_hex(6)}{_SUFFIX}"


def is_temporary(name: object) -> bool:
    """Tell whether a path has a name that `temporary_name` gives."""
    last = Path(os.fsdecode(name)).name if isinstance(name, (str, bytes, os.PathLike)) else ""
    return last.startswith(_PREFIX) and last.endswith(_SUFFIX)


def remove_litter(folder: Path) -> None:
    """Remove what processes that are no more have left in a folder under temporary names."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name):
                _remove_if_free(Path(entry.path))


def _remove_if_free(path: Path) -> None:
    with suppress(OSError):
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return
        if fcntl is None:  # Windows removes no file that is open
            path.unlink()
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if lock(descriptor) and stands_at(descriptor, path):
                if stat.S_ISDIR(mode):
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
        finally:
            os.close(descriptor)
