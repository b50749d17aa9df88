"""Unicode's normal forms: the one that text has everywhere, and the one that a model may take it apart into."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal

NormalForm = Literal["NFC", "NFD"]


def normalise(text: str) -> str:
    """Return a text in normal form C; what is in it already, and ASCII, comes back as it is.

    All text is in this form, in files, answers and references; what a model reads may be `decomposed`.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    """Return a text in normal form D: Hangul syllables as letters, accents beside their letters.

    ``normalise(decomposed(text)) == normalise(text)`` for every text, whatever the order of its marks.
    """
    return text if text.isascii() else unicodedata.normalize("NFD", text)


def alphabet_sizes(texts: Iterable[str]) -> dict[NormalForm, int]:
    """Return how many distinct characters texts have in each normal form."""
    composed: set[str] = set()
    for text in texts:
        composed.update(normalise(text))
    return {"NFC": len(composed), "NFD": len(set(decomposed("".join(composed))))}
