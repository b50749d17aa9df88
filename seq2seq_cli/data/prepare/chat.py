"""Datasets of chats: dialogues, or rows of a question and its reply, as pairs of what was said and what follows."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.config import Level, option
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.lines import Problems, plural
from seq2seq_cli.data.prepare.splitting import FORMAT, SPLIT_OPTIONS, SplitOptions, join_parts
from seq2seq_cli.data.readers.columns import two_columns
from seq2seq_cli.data.readers.csv_file import first_columns, read_csv
from seq2seq_cli.data.readers.dialogues import read_dialogues
from seq2seq_cli.data.readers.forms import are_tabbed, beginning_of
from seq2seq_cli.data.readers.tsv import read_tsv
from seq2seq_cli.data.split import held_out, split_groups
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.turns import TURN_SEPARATOR, clean_turn, join_turns
from seq2seq_cli.types import Pair


@dataclass(frozen=True)
class ChatPrepOptions(SplitOptions):
    """How chats become a dataset.

    Raises:
        UsageError: a value can't be used.
    """

    context: int = option(
        1,
        "The last so many turns of a dialogue are the source; s2s chat then remembers as many",
        group=FORMAT,
        low=1,
        high=64,
        unit="turns",
    )
    csv: str | None = option(
        None,
        "Two columns of a CSV file: their names in its first line or, where it has no header, numbers, as 1,2",
        group=FORMAT,
        unit="question,reply",
        otherwise="the first two of a file named .csv",
    )
    source_level: Level = option("subword", "How questions are cut by default", group=FORMAT)
    target_level: Level = option("subword", "How replies are cut by default", group=FORMAT)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.csv_columns  # noqa: B018  # which are checked here

    @property
    def csv_columns(self) -> tuple[str, str] | None:
        """The columns of a CSV file."""
        return None if self.csv is None else two_columns("csv", self.csv, "Q,A")


def read_chats(
    paths: Sequence[Path], options: ChatPrepOptions, problems: Problems
) -> tuple[list[list[str]], list[str]]:
    """Read files of chats, each in its own form.

    A file is CSV by its name or where columns are named; it is rows of question, tab, reply where most lines have a
    tab; else it is dialogues.

    Returns:
        The turns of each dialogue, at least two, and lines for people: what a file was taken for.

    Raises:
        DataError: a file can't be read, has no such columns, or a line can't be used and `problems` is strict.
    """
    dialogues: list[list[str]] = []
    notes: list[str] = []
    for path in paths:
        if options.csv_columns is not None or path.suffix.lower() == ".csv":
            columns = options.csv_columns or first_columns(path)
            if options.csv_columns is None:
                notes.append(
                    f"{path}: questions are in column {columns[0]}, replies in {columns[1]} (`csv` names others)"
                )
            dialogues += map(list, read_csv(path, columns, problems))
        elif are_tabbed(beginning_of(path)):
            dialogues += map(list, read_tsv(path, problems))
        else:
            dialogues += read_dialogues(path, problems)
    cleaned = ([turn for turn in map(clean_turn, turns) if turn] for turns in dialogues)
    return [turns for turns in cleaned if len(turns) > 1], notes


def pairs_of(turns: Sequence[str], context: int) -> list[Pair]:
    """Return what is said in a dialogue, each turn with the last turns before it as its source."""
    return [(join_turns(turns[max(0, place - context) : place]), turns[place]) for place in range(1, len(turns))]


def question_key(source: str) -> str:
    """Return what makes two questions the same: letters, digits and their marks, whatever their case."""
    kept = "".join(symbol for symbol in source.casefold() if unicodedata.category(symbol)[0] in "LNM")
    return kept or source


def split_chats(dialogues: Sequence[Sequence[str]], options: ChatPrepOptions) -> tuple[PairsDataset, list[str]]:
    """Split chats: a dialogue is in one part, and so are all replies to a question, however it is written.

    Returns:
        The dataset, and warnings: a question that comes up in several longer dialogues stays in train, and is left
        out elsewhere.

    Raises:
        DataError: there are no dialogues, or too few for the parts asked for.
        UsageError: there are no dialogues that are long enough for `context`.
    """
    _check_context(dialogues, options)
    groups: dict[object, list[Pair]] = {}
    for number, turns in enumerate(dialogues):
        # An exchange goes where its question goes; a longer dialogue has several questions, and is one by itself.
        group = question_key(turns[0]) if len(turns) == 2 else number
        groups.setdefault(group, []).extend(pairs_of(turns, options.context))
    counts = held_out(sum(map(len, groups.values())), {"valid": options.valid, "test": options.test}, "rows")
    draw = random.Random(options.seed)
    parts = split_groups(list(groups.values()), {"train": 0, **counts}, shuffle=draw.shuffle)
    known: set[str] = set()
    warnings: list[str] = []
    for name in ("train", "test", "valid"):
        kept = [pair for pair in parts[name] if question_key(pair[0]) not in known]
        if lost := len(parts[name]) - len(kept):
            warnings.append(f"left {plural(lost, 'row')} of {name} out: the question stands in another part too")
        known |= {question_key(source) for source, _ in kept}
        draw.shuffle(kept)
        parts[name] = kept
    if not parts["train"]:
        raise DataError("nothing is left for train, since all replies to a question stay in one part")
    return _described(parts, options, split=True), warnings


def join_chats(
    parts: Mapping[str, Sequence[Sequence[str]]], options: ChatPrepOptions
) -> tuple[PairsDataset, list[str]]:
    """Make a dataset of parts that somebody has split; a question of two parts is left out of the earlier one.

    Returns:
        The dataset, and warnings: how many rows were left out.

    Raises:
        DataError: there is no part to train on, or nothing is left of it.
        UsageError: there are no dialogues that are long enough for `context`.
    """
    _check_context([turns for dialogues in parts.values() for turns in dialogues], options)
    rows = {
        part: [pair for turns in dialogues for pair in pairs_of(turns, options.context)]
        for part, dialogues in parts.items()
    }
    kept, warnings = join_parts(rows, question_key)
    return _described(kept, options, split=False), warnings


def _check_context(dialogues: Sequence[Sequence[str]], options: ChatPrepOptions) -> None:
    if not dialogues:
        raise DataError("there is not one usable dialogue in the input")
    if 1 < options.context >= max(map(len, dialogues)):
        longest = max(map(len, dialogues))
        raise UsageError(
            f"`context` {options.context} is more than any dialogue here offers: the longest has {longest} turns, "
            f"so give at most {longest - 1}"
        )


def _described(parts: Mapping[str, Sequence[Pair]], options: ChatPrepOptions, *, split: bool) -> PairsDataset:
    levels: dict[str, Level] = {"source": options.source_level, "target": options.target_level}
    recorded = {name: getattr(options, name) for name in ("context", *(SPLIT_OPTIONS if split else ()))}
    notes = {"context": options.context, "separator": TURN_SEPARATOR}
    return describe(PAIRS_FORMAT, "chat", parts, recorded, levels=levels, notes=notes)
