"""A stream that is a terminal, of which nothing but what is shown is real; and runs to be shown on it."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import pytest

from seq2seq_cli.training.events import EpochDone, Sample, Started

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Screen(io.StringIO):
    """What was written to a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """All of it, without escape sequences."""
        return ESCAPES.sub("", self.getvalue())

    @property
    def drawn(self) -> list[str]:
        """What was drawn over, one after the other, and lines that stay."""
        return [piece for piece in re.split(r"[\r\n]+", self.text) if piece]

    def lasting(self) -> list[str]:
        """The lines that stand there in the end: what is drawn over is erased up to the end of the screen."""
        shown = ""
        for piece in re.split(r"(\r\x1b\[J|\r|\n)", self.getvalue()):
            if piece == "\r\x1b[J":
                shown = shown[: shown.rfind("\n") + 1]
            elif piece != "\r":
                shown += piece
        return ESCAPES.sub("", shown).splitlines()


def screen(monkeypatch: pytest.MonkeyPatch, columns: int, **environment: str) -> Screen:
    """Make stderr a terminal of some width."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": str(columns), **environment}.items():
        monkeypatch.setenv(name, value)
    made = Screen()
    monkeypatch.setattr(sys, "stderr", made)
    return made


def started(**changes: Any) -> Started:
    """Return the beginning of a run."""
    facts: dict[str, Any] = {"variant": "plain", "parameters": 1, "train_size": 9, "valid_size": 3, "unit": "rows"}
    facts |= {"epochs": 2, "steps_per_epoch": 10, "first_epoch": 1, "first_step": 1}
    facts |= {"backend": "numpy", "device": "cpu", "precision": "float32", "judged_by": "exact-match"}
    return Started(**{**facts, **changes})


def epoch_done(**changes: Any) -> EpochDone:
    """Return the end of an epoch."""
    facts: dict[str, Any] = {"epoch": 1, "epochs": 2, "train_loss": 1.0, "valid_loss": 1.0, "valid_exact_match": 0.5}
    facts |= {"teacher_forcing": 1.0, "rate": 0.1, "seconds": 1.0, "tokens_per_second": 9.0, "best": True}
    return EpochDone(**{**facts, **changes})


SAMPLES = (Sample("a", "b", "b", True), Sample("저는 한국어를 배우고 있어요", "저는", "한국어 " * 20, False))
