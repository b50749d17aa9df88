"""Files that are whole or not there: written under a temporary name in the same folder, then renamed.

What is needed must succeed; what is only better (a folder's sync, another's rights and owner) may fail.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import S2SError
from seq2seq_cli.files.locks import TRIES, is_temporary, lock, remove_litter, stands_at, temporary_name
from seq2seq_cli.files.places import check_file, target_of

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
"""What a file system says that knows no sync."""


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a rename in it survives a crash, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file(file: BinaryIO) -> None:
    """Wait until a file is on the disk.

    Raises:
        OSError: it can't be brought there.
    """
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


@contextlib.contextmanager
def atomic_write(path: Path, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when the block ends well.

    Whatever ends the block early, Ctrl-C included, leaves no temporary file and an older file as it was. A link
    stays one, and what it leads to is replaced, with the rights that it had.

    Args:
        path: where the file is to stand; its folder is made.
        overwrite: whether an existing file is replaced.

    Raises:
        S2SError: the file exists and may not be replaced, or is none.
        OSError: it can't be written; the error names the path, and never a temporary one.
    """
    check_file(path, force=overwrite)
    target = target_of(path)
    with naming(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_litter(target.parent)
        file, temporary = _create_temporary(target.parent)
        try:
            with file:
                yield file
                sync_file(file)
                _take_over(file.fileno(), target)
                if os.name == "nt":
                    file.close()  # it renames no open file; elsewhere the lock must hold until it has its name
                _rename(temporary, target, overwrite, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    sync_folder(target.parent)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let errors of the system that name no file of the user's name this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None or is_temporary(error.filename):
            raise OSError(error.errno, error.strerror or str(error), str(path)) from None
        raise


def _create_temporary(folder: Path) -> tuple[BinaryIO, Path]:
    """Make a temporary file and lock it, so that nobody takes it for litter."""
    for _ in range(TRIES):
        path = temporary_name(folder)
        file = path.open("xb")
        # Another process may have found it before it was locked, and removed it.
        if lock(file.fileno(), wait=True) and stands_at(file.fileno(), path):
            return file, path
        file.close()
        path.unlink(missing_ok=True)
    path = temporary_name(folder)
    return path.open("xb"), path


def _take_over(descriptor: int, target: Path) -> None:
    """Give a new file the rights and the owner of the one that it replaces, as far as the system allows."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        old = target.stat()
        os.fchmod(descriptor, old.st_mode & 0o7777)
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, old.st_mode & 0o7777)  # a new owner may take rights away


def _rename(temporary: Path, target: Path, overwrite: bool, path: Path) -> None:
    if overwrite:
        check_file(path, force=True)  # what stands there may have changed
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)  # which never replaces
    except FileExistsError:
        raise S2SError(f"{path} exists: give another `output`, or `force=True` to replace it") from None
    except OSError:  # a file system without links
        check_file(path, force=False)
        temporary.replace(target)
    else:
        temporary.unlink()


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file and wait until it is on the disk; its folder is the caller's to sync.

    Raises:
        FileExistsError: there is such a file.
        OSError: it can't be written.
    """
    with path.open("xb") as file:
        file.write(content)
        sync_file(file)
