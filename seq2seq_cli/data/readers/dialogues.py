"""Dialogues as people write them down: a turn a line, a blank line between dialogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.text.turns import clean_turn

_SPEAKER = re.compile(r"(?P<name>[^\s:\uff1a][^:\uff1a]{0,19})[:\uff1a]\s+(?P<text>\S.*)")
"""``A: how are you?``: a name of up to twenty characters, a colon, a blank."""


def read_dialogues(path: Path, problems: Problems) -> Iterator[list[str]]:
    """Yield the turns of each dialogue.

    Where every line of a dialogue begins with a speaker (``A: …``), that mark is left out, and lines that one
    speaker says in a row are one turn.

    Raises:
        DataError: the file can't be read, or a line can't be used and `problems` is strict.
    """
    lines: list[tuple[int, str]] = []
    for number, line in read_lines(path, problems):
        if turn := clean_turn(line):
            lines.append((number, turn))
        elif lines:
            yield from _dialogue(lines, path, problems)
            lines = []
    if lines:
        yield from _dialogue(lines, path, problems)


def _dialogue(lines: list[tuple[int, str]], path: Path, problems: Problems) -> Iterator[list[str]]:
    """Yield the turns that some lines are, or record why they are none."""
    turns = _turns([line for _, line in lines])
    if len(turns) < 2:
        problems.add(path, lines[0][0], "a dialogue of one turn: nobody replies")
    else:
        yield turns


def _turns(lines: list[str]) -> list[str]:
    turns: list[str] = []
    last = None
    for match in map(_SPEAKER.fullmatch, lines):
        if match is None:
            return lines
        if match["name"] == last:
            turns[-1] += f" {match['text']}"
        else:
            turns.append(match["text"])
        last = match["name"]
    return turns
