"""`s2s prep`: make dataset folders, a file a kind of preparation."""

from __future__ import annotations

from typing import Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.app import CONTEXT, Command, Group
from seq2seq_cli.cli.prep.captions import captions
from seq2seq_cli.cli.prep.chat import chat
from seq2seq_cli.cli.prep.lexicon import lexicon
from seq2seq_cli.cli.prep.made import addition, dates, numbers, shapes
from seq2seq_cli.cli.prep.pairs import pairs
from seq2seq_cli.cli.prep.texts import text


class _Prep(Command):
    """Says what takes so long: large files, pictures that are drawn."""

    def invoke(self, ctx: Any) -> Any:
        with console.busy("making the dataset"):
            return super().invoke(ctx)


app = typer.Typer(
    cls=Group,
    name="prep",
    help="Make a dataset folder of plain text that Unix tools can read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=CONTEXT,
)
for _command in (addition, dates, numbers, shapes, pairs, lexicon, chat, captions, text):
    app.command(cls=_Prep, context_settings=CONTEXT)(_command)
