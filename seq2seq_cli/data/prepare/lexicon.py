"""Datasets of pronunciations: a dictionary to be split by words, or parts already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seq2seq_cli.config import Level, option
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.lines import Problems, plural
from seq2seq_cli.data.prepare.splitting import FORMAT, SPLIT_OPTIONS, SplitOptions, join_parts, split_rows
from seq2seq_cli.data.readers.lexicon import read_lexicon
from seq2seq_cli.types import Pair

_STRESSED = re.compile(r"(?<!\S)(AA|AE|AH|AO|AW|AX|AXR|AY|EH|ER|EY|IH|IX|IY|OW|OY|UH|UW|UX)[012](?!\S)")
"""A vowel of ARPAbet with its stress. Digits elsewhere, tones for example, are no stress."""


@dataclass(frozen=True)
class LexiconOptions(SplitOptions):
    """How a pronunciation dictionary becomes a dataset.

    Raises:
        UsageError: a value can't be used.
    """

    stress: Literal["drop", "keep"] = option(
        "drop",
        "What becomes of the digits at ARPAbet's vowels (AH0, EY1): published error rates are without",
        group=FORMAT,
    )
    lower: bool = option(False, "Write words in lower case, as people type them", group=FORMAT)


def read_entries(
    parts: Mapping[str, Sequence[Path]], options: LexiconOptions, problems: Problems
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Read dictionaries as rows of word and phones; a row that its part has already is left out.

    Args:
        parts: the files of each part; those that are to be split count as one.
        options: what becomes of stress and case.
        problems: where lines that can't be used are recorded.

    Returns:
        The rows of each part in order, and lines for people: what was changed in them.

    Raises:
        DataError: a file can't be read, or a line can't be used and `problems` is strict.
    """
    rows: dict[str, dict[Pair, None]] = {part: {} for part in parts}
    count = stressed = 0
    for part, paths in parts.items():
        for word, phones in (entry for path in paths for entry in read_lexicon(path, problems)):
            count += 1
            if options.stress == "drop":
                phones, marks = _STRESSED.subn(r"\1", phones)
                stressed += marks > 0
            rows[part][word.lower() if options.lower else word, phones] = None
    notes = []
    if stressed:
        notes.append(f"stress was dropped from {plural(stressed, 'pronunciation')} (`stress='keep'` keeps it)")
    if repeated := count - sum(map(len, rows.values())):
        notes.append(f"left {plural(repeated, 'row')} out: the word has these phones already")
    if _all_upper(word for entries in rows.values() for word, _ in entries):
        notes.append("all words are in upper case, and a model will know no other letters; `lower` writes them small")
    return {part: list(entries) for part, entries in rows.items()}, notes


def _all_upper(words: Iterable[str]) -> bool:
    text = "".join(words)
    return text != text.lower() and text == text.upper()


def split_lexicon(rows: Sequence[Pair], options: LexiconOptions) -> PairsDataset:
    """Split a dictionary: all pronunciations of a word, in whatever case, are in one part.

    Raises:
        DataError: there are no rows, or too few for the parts asked for.
    """
    return _described(split_rows(rows, options.valid, options.test, options.seed, str.casefold), options, split=True)


def join_lexicon(parts: Mapping[str, Sequence[Pair]], options: LexiconOptions) -> tuple[PairsDataset, list[str]]:
    """Make a dataset of parts that somebody has split; a word of two parts is left out of the earlier one.

    Returns:
        The dataset, and warnings: how many rows were left out.

    Raises:
        DataError: there is no part to train on, or nothing is left of it.
    """
    kept, warnings = join_parts(parts, str.casefold)
    return _described(kept, options, split=False), warnings


def _described(parts: Mapping[str, Sequence[Pair]], options: LexiconOptions, *, split: bool) -> PairsDataset:
    levels: dict[str, Level] = {"source": "char", "target": "word"}
    names = ("stress", "lower", *(SPLIT_OPTIONS if split else ()))
    recorded = {name: getattr(options, name) for name in names}
    return describe(PAIRS_FORMAT, "lexicon", parts, recorded, levels=levels)
