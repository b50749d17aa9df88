"""What was typed at a command's prompt, kept between runs. Whatever its file is like, it is no reason not to go on."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

LINES_KEPT = 1000
LONGEST_KEPT = 2000
"""Characters of a line that is kept; a longer one was pasted, and is at hand where it came from."""
BYTES_KEPT = 1 << 20
"""Of the file; where it grows beyond, its last lines are kept."""

_OPEN = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""A pipe in the file's place keeps nobody waiting."""


def state_file(name: str) -> Path | None:
    """Return where something is kept between runs: on Linux ``~/.local/state/s2s``, or ``$XDG_STATE_HOME/s2s``.

    None where there is no such place: the user has no home, or the variable names a folder relatively.
    """
    from platformdirs import user_state_path

    folder = user_state_path("s2s", appauthor=False)
    return folder / name if folder.is_absolute() else None


class History:
    """Lines that were typed, the last one last. Each is on disk as soon as it is typed, and for nobody else to read.

    Args:
        path: the file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last = ""

    def read(self) -> list[str]:
        """Return the lines of earlier runs; none where they can't be read."""
        if self._path is None:
            return []
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_RDONLY | _OPEN)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    return []
                file.seek(max(0, status.st_size - BYTES_KEPT))
                whole = file.read(BYTES_KEPT)
            kept = whole.decode("utf-8", "surrogateescape").split("\n")[:-1]
            lines = [line for line in kept[1 if status.st_size > BYTES_KEPT else 0 :] if line and "\0" not in line]
            if status.st_size > BYTES_KEPT or len(lines) > LINES_KEPT:
                self._shorten(lines[-LINES_KEPT:])
            return lines[-LINES_KEPT:]
        return []

    def add(self, line: str) -> bool:
        """Keep a line, unless it is blank, very long, or the same as the one before; return whether it is kept."""
        if not line.strip() or len(line) > LONGEST_KEPT or "\0" in line or line == self._last:
            return False
        self._last = line
        if self._path is not None:
            with suppress(OSError):
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._append(self._path, line)
        return True

    @staticmethod
    def _append(path: Path, line: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | _OPEN, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                return
            if mode & 0o077 and hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            file.write(f"{line}\n".encode("utf-8", "surrogateescape"))

    def _shorten(self, lines: list[str]) -> None:
        """Leave only some lines in the file."""
        from seq2seq_cli.errors import S2SError
        from seq2seq_cli.files.atomic import atomic_write

        assert self._path is not None
        with suppress(OSError, S2SError), atomic_write(self._path) as file:
            file.write("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
