"""Folders that are whole or not there: held while they are made, filled under a temporary name, put in place at once.

Where the system can exchange two folders in one step, an older folder stands until the newer one does. Elsewhere it
steps aside for a moment, and whoever comes next puts it back if that moment was the last one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import weakref
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from seq2seq_cli.errors import S2SError, UsageError
from seq2seq_cli.files.atomic import naming, sync_folder
from seq2seq_cli.files.locks import TRIES, lock, remove_litter, stands_at, temporary_name
from seq2seq_cli.files.places import LONGEST_NAME, check_way, kind_of_file, mode_at, target_of

_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class FolderPlace:
    """Where a folder goes, held so that nobody else makes one there. What was made only to hold it goes away again.

    Args:
        path: what the user gave. A link is followed.
        force: whether a folder that stands there may be replaced.
        check: raises S2SError if a folder that stands there is none that may be.

    Raises:
        UsageError: it is no folder's name.
        S2SError: something stands there that may not be replaced, somebody else is making it, or it can't be made.
    """

    def __init__(self, path: Path, *, force: bool, check: Callable[[Path], None]) -> None:
        if str(path) == "-":
            raise UsageError("`output` takes a folder's name; - would be standard output, and a dataset is many files")
        target = target_of(path)
        self.path, self._target = path, _named(target)
        self._force, self._check = force, check
        self._check_place()
        with naming(path):
            made = make_folders(self._target.parent)
            self._finalizer = weakref.finalize(self, _give_free, made, held := list[tuple[int, Path, bool]]())
            remove_litter(self._target.parent)
            self._hold(held)

    def _check_place(self) -> None:
        if not self._target.name:
            raise S2SError(f"{self.path} is the root of all folders, so it is not replaced: give another `output`")
        mode = mode_at(self._target)
        if mode is not None and not stat.S_ISDIR(mode):
            raise S2SError(f"{self.path} is {kind_of_file(mode)} and no dataset, so it is not replaced")
        check_way(self.path, self._target)
        if mode is None or _is_empty(self._target):
            return
        self._check(self._target)  # first, so that nobody is told to force what can't be forced
        if not self._force:
            raise S2SError(f"{self.path} exists: give another `output`, or `force=True` to replace it")

    def _hold(self, held: list[tuple[int, Path, bool]]) -> None:
        """Make the folder, unless there is one, and lock it; what stepped aside for a newer one comes back."""
        aside = _aside(self._target)
        moved = 0
        while True:
            made = _make(self._target)
            if os.name == "nt":
                held.append((-1, self._target, made))
                return
            descriptor = os.open(self._target, os.O_RDONLY | os.O_NONBLOCK)
            if not lock(descriptor):
                os.close(descriptor)
                raise S2SError(f"another s2s is making {self.path}: wait until it is done, or give another `output`")
            if moved < TRIES and not stands_at(descriptor, self._target):
                moved += 1
                os.close(descriptor)
                continue
            held.append((descriptor, self._target, made))
            if aside.is_dir() and _is_empty(self._target):
                aside.replace(self._target)
                os.close(held.pop()[0])
                continue
            shutil.rmtree(aside, ignore_errors=True)
            # It may have been made while we came.
            self._check_place()
            return

    def fill(self, write: Callable[[Path], None]) -> None:
        """Put a new folder in place.

        Args:
            write: writes what it holds into an empty folder, and waits until it is on the disk.

        Raises:
            S2SError: something stands there by now that may not be replaced.
            OSError: it can't be written; the error names the user's path.
        """
        with naming(self.path):
            temporary, descriptor = _create_temporary(self._target)
            try:
                write(temporary)
                sync_folder(temporary)
                self._check_place()
                self._put(temporary)
                sync_folder(self._target.parent)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
                if descriptor is not None:
                    os.close(descriptor)

    def _put(self, temporary: Path) -> None:
        if os.name == "nt" and _is_empty(self._target):
            self._target.rmdir()
        if not self._target.exists() or _is_empty(self._target):
            temporary.replace(self._target)  # which fails where a folder is not empty
        elif not exchange(temporary, self._target):
            aside = _aside(self._target)
            self._target.rename(aside)
            try:
                temporary.rename(self._target)
            except BaseException:
                aside.rename(self._target)
                raise
            shutil.rmtree(aside, ignore_errors=True)

    def close(self) -> None:
        """Give the place free."""
        self._finalizer()


def restore_aside(folder: Path) -> None:
    """Put back a folder that stepped aside for a newer one which never came."""
    with suppress(OSError):  # where the folder in which the process runs is gone, it has no name either
        if not folder.exists() and _aside(_named(folder)).is_dir():
            FolderPlace(folder, force=True, check=lambda path: None).close()


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False where the system can't.

    Raises:
        OSError: it can, and failed.
    """
    if os.name == "nt":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    here, first, second = -100, os.fsencode(one), os.fsencode(other)  # AT_FDCWD
    if hasattr(library, "renameat2"):  # Linux; 2 is RENAME_EXCHANGE
        failed = library.renameat2(here, first, here, second, 2)
    elif hasattr(library, "renamex_np"):  # macOS; 2 is RENAME_SWAP
        failed = library.renamex_np(first, second, 2)
    else:
        return False
    if not failed:
        return True
    if (number := ctypes.get_errno()) in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def _named(folder: Path) -> Path:
    """Return a folder by its name, which one that is given by its place has too: ``.``, ``..``."""
    return folder.resolve() if folder.name in ("", "..") else folder


def _aside(folder: Path) -> Path:
    name = f".{folder.name}.s2s-old"
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f".{sha256(os.fsencode(folder.name)).hexdigest()}.s2s-old"
    return folder.with_name(name)


def _is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None


def _make(folder: Path) -> bool:
    """Make a folder; return False where there is one."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return those that were not there, the innermost first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    return [folder for folder in reversed(missing) if _make(folder)][::-1]


def _create_temporary(target: Path) -> tuple[Path, int | None]:
    """Make a temporary folder beside another one, with its rights, and lock it, so that nobody takes it for litter."""
    for left in reversed(range(TRIES)):
        temporary = temporary_name(target.parent)
        temporary.mkdir()
        with suppress(OSError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        if os.name == "nt":
            return temporary, None
        with suppress(FileNotFoundError):
            descriptor = os.open(temporary, os.O_RDONLY)
            if lock(descriptor, wait=True) and (stands_at(descriptor, temporary) or not left):
                return temporary, descriptor
            os.close(descriptor)
            temporary.rmdir()
    raise OSError(errno.EBUSY, "what is temporary beside it is removed again and again", str(target))


def _give_free(made: list[Path], held: list[tuple[int, Path, bool]]) -> None:
    for descriptor, folder, is_new in held:
        with suppress(OSError):
            if is_new and (descriptor < 0 or stands_at(descriptor, folder)):
                folder.rmdir()  # which fails where it was filled
        if descriptor >= 0:
            os.close(descriptor)
    for folder in made:
        with suppress(OSError):
            folder.rmdir()
