"""Turns of a dialogue: how the last ones become one source, in training and in use."""

from __future__ import annotations

from collections.abc import Sequence

TURN_SEPARATOR = "\u241e"
"""Stands between turns, with blanks around it: the picture of the record separator, a symbol at every level.

It is no character that people type, it is no white space (which cutting into words would lose), and it stays as it is
in Unicode's normal forms."""


def join_turns(turns: Sequence[str], separator: str = TURN_SEPARATOR) -> str:
    """Return turns as one source, the oldest first."""
    return f" {separator} ".join(turns)


def clean_turn(text: str, separator: str = TURN_SEPARATOR) -> str:
    """Return a turn as it stands among others: without a separator, a tab, or white space around it."""
    return text.replace(separator, " ").replace("\t", " ").strip()
