"""Options of ``s2s chat``: talking with a model."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import RUN, Checked, absent, option
from seq2seq_cli.config.use.shared import (
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
    UnknownPolicy,
)

REPLIES = "Replies"


@dataclass(frozen=True)
class ChatOptions(Checked):
    """Of ``s2s chat``."""

    sample: bool = option(False, "Draw replies instead of taking the most probable symbols", group=DRAWING, common=True)
    temperature: float = option(1.0, TEMPERATURE, group=DRAWING, above=0, needs=SAMPLED, common=True)
    top_k: int = option(0, TOP_K, group=DRAWING, low=0, high=1 << 31, needs=SAMPLED, paper="Fan et al. 2018")
    top_p: float = option(1.0, TOP_P, group=DRAWING, above=0, high=1, needs=SAMPLED, paper="Holtzman et al. 2020")
    seed: int = option(0, "The same seed draws the same replies", group=DRAWING, low=0, high=MAX_SEED, needs=SAMPLED)
    beam: int = option(
        1, BEAM, group=SEARCHING, low=1, high=1 << 10, needs=(absent("sample"),), unit="beginnings", common=True
    )
    length_penalty: float = option(
        LENGTH_PENALTY, LENGTH_PENALTY_HELP, group=SEARCHING, low=0, high=10, needs=(WITH_BEAM,), paper="Wu et al. 2016"
    )
    no_repeat: int = option(
        0, NO_REPEAT, group=SEARCHING, low=0, high=1 << 10, unit="symbols", paper="Paulus et al. 2018"
    )
    max_length: int | None = option(
        None,
        "The most symbols of a reply",
        group=REPLIES,
        low=1,
        high=1 << 20,
        unit="symbols",
        otherwise="twice the longest in training",
    )
    unknown: UnknownPolicy = option("mark", UNKNOWN, group=REPLIES)
    device: str = option("cpu", DEVICE, group=RUN, once=True)
    threads: int | None = option(None, THREADS, group=RUN, low=1, high=1024, otherwise="all cores", once=True)
