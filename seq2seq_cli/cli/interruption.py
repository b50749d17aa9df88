"""Signals that end a run: the first one lets it save, whatever comes after."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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
