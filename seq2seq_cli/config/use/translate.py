"""Options of ``s2s translate``: answering lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.config.fields import RUN, Checked, absent, among, option
from seq2seq_cli.config.use.shared import (
    ANSWERS,
    BEAM,
    DEVICE,
    DRAWING,
    LENGTH_PENALTY,
    LENGTH_PENALTY_HELP,
    MAX_SEED,
    NO_REPEAT,
    SAMPLED,
    SEARCHING,
    TEMPERATURE,
    THREADS,
    TOP_K,
    TOP_P,
    UNKNOWN,
    WITH_BEAM,
    LineFormat,
    UnknownOfPairs,
)


@dataclass(frozen=True)
class TranslateOptions(Checked):
    """Of ``s2s translate``."""

    sample: bool = option(False, "Draw answers instead of taking the most probable symbols", group=DRAWING)
    temperature: float = option(1.0, TEMPERATURE, group=DRAWING, above=0, needs=SAMPLED)
    top_k: int = option(0, TOP_K, group=DRAWING, low=0, high=1 << 31, needs=SAMPLED, paper="Fan et al. 2018")
    top_p: float = option(1.0, TOP_P, group=DRAWING, above=0, high=1, needs=SAMPLED, paper="Holtzman et al. 2020")
    seed: int = option(0, "The same seed draws the same answers", group=DRAWING, low=0, high=MAX_SEED, needs=SAMPLED)
    beam: int = option(
        1, BEAM, group=SEARCHING, low=1, high=1 << 10, needs=(absent("sample"),), unit="beginnings", common=True
    )
    n_best: int = option(
        1,
        "Write the best K answers of a line, which all differ, side by side in one line",
        group=SEARCHING,
        low=1,
        high=1 << 10,
        unit="answers",
        needs=(WITH_BEAM, among("format", "jsonl", "tsv")),
    )
    length_penalty: float = option(
        LENGTH_PENALTY, LENGTH_PENALTY_HELP, group=SEARCHING, low=0, high=10, needs=(WITH_BEAM,), paper="Wu et al. 2016"
    )
    max_length: int | None = option(
        None,
        "The most symbols of an answer",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        unit="symbols",
        otherwise="twice the longest in training",
    )
    no_repeat: int = option(
        0,
        NO_REPEAT,
        group=SEARCHING,
        low=0,
        high=1 << 10,
        unit="symbols",
        paper="Paulus et al. 2018",
    )
    prefix: str = option("", "Begin every answer with this text", group=SEARCHING)
    alignments: bool = option(
        False,
        "Add a tab and, for each symbol of the answer, the place in the source that it attends to most, as 0-0 2-1",
        group=ANSWERS,
    )
    scores: bool = option(False, "Add a tab and the answer's log-probability", group=ANSWERS)
    format: LineFormat = option(
        "text",
        "Write answers, sources with answers beside them, or an object a line",
        group=ANSWERS,
        common=True,
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
    device: str = option("cpu", DEVICE, group=RUN, once=True)
    threads: int | None = option(None, THREADS, group=RUN, low=1, high=1024, otherwise="all cores", once=True)
