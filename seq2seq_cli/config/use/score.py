"""Options of ``s2s score``: how probable lines are."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import option
from seq2seq_cli.config.use.shared import LINES, UNKNOWN, LineFormat, UnknownPolicy, WhereItRuns


@dataclass(frozen=True)
class ScoreOptions(WhereItRuns):
    """Of ``s2s score``."""

    format: LineFormat = option(
        "text",
        "Write log-probability, tab, perplexity; the same after the line itself; or an object a line",
        group=LINES,
    )
    unknown: UnknownPolicy = option("mark", UNKNOWN, group=LINES)
