"""Subword units by SentencePiece (Kudo & Richardson 2018), which comes with the extra `subword`."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from seq2seq_cli.config import SubwordType
from seq2seq_cli.errors import DataError, MissingExtraError, S2SError
from seq2seq_cli.text.subword_model import checked_model

BLANK_MARK = "\u2581"
"""What SentencePiece writes for the blank before a word."""

SUBWORDS = 8000
"""The most units that are learned, unless told otherwise."""

LONGEST_LINE = 1 << 30
"""Bytes of a line: the most that SentencePiece can be told."""

OLDEST = (0, 2, 3)
"""SentencePiece before it crashes on some models (0.2.1, CVE-2026-1260), and on small texts of which bpe units are
learned (0.2.2)."""


def _library() -> Any:
    try:
        import sentencepiece
    except ImportError as error:
        raise MissingExtraError("sentencepiece", "subword", "a model of subword units") from error
    version = str(sentencepiece.__version__)
    if tuple(int(part) for part in re.findall(r"\d+", version)[:3]) < OLDEST:
        raise S2SError(
            f"SentencePiece {version} is too old: some texts crash it; `pip install -U 'sentencepiece>=0.2.3'`"
        )
    return sentencepiece


_STAND_INS = {"\0": "\ufdd0", "\t": "\ufdd1", "\n": "\ufdd2", BLANK_MARK: "\ufdd3", "\u2585": "\ufdd4"}
"""Characters that SentencePiece keeps for itself, and the noncharacters of Unicode that stand for them there."""

_AWAY = str.maketrans({**_STAND_INS, **dict.fromkeys(_STAND_INS.values(), "\ufffd")})
_BACK = str.maketrans({BLANK_MARK: " ", **{stand_in: character for character, stand_in in _STAND_INS.items()}})
_kept_for_itself = re.compile(f"[{''.join((*_STAND_INS, *_STAND_INS.values()))}]").search


def guarded(text: str) -> str:
    """Return a text as SentencePiece reads it: no character is one that it keeps for itself.

    (The noncharacters U+FDD0 to U+FDD4, which stand for those, are in no text; where they are, they become U+FFFD.)
    """
    return text.translate(_AWAY) if _kept_for_itself(text) else text


def surface(units: str) -> str:
    """Return what units that are joined say: blanks for blank marks, and `guarded` undone."""
    return units.translate(_BACK)


def subword_count(lines: Sequence[str]) -> int:
    """Return how many units suit an amount of text: 2.5 for the square root of its characters, at most `SUBWORDS`.

    Little text has few units, because each must be seen often to be learned (Sennrich & Zhang 2019): 1,250 for a
    book's chapter or two (250,000 characters), 5,000 for 4 million, 8,000 from 10 million on. What must be there always
    has its place, and as much again up to half of the whole for units of several characters.
    """
    wanted = min(SUBWORDS, 5 * math.isqrt(sum(map(len, lines))) // 2)
    needed = len(set().union(*lines)) + 4
    return max(wanted, needed + min(needed, wanted // 2))


_ALWAYS: dict[str, Any] = {
    "character_coverage": 1.0,
    "normalization_rule_name": "identity",
    "unk_id": 0,
    "pad_id": -1,
    "hard_vocab_limit": False,
    # Lines of more than 4,192 bytes would be left out, and blanks folded.
    "max_sentence_length": LONGEST_LINE,
    "remove_extra_whitespaces": False,
    "num_threads": 1,  # sums are in one order, so that the same text gives the same units
    "minloglevel": 2,
}


def train_subwords(
    lines: Sequence[str], size: int, kind: SubwordType, line_end: str | None = None, whole: Sequence[str] = ()
) -> bytes:
    """Learn units from lines, so that every character of theirs is one, or is in one.

    A blank is a character like others: two of them come back as two.

    Args:
        lines: the training text.
        size: how many units at most, those that are special included; a small text has fewer.
        kind: unigram (Kudo 2018) or bpe (Sennrich et al. 2016).
        line_end: a symbol of the text that is a unit by itself. Without one, ``<s>`` and ``</s>`` are units
            that no text has.
        whole: characters that are units by themselves, and part of no other.

    Returns:
        The model, to be kept with the vocabulary. The unknown unit has the id 0; ``<s>`` and ``</s>`` have 1 and 2.

    Raises:
        MissingExtraError: SentencePiece is not installed.
        DataError: there is no text, or more characters than `size` has room for.
    """
    guarded_lines = [guarded(line) for line in lines]
    characters = sorted(set().union(*guarded_lines) - {" ", *whole})
    # The blank has its place too, and so have the unknown symbol and the special ones.
    _check_room(size, len(characters), len(characters) + len(whole) + (4 if line_end is None else 3))
    written = io.BytesIO()
    special = {"bos_id": 1, "eos_id": 2} if line_end is None else {"bos_id": -1, "eos_id": -1}
    try:
        _library().SentencePieceTrainer.train(
            sentence_iterator=iter(guarded_lines),
            model_writer=written,
            vocab_size=size,
            model_type=kind,
            **_ALWAYS,
            **special,
            user_defined_symbols=[*whole] if line_end is None else [line_end, *whole],
            required_chars="".join(characters),
        )
    except (RuntimeError, ValueError) as error:
        raise DataError(f"no subword units could be learned: {error}") from None
    return written.getvalue()


def _check_room(size: int, characters: int, needed: int) -> None:
    if not characters:
        raise DataError("no subword units could be learned: there is no text")
    if size < needed:
        raise DataError(
            f"no subword units could be learned: `max_vocabulary` {size} has no room for the {characters:,} "
            f"characters of the training part; give at least {needed}, better twice as many"
        )


@lru_cache(maxsize=4)  # both sides of a joint model have the same one
def load_subwords(model: bytes) -> Any:
    """Return SentencePiece's processor for a model, which it sees only as `checked_model` wrote it.

    Raises:
        MissingExtraError: SentencePiece is not installed.
        S2SError: it is too old.
        DataError: the model is damaged or too large.
    """
    checked = checked_model(model)
    processor = _library().SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(checked.proto)
    except RuntimeError:
        raise DataError("the subword model is damaged") from None
    return processor


def units(processor: Any) -> tuple[str, ...]:
    """Return a processor's units in the order of their ids."""
    return tuple(processor.IdToPiece(number) for number in range(processor.GetPieceSize()))
