"""A command at a pseudo-terminal, typed at as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from process import ENVIRONMENT, S2S

IUTF8 = 0o40000
"""What terminals set so that backspace takes a whole character back; Python names it from 3.13 on."""
SILENCE = 60.0
"""Seconds without a word, after which a command is taken to wait for ever."""


class Terminal:
    """What stands on the other end of the terminal."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process, self._descriptor, self._shown = process, descriptor, b""

    def type(self, text: str | bytes) -> None:
        """Type; what is shown meanwhile is taken in, or a long line would wait for its own echo."""
        left = text.encode() if isinstance(text, str) else text
        while left:
            readable, writable, _ = select.select([self._descriptor], [self._descriptor], [], 30.0)
            if readable:
                assert self._read(), f"it ended after {self._shown!r}"
            elif writable:
                left = left[os.write(self._descriptor, left[:1024]) :]

    def read_until(self, words: str, seconds: float = 30.0) -> str:
        """Return what is shown next, up to some words; a test fails that waits for them in vain."""
        end, place = time.monotonic() + seconds, -1
        while (place := self._shown.find(words.encode())) < 0:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{words!r} did not come, but {self._shown!r}"
            assert self._read(), f"it ended after {self._shown!r}"
        place += len(words.encode())
        shown, self._shown = self._shown[:place], self._shown[place:]
        return shown.decode("utf-8", "replace")

    def press_until(self, key: str, words: str) -> None:
        """Press a key until something is shown: readline loses a signal that comes between two system calls."""
        for _ in range(20):
            self.type(key)
            with suppress(AssertionError):
                self.read_until(words, seconds=1.5)
                return
        raise AssertionError(f"{key!r} has no effect; {self._shown!r}")

    def resize(self, columns: int) -> None:
        """Give the window another width."""
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def rest(self) -> str:
        """Return what is shown until the command ends; a test fails that waits for that in vain."""
        while True:
            ready, _, _ = select.select([self._descriptor], [], [], SILENCE)
            assert ready, f"it does not end, after {self._shown!r}"
            if not self._read():
                break
        return self._shown.decode("utf-8", "replace")

    def _read(self) -> bool:
        try:
            piece = os.read(self._descriptor, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            piece = b""
        self._shown += piece
        return bool(piece)


def shown_at(columns: int, *arguments: object, cwd: Path) -> str:
    """Return what a command shows at a terminal of some width, without its colours."""
    with at_terminal(*arguments, cwd=cwd, COLUMNS=str(columns)) as terminal:
        return re.sub(r"\x1b\[[0-9;]*m", "", terminal.rest()).replace("\r\n", "\n")


def _own_terminal() -> None:
    """Make the terminal the one that sends SIGINT for Ctrl-C."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_terminal(*arguments: object, cwd: Path, command: Sequence[str] = (), **environment: str) -> Iterator[Terminal]:
    """Run s2s with some arguments, or another command, at a terminal."""
    descriptor, end = pty.openpty()
    modes = termios.tcgetattr(end)
    modes[0] |= IUTF8
    termios.tcsetattr(end, termios.TCSANOW, modes)
    command = command or [*S2S, *map(str, arguments)]
    variables = {**ENVIRONMENT, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment}
    with subprocess.Popen(
        command, cwd=cwd, env=variables, stdin=end, stdout=end, stderr=end, preexec_fn=_own_terminal
    ) as process:
        os.close(end)
        try:
            yield Terminal(process, descriptor)
        finally:
            process.kill()
            os.close(descriptor)
