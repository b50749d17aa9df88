"""Everything that s2s shows to a person: notes, warnings, tables, bars. Results go to stdout elsewhere.

Notes and warnings are plain lines on stderr. Rich is imported only when something is drawn, because a
pipeline that answers one line should not pay for it.
"""

from __future__ import annotations

import sys


def note(message: str) -> None:
    """Write one line for people to stderr."""
    print(f"s2s: {message}", file=sys.stderr, flush=True)


def warn(message: str) -> None:
    """Write one warning to stderr."""
    note(f"warning: {message}")
