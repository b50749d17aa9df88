"""Curves of a run as lines of blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from seq2seq_cli.cli.view.notes import percent

BLOCKS = " ▁▂▃▄▅▆▇█"


def chart(values: Sequence[float], low: float, high: float) -> str:
    """Draw values as a line of blocks between two bounds."""
    span = (high - low) or 1.0
    return "".join(BLOCKS[1 + round(min(max((value - low) / span, 0.0), 1.0) * (len(BLOCKS) - 2))] for value in values)


def curves(history: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return a labelled line for each figure that a run has."""
    rows = []
    kinds = (
        ("train loss", "train_loss"),
        ("valid loss", "valid_loss"),
        ("exact match", "valid_exact_match"),
        ("symbol error rate", "valid_error_rate"),
    )
    for label, name in kinds:
        values = [entry[name] for entry in history if isinstance(entry.get(name), float) and isfinite(entry[name])]
        if values:
            share = name in ("valid_exact_match", "valid_error_rate")
            low, high = (0.0, 1.0) if share else (0.0, max(values))
            first, last = ((percent(v) if share else f"{v:.4f}") for v in (values[0], values[-1]))
            rows.append((label, f"{chart(values[-60:], low, high)}  {first} → {last}"))
    return rows
