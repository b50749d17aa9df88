"""Plain lines for people, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from rich.console import Console


_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Return a text that can't command a terminal: control characters are written as ``\\x1b``.

    So are halves of surrogate pairs, and marks that turn the direction of what follows. Tabs and line breaks stay.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character in _REORDERING or (category(character) in ("Cc", "Cs") and character not in "\t\n"):
        return character.encode("unicode_escape").decode("ascii")
    return character


LONGEST_NOTE = 2000
"""Characters of a line for people: a message may quote a text of any length."""


def _in_one_line(message: str) -> str:
    """Return a message as one line that is not too long; line breaks in what it quotes are made visible too."""
    if len(message) > LONGEST_NOTE:
        half = LONGEST_NOTE // 2
        message = f"{message[:half]} … {message[-half:]}"
    return printable(message).replace("\n", "\\n")


def note(message: str) -> None:
    """Write one line for people to stderr."""
    print(f"s2s: {_in_one_line(message)}", file=sys.stderr, flush=True)


def warn(*messages: str) -> None:
    """Write warnings to stderr, one a line."""
    for message in messages:
        note(f"warning: {message}")


def percent(share: float) -> str:
    """Write a share from 0 to 1 as a percentage that never rounds up to a perfect one."""
    shown = min(share, 0.9999) if share < 1 else share
    return f"{100 * shown:.2f}%"


def make_console(stderr: bool = False) -> Console:
    """Return Rich's console, imported only when something is drawn. No text holds marks for it, or names of emoji."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)
