"""How many rows a generator makes: the part of the options that all of them share."""

from __future__ import annotations

from typing import Protocol

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.errors import UsageError


class RowCounts(Protocol):
    """Options with a count of rows for each part."""

    @property
    def train(self) -> int:
        """Rows to learn from."""

    @property
    def valid(self) -> int:
        """Rows to measure on while training."""

    @property
    def test(self) -> int:
        """Rows to measure on at the end."""


def rows_wanted(options: RowCounts) -> dict[str, int]:
    """Return how many rows each part should have.

    Raises:
        UsageError: a count is negative, or there is nothing to train on.
    """
    counts = {part: int(getattr(options, part)) for part in PARTS}
    if counts["train"] < 1 or min(counts.values()) < 0:
        raise UsageError(
            f"`train` must be at least 1, `valid` and `test` at least 0, not {', '.join(map(str, counts.values()))}"
        )
    return counts
