"""Options of ``s2s caption``: saying what images show."""

from __future__ import annotations

from dataclasses import dataclass

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
    WITH_BEAM,
    LineFormat,
)


@dataclass(frozen=True)
class CaptionOptions(Checked):
    """Of ``s2s caption``."""

    sample: bool = option(False, "Draw captions instead of taking the most probable symbols", group=DRAWING)
    temperature: float = option(1.0, TEMPERATURE, group=DRAWING, above=0, needs=SAMPLED)
    top_k: int = option(0, TOP_K, group=DRAWING, low=0, high=1 << 31, needs=SAMPLED, paper="Fan et al. 2018")
    top_p: float = option(1.0, TOP_P, group=DRAWING, above=0, high=1, needs=SAMPLED, paper="Holtzman et al. 2020")
    seed: int = option(0, "The same seed draws the same captions", group=DRAWING, low=0, high=MAX_SEED, needs=SAMPLED)
    beam: int = option(
        1, BEAM, group=SEARCHING, low=1, high=1 << 10, needs=(absent("sample"),), unit="beginnings", common=True
    )
    n_best: int = option(
        1,
        "Write the best K captions of an image, which all differ, side by side in one line",
        group=SEARCHING,
        low=1,
        high=1 << 10,
        unit="captions",
        needs=(WITH_BEAM, among("format", "jsonl", "tsv")),
    )
    length_penalty: float = option(
        LENGTH_PENALTY, LENGTH_PENALTY_HELP, group=SEARCHING, low=0, high=10, needs=(WITH_BEAM,), paper="Wu et al. 2016"
    )
    no_repeat: int = option(
        0, NO_REPEAT, group=SEARCHING, low=0, high=1 << 10, unit="symbols", paper="Paulus et al. 2018"
    )
    prefix: str = option("", "Begin every caption with this text", group=SEARCHING)
    max_length: int | None = option(
        None,
        "The most symbols of a caption",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        unit="symbols",
        otherwise="twice the longest in training",
    )
    scores: bool = option(False, "Add a tab and the caption's log-probability", group=ANSWERS)
    format: LineFormat = option(
        "text", "Write captions, paths with captions beside them, or an object a line", group=ANSWERS, common=True
    )
    batch_size: int = option(64, "Images that are read and captioned at once", group=RUN, low=1, high=1 << 20)
    device: str = option("cpu", DEVICE, group=RUN, once=True)
    threads: int | None = option(None, THREADS, group=RUN, low=1, high=1024, otherwise="all cores", once=True)
