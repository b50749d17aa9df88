"""Symbols of data that a model never saw: how many rows have some, and which, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seq2seq_cli.text.codec import AnswerCodec, TextCodec
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.tokens import text_lines
from seq2seq_cli.types import Pair

NAMED = 8
"""Symbols that are named, the most frequent ones."""


def unknown_in_pairs(codec: AnswerCodec, pairs: Iterable[Pair], part: str) -> list[str]:
    """Say how many rows of a part have symbols that a model does not know; nothing where none has."""
    found = [codec.unknown_symbols(normalise(source), normalise(target)) for source, target in pairs]
    return _sentence(found, "row", part)


def unknown_in_text(codec: TextCodec, text: str, part: str) -> list[str]:
    """Say how many lines of a part have symbols that a model does not know; nothing where none has."""
    found = [codec.vocabulary.unknown_among(codec.tokens(line)) for line in text_lines(normalise(text))]
    return _sentence(found, "line", part)


def _sentence(found: list[list[str]], unit: str, part: str) -> list[str]:
    rows = sum(map(bool, found))
    if not rows:
        return []
    counts = Counter(symbol for symbols in found for symbol in dict.fromkeys(symbols))
    named = " ".join(symbol for symbol, _ in counts.most_common(NAMED))
    more = f" and {len(counts) - NAMED:,} more" if len(counts) > NAMED else ""
    have, unit = "has" if rows == 1 else "have", unit if len(found) == 1 else f"{unit}s"
    return [f"{rows:,} of {len(found):,} {unit} of {part} {have} symbols that the model does not know: {named}{more}"]
