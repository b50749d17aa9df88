"""How many rows a generator makes: the part of the options that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config import Checked, option
from seq2seq_cli.data.folder import PARTS

ROWS = "Rows"
MOST = 1 << 26
"""Rows of a part: all of them are made in memory."""


@dataclass(frozen=True, kw_only=True)
class RowOptions(Checked):
    """A count of rows for each part, and a seed."""

    train: int = option(45_000, "Rows to learn from", group=ROWS, low=1, high=MOST, unit="rows")
    valid: int = option(5_000, "Rows to measure on while training", group=ROWS, low=0, high=MOST, unit="rows")
    test: int = option(5_000, "Rows to measure on at the end", group=ROWS, low=0, high=MOST, unit="rows")
    seed: int = option(0, "The same seed and versions give the same bytes", group=ROWS, low=0, high=2**63 - 1)

    @property
    def wanted(self) -> dict[str, int]:
        """How many rows each part should have."""
        return {part: int(getattr(self, part)) for part in PARTS}

    @property
    def bytes_made(self) -> int:
        """What the rows hold beside their text, as a number of bytes."""
        return 0
