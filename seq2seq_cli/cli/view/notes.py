"""Plain lines for people, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def note(message: str) -> None:
    """Write one line for people to stderr."""
    print(f"s2s: {message}", file=sys.stderr, flush=True)


def warn(*messages: str) -> None:
    """Write warnings to stderr, one a line."""
    for message in messages:
        note(f"warning: {message}")


def percent(share: float) -> str:
    """Write a share from 0 to 1 as a percentage that never rounds up to a perfect one."""
    shown = min(share, 0.9999) if share < 1 else share
    return f"{100 * shown:.2f}%"


def make_console(stderr: bool = False) -> Console:
    """Return Rich's console, imported only when something is drawn."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)
