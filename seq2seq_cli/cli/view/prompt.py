"""A prompt at a terminal: lines with editing and history, whatever is typed."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LINES_KEPT = 1000
"""Of what was typed, for the next time."""


def read_line(prompt: str) -> str | None:
    """Return a line that is typed, without its end, or None at the end of the input (Ctrl-D).

    Bytes that are no text in the terminal's encoding come as surrogates, as file names do.
    """
    if isinstance(sys.stdin, io.TextIOWrapper) and sys.stdin.errors != "surrogateescape":
        sys.stdin.reconfigure(errors="surrogateescape")
    try:
        if sys.stdout.isatty():
            return input(prompt).replace("\n", " ")  # which a paste may hold
        # A result goes elsewhere, so the prompt must not go with it.
        print(prompt, end="", file=sys.stderr, flush=True)
        return input()
    except EOFError:
        print(file=sys.stderr)
        return None


def state_file(name: str) -> Path:
    """Return where something is kept between runs: ``~/.local/state/s2s``, or ``s2s`` under ``$XDG_STATE_HOME``.

    Raises:
        RuntimeError: the user has no home.
    """
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local" / "state") / "s2s" / name


@contextmanager
def line_editing(history: str | None = None) -> Iterator[None]:
    """Give prompts line editing, where Python has readline, and a history that is kept between runs.

    A history that can't be read or written is no reason not to talk.

    Args:
        history: the name of its file; None keeps nothing.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    path = None
    with suppress(RuntimeError):
        path = state_file(history) if history else None
    if path is None:
        yield
        return
    with suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(LINES_KEPT)
    try:
        yield
    finally:
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            readline.write_history_file(path)
