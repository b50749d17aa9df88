"""Everything that s2s shows to a person: notes, warnings, tables, bars. Only results go to stdout.

What every command needs is here; what one draws alone (`progress`, `tables`, `reports`) it imports where it draws.
"""

from __future__ import annotations

from seq2seq_cli.cli.view.notes import error, hint, note, percent, printable, tell, warn, warnings_as_notes
from seq2seq_cli.cli.view.status import busy, set_quiet
from seq2seq_cli.cli.view.unfailing import Unfailing

__all__ = [
    "Unfailing",
    "busy",
    "error",
    "hint",
    "note",
    "percent",
    "printable",
    "set_quiet",
    "tell",
    "warn",
    "warnings_as_notes",
]
