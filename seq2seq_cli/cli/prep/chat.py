"""`s2s prep chat`: dialogues, or questions with their replies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import takes_fields
from seq2seq_cli.cli.prep.shared import (
    Force,
    OutputFolder,
    check_one_source,
    claim,
    note,
    options_among,
    refuse,
    write,
)
from seq2seq_cli.config import options_from
from seq2seq_cli.config.preparation import PartFiles
from seq2seq_cli.data.prepare.chat import ChatPrepOptions
from seq2seq_cli.data.prepare.splitting import SPLIT_OPTIONS


@takes_fields(ChatPrepOptions, PartFiles)
def chat(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="A CSV or TSV of questions and replies, or dialogues."),
    ] = None,
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """Chats to learn from. A question, however it is written, is in one part, and so is a dialogue.

    Example: s2s prep chat ChatbotData.csv --csv Q,A -o data/chat

    A file of dialogues has a turn a line, and a blank line between dialogues. Speakers (A: …) are left out.
    """
    from seq2seq_cli.data.lines import Problems, pipes_held
    from seq2seq_cli.data.prepare.chat import join_chats, read_chats, split_chats

    files = options_from(PartFiles, options_among(PartFiles, given))
    options = options_from(ChatPrepOptions, options_among(ChatPrepOptions, given))
    check_one_source(inputs, files.files)
    place = claim(output or Path("data") / "chat", force)
    problems = Problems(files.strict)
    with pipes_held(inputs or files.files.values()):
        if inputs:
            dialogues, notes = read_chats(inputs, options, problems)
        else:
            refuse(given, SPLIT_OPTIONS)
            read = {part: read_chats([path], options, problems) for part, path in files.files.items()}
            notes = [line for _, lines in read.values() for line in lines]
    note(notes, ChatPrepOptions)
    console.warn(*problems.summary())
    if inputs:
        dataset, warnings = split_chats(dialogues, options)
    else:
        dataset, warnings = join_chats({part: found for part, (found, _) in read.items()}, options)
    write(dataset, place, warnings)
