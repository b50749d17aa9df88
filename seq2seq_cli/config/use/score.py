"""Options of ``s2s score``: how probable lines are."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import RUN, Checked, option
from seq2seq_cli.config.use.shared import DEVICE, LINES, THREADS, UNKNOWN, LineFormat, UnknownPolicy


@dataclass(frozen=True)
class ScoreOptions(Checked):
    """Of ``s2s score``."""

    format: LineFormat = option(
        "text",
        "Write log-probability, tab, perplexity; the same after the line itself; or an object a line",
        group=LINES,
    )
    unknown: UnknownPolicy = option("mark", UNKNOWN, group=LINES)
    device: str = option("cpu", DEVICE, group=RUN, once=True)
    threads: int | None = option(None, THREADS, group=RUN, low=1, high=1024, otherwise="all cores", once=True)
