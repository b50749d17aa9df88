"""Options of ``s2s caption``: saying what images show."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import RUN, option
from seq2seq_cli.config.use.shared import AnswersAsLines


@dataclass(frozen=True)
class CaptionOptions(AnswersAsLines):
    """Of ``s2s caption``. A line is an image's path, an answer its caption."""

    batch_size: int = option(64, "Images that are read and captioned at once", group=RUN, low=1, high=1 << 20)
