"""The time that a run has taken, over all its interruptions, and how much of what it may take that is."""

from __future__ import annotations

import time


class Clock:
    """Counts a run's seconds.

    Args:
        limit: the most that it may take, or None.
        before: what it took before it was interrupted.
    """

    def __init__(self, limit: float | None, before: float) -> None:
        self._limit, self._begun = limit, time.perf_counter() - before
        self._measuring = 0.0

    @property
    def seconds(self) -> float:
        """What the run has taken so far."""
        return time.perf_counter() - self._begun

    def measured(self, seconds: float) -> None:
        """Record what a validation took; the next one takes as long."""
        self._measuring = seconds

    @property
    def share(self) -> float:
        """How much of the time for learning is over, from 0 to 1; 0 without a limit."""
        if self._limit is None:
            return 0.0
        return min(1.0, self.seconds / max(self._limit - self._measuring, 1e-9))

    @property
    def is_over(self) -> bool:
        """Whether there is just time for one more validation."""
        return self.share >= 1.0
