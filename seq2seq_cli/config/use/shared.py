"""What the options of several commands have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seq2seq_cli.config.fields import RUN, Checked, absent, among, exceeding, option, present

LineFormat = Literal["text", "tsv", "jsonl"]
TextFormat = Literal["text", "jsonl"]
UnknownPolicy = Literal["error", "mark", "drop"]
UnknownOfPairs = Literal["error", "mark", "drop", "copy"]

DRAWING, SEARCHING, ANSWERS, TEXTS, LINES = "Drawing", "Searching", "Answers", "Texts", "Lines"
TEMPERATURE = "What the logits are divided by; below 1 is safer, above 1 more varied"
TOP_K = "Draw from the k most probable symbols; 0 is all"
TOP_P = "Draw from the most probable symbols that together reach this probability"
UNKNOWN = (
    "Symbols never seen: read the unknown symbol (mark), leave them out (drop), or answer a blank line and exit "
    "with 1 (error)"
)
BEAM = "Extend so many beginnings of an answer together, and take the best; 1 is the most probable symbol at each step"
LENGTH_PENALTY_HELP = (
    "A: a beam's answers are ranked by log-probability / ((5 + symbols) / 6)^A; 0 is the log-probability, which likes "
    "short answers"
)
LENGTH_PENALTY = 1.0
"""Its default. Each symbol costs probability, so without it a beam's answers come out too short; see docs/search.md."""
NO_REPEAT = "So many symbols in a row never come twice in an answer, a guard against loops; 0 is off"
MAX_SEED = 2**63 - 1
SAMPLED, DRAWN = (present("sample", example=True),), (absent("greedy"),)
WITH_BEAM = exceeding("beam", 1, example=5)


@dataclass(frozen=True)
class WhereItRuns(Checked):
    """Of commands that use a model."""

    device: str = option("cpu", "Where it runs: cpu, cuda, cuda:1, or auto", group=RUN, once=True)
    threads: int | None = option(
        None, "Threads that compute", group=RUN, low=1, high=1024, otherwise="all cores", once=True
    )


@dataclass(frozen=True)
class SearchForAnswers(WhereItRuns):
    """Of commands that search for an answer, or draw one."""

    sample: bool = option(False, "Draw answers instead of taking the most probable symbols", group=DRAWING)
    temperature: float = option(1.0, TEMPERATURE, group=DRAWING, above=0, needs=SAMPLED)
    top_k: int = option(0, TOP_K, group=DRAWING, low=0, high=1 << 31, needs=SAMPLED, paper="Fan et al. 2018")
    top_p: float = option(1.0, TOP_P, group=DRAWING, above=0, high=1, needs=SAMPLED, paper="Holtzman et al. 2020")
    seed: int = option(0, "The same seed draws the same answers", group=DRAWING, low=0, high=MAX_SEED, needs=SAMPLED)
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
        "The most symbols of an answer",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        unit="symbols",
        otherwise="twice the longest in training",
    )


@dataclass(frozen=True)
class AnswersAsLines(SearchForAnswers):
    """Of commands that write answers a line."""

    n_best: int = option(
        1,
        "Write the best K answers to a line, which all differ, side by side in one line",
        group=SEARCHING,
        low=1,
        high=1 << 10,
        unit="answers",
        needs=(WITH_BEAM, among("format", "jsonl", "tsv")),
    )
    prefix: str = option("", "Begin every answer with this text", group=SEARCHING)
    scores: bool = option(False, "Add a tab and the answer's log-probability", group=ANSWERS)
    format: LineFormat = option(
        "text", "Write answers, lines with answers beside them, or an object a line", group=ANSWERS, common=True
    )
