"""Symbols that a vocabulary has not: in words, with the ones that are spelled most like them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from seq2seq_cli.text.vocabulary import Vocabulary

NEAREST = 3
"""Symbols that are named, at most."""
NAMED = 8
"""Unknown symbols that a sentence names, at most."""
LISTED = 40
"""Characters that are listed, where a vocabulary has no more."""
ALIKE = 0.5
"""Of 1: below that, two words have a few letters in common and nothing else."""


def unknown_named(symbols: Sequence[str], vocabulary: Vocabulary) -> str:
    """Name symbols that a vocabulary has not, a few of them, with the nearest that it has.

    Characters have no spelling: of these, all that the vocabulary has are listed, where they are few.
    """
    more = f" and {len(symbols) - NAMED:,} more" if len(symbols) > NAMED else ""
    if vocabulary.level == "word":
        return ", ".join(_with_nearest(symbol, vocabulary) for symbol in symbols[:NAMED]) + more
    if vocabulary.level == "subword":
        symbols = [vocabulary.join([symbol]).strip() or symbol for symbol in symbols]
    elif len(vocabulary.ids) <= LISTED:
        more += f" (it knows {' '.join(sorted(map(_written, filter(str.isprintable, vocabulary.ids))))})"
    return " ".join(map(_written, symbols[:NAMED])) + more


def _with_nearest(word: str, vocabulary: Vocabulary) -> str:
    near = [vocabulary.join([symbol]).strip() for symbol in nearest_symbols(word, vocabulary.ids)]
    shown = vocabulary.join([word]).strip() or word
    return f"{shown} (nearest: {', '.join(near)})" if any(near) else shown


def _written(symbol: str) -> str:
    """Write a character or a unit so that it is seen."""
    return "blank" if symbol == " " else symbol


def nearest_symbols(word: str, symbols: Iterable[str], most: int = NEAREST) -> list[str]:
    """Return the symbols that are spelled like a word, the nearest first; none where none is.

    What differs in capitals or accents alone is the nearest of all (``King``, ``king``). Then follow those that fewest
    letters make out of the word; Hangul counts by its letters (``안냥``, ``안녕``).

    Args:
        word: what is not among the symbols.
        symbols: the more frequent ones first; of equally near ones, those are taken.
        most: so many at most.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    names = [symbol for symbol in symbols if symbol.isprintable()]
    found = process.extract(
        word, names, scorer=OSA.normalized_similarity, processor=spelling, score_cutoff=ALIKE, limit=most
    )
    return [name for name, _, _ in found]


def spelling(word: str) -> str:
    """Return a word's letters without capitals and accents, Hangul syllables as their letters."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
