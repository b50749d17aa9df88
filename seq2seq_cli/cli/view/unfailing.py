"""Showing may fail, and what is shown goes on: a terminal that was closed, a pipe that nobody reads."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seq2seq_cli.cli.view.progress import TrainingView
    from seq2seq_cli.training.events import Event

_FAILURES = (OSError, ValueError)
"""ValueError is Python's word for a file that is closed."""


class Unfailing:
    """A view of a run that shows what it can; after its first failure, nothing more.

    Args:
        view: what is shown.
    """

    def __init__(self, view: TrainingView) -> None:
        self._view, self._works = view, True

    def __enter__(self) -> Unfailing:
        self._view.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._view.__exit__(kind, error, trace)
        except _FAILURES:
            self._give_up()

    def show(self, event: Event) -> None:
        """Show one event."""
        if not self._works:
            return
        try:
            self._view.show(event)
        except _FAILURES:
            self._give_up()

    def _give_up(self) -> None:
        """Let what else goes to stderr go nowhere, without a further failure when Python leaves."""
        self._works = False
        with suppress(*_FAILURES, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stderr.fileno())
            os.close(nowhere)
