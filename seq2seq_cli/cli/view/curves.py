"""Curves of a run as lines of blocks.

Losses and error rates fall by factors, so they are drawn on a logarithmic scale between their least and their largest
value; shares of right answers on a plain one, from none to all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, log
from typing import Any

from seq2seq_cli.cli.view.notes import percent
from seq2seq_cli.cli.view.terminal import UNICODE

LONGEST = 40
"""Blocks of a line; of a longer run as many epochs are drawn, evenly chosen, the first and the last among them."""

LEAST_FACTOR = 1.1
"""Between bottom and top: what changes by less is drawn as nearly level, and not as if it fell."""


def chart(values: Sequence[float], low: float, high: float, levels: str = UNICODE.levels) -> str:
    """Draw values as a line of blocks between two bounds; one that is not finite is a blank."""
    span = (high - low) or 1.0
    return "".join(
        levels[round(min(max((value - low) / span, 0.0), 1.0) * (len(levels) - 1))] if isfinite(value) else " "
        for value in values
    )


def log_chart(values: Sequence[float], levels: str = UNICODE.levels) -> str:
    """Draw values on a logarithmic scale; those that are not above 0 stand at the bottom."""
    positive = [value for value in values if isfinite(value) and value > 0]
    if not positive:
        return chart([0.0 if isfinite(value) else value for value in values], 0.0, 1.0, levels)
    low, high = log(min(positive)), log(max(positive))
    missing = max(0.0, log(LEAST_FACTOR) - (high - low)) / 2
    low, high = low - missing, high + missing
    return chart([log(value) if value > 0 else low if value <= 0 else value for value in values], low, high, levels)


def curves(history: Sequence[Mapping[str, Any]], levels: str = UNICODE.levels) -> list[tuple[str, str]]:
    """Return a labelled line for each figure that a run has.

    Args:
        history: the epochs' figures.
        levels: signs from low to high.
    """
    rows = []
    kinds = (
        ("train loss", "train_loss"),
        ("valid loss", "valid_loss"),
        ("exact match", "valid_exact_match"),
        ("symbol error rate", "valid_error_rate"),
    )
    for label, name in kinds:
        found = [entry.get(name) for entry in history]
        values = [value if isinstance(value, float) else float("nan") for value in found]
        known = [value for value in values if isfinite(value)]
        if known:
            drawn = _evenly(values)
            line = chart(drawn, 0.0, 1.0, levels) if name == "valid_exact_match" else log_chart(drawn, levels)
            ends = [f"{value:.4f}" if name.endswith("loss") else percent(value) for value in (known[0], known[-1])]
            arrow = "→" if levels == UNICODE.levels else "->"
            rows.append((label, f"{line}  {ends[0]} {arrow} {ends[1]}" if len(values) > 1 else f"{line}  {ends[0]}"))
    return rows


def _evenly(values: Sequence[float]) -> list[float]:
    """Return so many of the values as are drawn, the first and the last among them."""
    if len(values) <= LONGEST:
        return list(values)
    return [values[round(place * (len(values) - 1) / (LONGEST - 1))] for place in range(LONGEST)]
