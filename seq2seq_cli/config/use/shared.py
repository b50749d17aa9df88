"""What the options of several commands have in common."""

from __future__ import annotations

from typing import Literal

from seq2seq_cli.config.fields import absent, exceeding, present

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
DEVICE = "Where it runs: cpu, cuda, cuda:1, or auto"
THREADS = "Threads that compute"
MAX_SEED = 2**63 - 1
SAMPLED, DRAWN = (present("sample", example=True),), (absent("greedy"),)
WITH_BEAM = exceeding("beam", 1, example=5)
