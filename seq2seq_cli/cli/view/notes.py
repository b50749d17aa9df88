"""Plain lines for people, on stderr."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unicodedata import category

from seq2seq_cli.cli.view.status import STATUS, is_quiet
from seq2seq_cli.cli.view.terminal import columns, has_colours, paint, wrapped

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

NAME = "s2s: "
"""Begins a line for people; what does not fit in a terminal's line goes on behind as many blanks."""


def _in_one_line(message: str) -> str:
    """Return a message as one line that is not too long; line breaks in what it quotes are made visible too."""
    if len(message) > LONGEST_NOTE:
        half = LONGEST_NOTE // 2
        message = f"{message[:half]} … {message[-half:]}"
    return printable(message).replace("\n", "\\n")


def _write(message: str, label: str = "", style: str = "", command: str = "") -> None:
    """Write a line for people: at a terminal broken between words, elsewhere as it is.

    Args:
        message: the line.
        label: stands before it.
        style: of the label.
        command: what is to be typed; at a terminal it has a line to itself, unbroken, so that it can be copied.
    """
    text = f"{NAME}{label}{_in_one_line(message)}"
    command = _in_one_line(command)
    if not sys.stderr.isatty():
        lines = [f"{text} {command}" if command else text]
    else:
        encoding = sys.stderr.encoding or "utf-8"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        lines = [*wrapped(shown, columns(sys.stderr), " " * len(NAME)), *([f"  {command}"] if command else [])]
    if style:
        lines[0] = lines[0].replace(label.rstrip(), paint(label.rstrip(), style, sys.stderr), 1)
    STATUS.print(*lines)


def note(message: str) -> None:
    """Write one line for people to stderr."""
    if not is_quiet():
        _write(message)


def warn(*messages: str) -> None:
    """Write warnings to stderr, one a line."""
    for message in messages if not is_quiet() else ():
        _write(message, "warning: ", "warning")


OVERFLOW = (
    "numbers are beyond the precision, so answers and figures may be wrong: is the model damaged or a stranger's?"
)


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Say what libraries warn of as we do, once: Python would quote its place in our code, for each place."""
    told = set[str]()

    def tell_once(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        words = OVERFLOW if issubclass(category, RuntimeWarning) else f"{message}"
        if words not in told:
            told.add(words)
            warn(words)

    with warnings.catch_warnings():
        warnings.showwarning = tell_once
        yield


def error(message: str) -> None:
    """Write to stderr what failed; this is never left out."""
    _write(message, "error: ", "error")


def tell(message: str, command: str = "") -> None:
    """Write to stderr what somebody must know who wants to hear nothing else, and what may be typed then."""
    _write(message, command=command)


def hint(what: str, command: str) -> None:
    """Say at a terminal what may be typed next; where the results go elsewhere, somebody knows what is next.

    Args:
        what: what it does, in a few words.
        command: as it is typed, its paths quoted.
    """
    if not is_quiet() and sys.stderr.isatty() and sys.stdout.isatty():
        _write(f"{what}:", command=command)


def percent(share: float) -> str:
    """Write a share from 0 to 1 as a percentage that never rounds up to a perfect one."""
    shown = min(share, 0.9999) if share < 1 else share
    return f"{100 * shown:.2f}%"


def make_console() -> Console:
    """Return Rich's console of stdout, imported only when something is drawn.

    No text holds marks for it, or names of emoji.
    """
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, no_color=not has_colours(sys.stdout))
