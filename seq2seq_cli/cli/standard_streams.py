"""Standard input, output and error as the commands need them, in whatever state a caller left them.

- One that is closed gets a stand-in with its number, so that no file which is opened later gets what was meant for it.
- Results are UTF-8 in a pipe or a file, whatever the locale, and on a terminal what it can show.
- An error of writing them names standard output; a pipe that is full for the moment is waited for.
- Messages that nobody can read any more are dropped: a run of hours does not end because a terminal went away.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

RESULTS = "standard output"


class _Results(io.FileIO):
    """Standard output without Python's buffer."""

    def write(self, data: Any) -> int:
        """Write some of it, at least one byte.

        Raises:
            OSError: with the name `RESULTS`.
        """
        try:
            return _write(super().write, self, data)
        except OSError as error:
            error.filename = RESULTS
            raise


class _Messages(io.FileIO):
    """Standard error without Python's buffer."""

    def write(self, data: Any) -> int:
        """Write some of it, or forget it all."""
        try:
            return _write(super().write, self, data)
        except OSError:
            return len(data)


def _write(write: Any, file: io.FileIO, data: Any) -> int:
    while (count := write(data)) is None:  # a caller made the descriptor non-blocking, and there is no room now
        select.select([], [file], [])
    return int(count)


def open_streams() -> None:
    """Make ``sys.stdin``, ``sys.stdout`` and ``sys.stderr`` what this module says; a test's own stay as they are."""
    closed = [name for name in ("stdin", "stdout", "stderr") if getattr(sys, name) is None]
    # The lowest free number is taken, which is the stream's own. What reads here or writes results gets an error.
    flags = {"stdin": os.O_WRONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
    numbers = {name: os.open(os.devnull, flags[name]) for name in closed}
    if "stdin" in closed:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(numbers["stdin"], closefd=False)), "utf-8")
    if "stdout" in closed or sys.stdout is sys.__stdout__:
        sys.stdout = _results(numbers.get("stdout"))
    if "stderr" in closed or sys.stderr is sys.__stderr__:
        sys.stderr = _messages(numbers.get("stderr"))


def _results(number: int | None) -> io.TextIOWrapper:
    raw = _Results(sys.stdout.fileno() if number is None else number, "w", closefd=False)
    if not raw.isatty():
        # What is no Unicode (a name of a file) is written as JSON would write it.
        return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", newline="\n")
    sys.stdout.flush()
    return io.TextIOWrapper(io.BufferedWriter(raw), sys.stdout.encoding, "replace", line_buffering=True)


def _messages(number: int | None) -> io.TextIOWrapper:
    raw = _Messages(sys.stderr.fileno() if number is None else number, "w", closefd=False)
    encoding = "utf-8" if number is not None else sys.stderr.encoding
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=True)


def flush_results() -> None:
    """Write what is left of the results.

    Raises:
        OSError: they can't be written.
    """
    sys.stdout.flush()


def drop_results() -> None:
    """Forget results that can't be written, or Python would try again when it ends."""
    with suppress(OSError, ValueError):  # a test's stream has no number
        number = os.open(os.devnull, os.O_WRONLY)
        os.dup2(number, sys.stdout.fileno())
        os.close(number)


def _is_nowhere() -> bool:
    """Tell whether the folder in which the process runs was removed."""
    try:
        Path.cwd()
    except OSError:
        return True
    return False


def explain(error: OSError | MemoryError) -> str:
    """Say in one line what the system has against something, and of what."""
    if isinstance(error, MemoryError):
        return f"out of memory: {error}" if str(error) else "out of memory"
    if error.filename is None:
        if error.errno == errno.ENOENT and _is_nowhere():
            return "the folder where you are is gone: cd to one that is there"
        return error.strerror or str(error) or type(error).__name__
    name = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes, os.PathLike)) else error.filename
    closed = error.errno == errno.EBADF and name in (RESULTS, "standard input")
    return f"{name} is closed" if closed else f"{name}: {error.strerror}"
