"""Options of ``s2s chat``: talking with a model."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import option
from seq2seq_cli.config.use.shared import ANSWERS, UNKNOWN, SearchForAnswers, UnknownPolicy


@dataclass(frozen=True)
class ChatOptions(SearchForAnswers):
    """Of ``s2s chat``."""

    unknown: UnknownPolicy = option("mark", UNKNOWN, group=ANSWERS)
