"""How long a run will still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq_cli.training.events import EpochDone, Progress, Started


class Forecast:
    """Estimates what is left of a whole run, from how long its steps and its validations have taken so far.

    Args:
        started: how the run begins.
        now: a clock.
    """

    def __init__(self, started: Started, now: Callable[[], float] = time.perf_counter) -> None:
        self._now, self._begun = now, now()
        self._epochs, self._steps = started.epochs, started.steps_per_epoch
        self._limit = None if started.time_limit is None else started.time_limit - started.seconds
        self._epoch, self._step = started.first_epoch - 1, started.first_step - 1
        self._epoch_begun = self._begun
        self._learned, self._learning = 0, 0.0
        """Steps since it began or went on, and the seconds that they took."""
        self._measured, self._measuring = 0, 0.0
        """Epochs that were measured and saved, and the seconds that this took."""
        self._first = self._step
        """The step at which this epoch was begun here."""
        self.is_most = started.patience is not None
        """Whether it may well be over earlier."""

    def progress(self, event: Progress) -> None:
        """Take in that steps were done."""
        self._epoch, self._step, self._steps = event.epoch - 1, event.step, event.steps

    def epoch_done(self, event: EpochDone) -> None:
        """Take in that an epoch is over, measured and saved."""
        now = self._now()
        self._learned += self._steps - self._first
        self._learning += event.seconds
        self._measured, self._measuring = self._measured + 1, self._measuring + now - self._epoch_begun - event.seconds
        self._epoch, self._step, self._first, self._epoch_begun = event.epoch, 0, 0, now

    def left(self) -> float | None:
        """Return the seconds that are left, or None where nobody can know yet."""
        now, done = self._now(), self._step - self._first
        by_clock = None if self._limit is None else self._limit - (now - self._begun)
        learned = self._learned + done
        if not learned:
            return by_clock
        seconds = self._learning + (now - self._epoch_begun if done else 0.0)
        epochs = self._epochs - self._epoch
        left = seconds / learned * max(epochs * self._steps - self._step, 0)
        if self._measured:
            left += self._measuring / self._measured * epochs
        return max(0.0, left if by_clock is None else min(left, by_clock))
