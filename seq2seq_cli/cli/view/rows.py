"""Names and what is said of them, side by side on stderr: what a prompt shows when it is asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from seq2seq_cli.cli.view.notes import printable
from seq2seq_cli.cli.view.terminal import cells, columns, wrapped

WIDEST = 100


def show_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Write names, and beside them what is said of them, in a terminal's width."""
    shown = [(printable(name), printable(text).replace("\n", "\\n")) for name, text in rows]
    left = max(cells(name) for name, _ in shown) + 4
    width = min(WIDEST, columns(sys.stderr))
    for name, text in shown:
        first, *others = wrapped(text, width - left, "")
        print(f"  {name}{' ' * (left - 2 - cells(name))}{first}", file=sys.stderr)
        for line in others:
            print(" " * left + line, file=sys.stderr)
    sys.stderr.flush()
