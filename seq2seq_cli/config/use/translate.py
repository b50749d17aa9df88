"""Options of ``s2s translate``: answering lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.config.fields import RUN, among, option
from seq2seq_cli.config.use.shared import ANSWERS, UNKNOWN, AnswersAsLines, UnknownOfPairs


@dataclass(frozen=True)
class TranslateOptions(AnswersAsLines):
    """Of ``s2s translate``."""

    alignments: bool = option(
        False,
        "Add a tab and, for each symbol of the answer, the place in the source that it attends to most, as 0-0 2-1",
        group=ANSWERS,
    )
    column: int | None = option(
        None,
        "Answer this column of a TSV in its place, and pass the others through",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        otherwise="the whole line",
        needs=(among("format", "text"),),
        common=True,
        once=True,
    )
    lexicon: Path | None = option(
        None,
        "Answer the lines that this file knows (source, tab, answer) by it, and the others by the model",
        group=ANSWERS,
        otherwise="the model answers all",
        once=True,
    )
    unknown: UnknownOfPairs = option(
        "mark",
        f"{UNKNOWN}; copy is mark, and an unknown symbol in an answer becomes the source's that it attends to most",
        group=ANSWERS,
        paper="copy: Jean et al. 2015",
    )
    protect: str | None = option(
        None,
        "Spans that pass through unharmed, as a regular expression; an empty one protects nothing",
        group=ANSWERS,
        otherwise="what the model was trained with",
        once=True,
    )
    batch_size: int = option(512, "Rows that run at once", group=RUN, low=1, high=1 << 20, unit="rows", once=True)
