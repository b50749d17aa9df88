"""What a stream is shown on: its width, whether lines can be drawn over, its colours, the signs that it knows."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

USUAL_WIDTH = 80
STYLES = {"error": "1;31", "warning": "33", "good": "32", "bad": "31", "dim": "2", "bold": "1"}
"""ANSI's numbers of what text looks like."""


def columns(stream: TextIO) -> int:
    """Return the columns of a terminal: those of ``$COLUMNS`` if it is set, as everywhere."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_WIDTH
    except (OSError, ValueError):  # no terminal, or a test's stream, which has no number
        return USUAL_WIDTH


def is_live(stream: TextIO) -> bool:
    """Tell whether what stands on a stream can be drawn over: not in a file, and not on a dumb terminal."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    # Windows' old console understands no escape sequences; the new one, and those that come from Unix, name themselves.
    return sys.platform != "win32" or "WT_SESSION" in os.environ or "TERM" in os.environ


def has_colours(stream: TextIO) -> bool:
    """Tell whether to write in colours: ``$NO_COLOR`` forbids them, ``$FORCE_COLOR`` asks for them in a pipe too."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_live(stream)


def paint(text: str, style: str, stream: TextIO) -> str:
    """Return a text in one of `STYLES`, where the stream has colours."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if text and has_colours(stream) else text


@dataclass(frozen=True)
class Signs:
    """Signs that are drawn."""

    right: str
    wrong: str
    arrow: str
    more: str
    """Stands for what is left out."""
    done: str
    """A piece of a bar."""
    left: str
    levels: str
    """Of a curve, from low to high."""


UNICODE = Signs("✓", "✗", "→", "…", "━", "─", "▁▂▃▄▅▆▇█")
ASCII = Signs("+", "x", "->", "...", "#", "-", "_.-=+*%#")


def signs_of(stream: TextIO) -> Signs:
    """Return the signs that a stream's encoding knows."""
    try:
        "".join(vars(UNICODE).values()).encode(stream.encoding or "utf-8")
    except (UnicodeError, LookupError):
        return ASCII
    return UNICODE


def cells(text: str) -> int:
    """Return the columns that a text takes on a terminal, where some characters are two wide and others none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cropped(text: str, width: int, more: str) -> str:
    """Return a text, or as much of its beginning as fits in a width."""
    if cells(text) <= width:
        return text
    room, kept = width - cells(more), ""
    if room < 0:
        return more[: max(width, 0)]
    for character in text:
        room -= cells(character)
        if room < 0:
            break
        kept += character
    return kept + more


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Break a text between words into lines of a width; a word that is longer has a line to itself."""
    first, *words = text.split(" ")
    lines, room = [first], width - cells(first)
    for word in words:
        if cells(word) + 1 > room and lines[-1].strip():
            lines.append(indent + word)
            room = width - cells(indent + word)
        else:
            lines[-1] += f" {word}"
            room -= cells(word) + 1
    return lines
