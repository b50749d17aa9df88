"""One line at the bottom of a terminal that says what goes on, drawn over until it is taken away.

The cursor stays at its beginning. So what is printed next stands in its place, Ctrl-C's ``^C`` too; and where a
terminal that has become narrower breaks the line in two, both pieces lie behind the cursor and are erased. Nothing
about the terminal is changed that would have to be changed back, whatever ends the process.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread

from seq2seq_cli.cli.view.terminal import columns, cropped, is_live, signs_of

ERASE = "\r\x1b[J"
"""From the beginning of the line to the end of the screen."""

AFTER = 1.0
"""Seconds after which somebody who waits is told what for."""


_quiet = False


def set_quiet(quiet: bool) -> None:
    """Show results and errors only, or all."""
    global _quiet
    _quiet = quiet


def is_quiet() -> bool:
    """Tell whether results and errors are all that is to be shown."""
    return _quiet


class StatusLine:
    """The line. It is drawn on stderr, and nowhere but on a terminal."""

    def __init__(self) -> None:
        self._text, self._lock = "", RLock()

    def show(self, text: str) -> None:
        """Draw it, or draw it over."""
        with self._lock:
            if is_live(sys.stderr):
                self._text = text
                # Not to the last column: some terminals would begin a new line.
                fitting = cropped(text, columns(sys.stderr) - 1, signs_of(sys.stderr).more)
                sys.stderr.write(f"{ERASE}{fitting}\r")
                sys.stderr.flush()

    def clear(self) -> None:
        """Take it away."""
        with self._lock:
            if self._text:
                self._text = ""
                sys.stderr.write(ERASE)
                sys.stderr.flush()

    def print(self, *lines: str) -> None:
        """Write lines to stderr above it."""
        with self._lock:
            text = self._text
            self.clear()
            for line in lines:
                print(line, file=sys.stderr, flush=True)
            if text:
                self.show(text)


STATUS = StatusLine()
"""The one that there is."""


@contextmanager
def busy(doing: str | Callable[[], str]) -> Iterator[None]:
    """Say on a terminal what is being done, and for how long already, once it has taken a while.

    Args:
        doing: what it is, or what returns it.
    """
    if is_quiet() or not is_live(sys.stderr):
        yield
        return
    ended, begun = Event(), time.perf_counter()

    def tick() -> None:
        while not ended.wait(AFTER):
            words = doing if isinstance(doing, str) else doing()
            STATUS.show(f" {words}  {duration(time.perf_counter() - begun)}")

    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        STATUS.clear()


def duration(seconds: float) -> str:
    """Write a time as people read it, in at most six characters below four months."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, hours = divmod(whole, 60), divmod(round(seconds / 60), 60)
    if hours[0] == 0:
        return f"{minutes[0]}m{minutes[1]:02d}s"
    return f"{hours[0]}h{hours[1]:02d}m" if hours[0] < 100 else f"{round(seconds / 3600)}h"
