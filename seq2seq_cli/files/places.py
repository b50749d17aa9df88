"""Where something may be written: asked before the work, answered in one sentence that names the user's path."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from seq2seq_cli.errors import S2SError, UsageError

LONGEST_NAME = 255
"""Bytes of a file's name, where the system does not say."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


_STREAMS = ("/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/")
"""Where names stand for what a process has open: behind one may be a file, but it isn't that file's name."""


def kind_of_file(mode: int) -> str:
    """Return what stands at a path, by the mode that `stat` gives, as words of a sentence."""
    return next((words for test, words in _KINDS if test(mode)), "a file")


def target_of(path: Path) -> Path:
    """Return the path that is meant: where links lead. What is no link stays as it is written.

    Raises:
        S2SError: the links go round in a circle.
    """
    if not os.path.islink(path):  # noqa: PTH114  # which asks no more, where a name is too long
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise S2SError(f"{path} is a link that leads back to itself: remove it, or give another name")
    return target


def mode_at(path: Path) -> int | None:
    """Return the mode of what stands at a path, links followed, or None where nothing stands.

    Raises:
        S2SError: there can be nothing: the name is too long, or the way is barred.
    """
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise S2SError(f"{str(path)!r} can't be a name: {reason}; give another") from None


def check_file(path: Path, *, option: str = "output", force: bool = False) -> None:
    """Check that a file can be written to a path, before any work is done for it.

    Args:
        path: what the user gave. A link is followed.
        option: what the path was given with, for the message.
        force: whether a file that stands there may be replaced; nothing else ever is.

    Raises:
        UsageError: it is no file's name.
        S2SError: something stands there that may not be replaced, or nothing can be written there.
    """
    if str(path) == "-":
        raise UsageError(f"`{option}` takes a file's name; - would be standard output")
    if os.path.normpath(path).startswith(_STREAMS):  # which follows no link
        raise S2SError(f"{path} is a stream, and only files are written or replaced: give another name")
    target = target_of(path)
    mode = mode_at(target)
    if mode is not None and not stat.S_ISREG(mode):
        hint = "name a file in it" if stat.S_ISDIR(mode) else "give another name"
        raise S2SError(f"{path} is {kind_of_file(mode)}, and only files are written or replaced: {hint}")
    if mode is not None and not force:
        raise S2SError(f"{path} exists: give another `{option}`, or `force=True` to replace it")
    check_way(path, target)


def check_way(path: Path, target: Path) -> None:
    """Check that the folders above a path are there, or can be made, and that something can be made in them.

    Args:
        path: what the user gave, for the message.
        target: where it leads.

    Raises:
        S2SError: one of them is no folder, allows no new files, or a name is too long for it.
    """
    missing = [target.name]
    folder = target.parent
    while (mode := mode_at(folder)) is None:
        if folder.is_symlink():
            raise S2SError(f"{path} can't be written: {folder} is a link that leads to nothing")
        missing.append(folder.name)
        folder = folder.parent
    if not stat.S_ISDIR(mode):
        raise S2SError(f"{path} can't be written: {folder} is {kind_of_file(mode)}, and no folder")
    for name in missing:
        check_name(path, name, folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise S2SError(f"{path} can't be written: {folder} allows no new files in it")


def check_name(path: Path, name: str, folder: Path) -> None:
    """Raise S2SError if a name is longer than a folder's file system allows."""
    try:
        longest = os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows has none, and some systems do not say
        longest = LONGEST_NAME
    length = len(os.fsencode(name))
    if length > longest:
        raise S2SError(f"{path} can't be written: a name of {length} bytes is too long, {longest} are the most")


def check_room(folder: Path, needed: int, path: Path) -> None:
    """Check that what will certainly be written has room.

    Args:
        folder: where; the nearest one above it counts where it is not there yet.
        needed: bytes.
        path: what the user gave, for the message.

    Raises:
        S2SError: there is less.
    """
    while not folder.exists():
        folder = folder.parent
    try:
        found = os.statvfs(folder)
    except (AttributeError, OSError):
        return
    free = found.f_bavail * found.f_frsize
    if free < needed:
        raise S2SError(
            f"{path} can't be written: it and what stands beside it need {_size(needed)}, and {_size(free)} are free"
        )


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"
