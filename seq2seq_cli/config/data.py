"""What of the data a model is trained on, and how it is cut into symbols, as options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from seq2seq_cli.config.fields import DATA, ENCODED, Checked, among, option, other_than
from seq2seq_cli.errors import UsageError

Level = Literal["char", "word", "subword"]
PartName = Literal["train", "valid", "test"]
SubwordType = Literal["unigram", "bpe"]
Words = Literal["blanks", "punctuation"]
Case = Literal["keep", "mark"]

GENERATED_PAIRS = ("addition", "dates", "numbers")
"""Kinds of pairs that ``s2s prep`` makes from nothing, by the name that their folder usually has."""

SMALLEST_VOCABULARY = 8
"""The special symbols take up to three places; below so many symbols a model could hardly say anything."""

_COUNTED = (among("padding", "masked"), other_than("level", "subword", example="word"))


@dataclass(frozen=True)
class DataConfig(Checked):
    """How the data is cut into symbols, which symbols are known, and what is measured on."""

    source_level: Level | None = option(
        None, "How sources are cut", group=DATA, kinds=("pairs",), otherwise="the dataset's"
    )
    target_level: Level | None = option(
        None, "How targets are cut", group=DATA, kinds=ENCODED, otherwise="the dataset's"
    )
    level: Level | None = option(None, "How a text is cut", group=DATA, kinds=("text",), otherwise="the dataset's")
    normalise: Literal["nfc", "nfd"] = option(
        "nfc",
        "The form of Unicode that is cut: composed characters, or letters and marks apart (Hangul as letters)",
        group=DATA,
        kinds=ENCODED,
        needs=_COUNTED[:1],
    )
    protect: str | None = option(
        None,
        "Spans that match this regular expression pass through unharmed, where they stand on both sides",
        group=DATA,
        kinds=("pairs",),
        needs=_COUNTED[:1],
        otherwise="none",
    )
    words: Words = option(
        "blanks",
        "What parts words: blanks alone, or punctuation too, which then stands by itself and comes back in its place",
        group=DATA,
        kinds=ENCODED,
        needs=_COUNTED[:1],
    )
    case: Case = option(
        "keep",
        "Words as they are written, or in small letters behind a mark of their capitals",
        group=DATA,
        kinds=ENCODED,
        needs=_COUNTED[:1],
    )
    subword_type: SubwordType | None = option(
        None,
        "How subword units are learned",
        group=DATA,
        needs=_COUNTED[:1],
        otherwise="unigram",
        paper="unigram: Kudo 2018; bpe: Sennrich et al. 2016",
    )
    joint_subwords: bool | None = option(
        None,
        "One set of subword units for both sides",
        group=DATA,
        kinds=("pairs",),
        needs=_COUNTED[:1],
        otherwise="on where both sides are cut into subwords",
        paper="Sennrich et al. 2016",
    )
    min_count: int = option(
        1,
        "Symbols that are rarer in the training part are unknown",
        group=DATA,
        low=1,
        high=1 << 31,
        unit="times",
        needs=_COUNTED,
    )
    max_vocabulary: int | None = option(
        None,
        "At most so many symbols of each vocabulary, the most frequent; or so many subword units",
        group=DATA,
        low=SMALLEST_VOCABULARY,
        high=1 << 20,
        unit="symbols",
        needs=_COUNTED[:1],
        otherwise="all; 10,000 of the built-in text; of subword units as many as suit the text, at most 8,000",
    )
    eval_part: PartName = option("valid", "The part that is measured after each epoch", group=DATA, old=("monitor",))
    data_seed: int = option(
        0,
        "Seed of the additions, or pictures, that are made when no data is given",
        group=DATA,
        low=0,
        high=2**63 - 1,
        kinds=ENCODED,
    )


def checked_level(value: str) -> Level:
    """Return how a text is cut, as one of the levels.

    Raises:
        UsageError: there is no such level.
    """
    levels = get_args(Level)
    if value not in levels:
        raise UsageError(f"a level is {' or '.join(levels)}, not {value!r}")
    return cast(Level, value)
