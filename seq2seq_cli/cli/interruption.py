"""Signals that end a run: the first one lets it save, whatever comes after."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

AGAIN = 1.0
"""Seconds after which a second Ctrl-C is a second wish, and not the first one pressed twice."""

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


@contextmanager
def interruptible() -> Iterator[Callable[[], int | None]]:
    """Let a request to end (Ctrl-C, TERM, a closed terminal) finish the step and save.

    A second Ctrl-C, if it does not come at once, raises KeyboardInterrupt. A signal that is ignored, as `nohup`
    has it, stays so.

    Yields:
        What returns the number of the signal that came first, or None.
    """
    caught: list[tuple[int, float]] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if not caught:
            caught.append((number, time.monotonic()))
        elif number == signal.SIGINT and time.monotonic() - caught[0][1] > AGAIN:
            raise KeyboardInterrupt

    before = {}
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield lambda: caught[0][0] if caught else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class DroppingInterrupts:
    """Lets Ctrl-C raise KeyboardInterrupt as long as that is wanted, and do nothing else.

    So no second one, of a key that is held down, falls into what the first one has called for. A signal that is
    ignored stays so.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._before: Any = None

    def __enter__(self) -> DroppingInterrupts:
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        # It may be called while an exception is on its way out of readline, and would hide that if it just returned: so
        # it raises until who catches it says that no more are wanted.
        if self.wanted:
            raise KeyboardInterrupt
