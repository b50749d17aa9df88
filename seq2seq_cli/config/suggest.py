"""What somebody meant who mistyped a name, where that can be told."""

from __future__ import annotations

from collections.abc import Iterable

CLOSE = 0.72
"""Of 1: below that, two names have letters in common and nothing else."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the name that is nearest to a word: one that begins with it, or is spelled alike; None where none is."""
    from difflib import get_close_matches

    names, bare = list(known), word.strip("-")
    alike = get_close_matches(bare.lower(), [name.strip("-").lower() for name in names], n=1, cutoff=CLOSE)
    if alike:
        return next(name for name in names if name.strip("-").lower() == alike[0])
    begun = [name for name in names if len(bare) > 1 and name.strip("-").startswith(bare)]
    return min(begun, key=len) if begun else None


def hint(word: object, known: Iterable[str], end: str = "") -> str:
    """Return "; did you mean NAME?", or `end` where no name is near."""
    near = nearest(word, known) if isinstance(word, str) else None
    return end if near is None else f"; did you mean {near}?"
