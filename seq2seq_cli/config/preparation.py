"""Options of making datasets of what somebody has: parts that are there already, texts, how strict to be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seq2seq_cli.config.data import Level
from seq2seq_cli.config.fields import Checked, absent, option
from seq2seq_cli.errors import UsageError

PARTS, TEXTS = "Parts that are there already", "Texts"
_SPLIT = (absent("builtin"),)
LINES_HELD_OUT = 0.05
"""Share of a text's lines in each of valid and test, unless told otherwise."""


@dataclass(frozen=True)
class PartFiles(Checked):
    """Files that are the parts already, and what to do about lines that can't be used."""

    train_file: Path | None = option(None, "The train part", group=PARTS)
    valid_file: Path | None = option(None, "The valid part", group=PARTS)
    test_file: Path | None = option(None, "The test part", group=PARTS)
    strict: bool = option(False, "Stop at the first line that can't be used", group="Options")

    @property
    def files(self) -> dict[str, Path]:
        """The files that are given, by their parts."""
        files = {"train": self.train_file, "valid": self.valid_file, "test": self.test_file}
        return {part: path for part, path in files.items() if path is not None}


@dataclass(frozen=True)
class AlignedFiles(Checked):
    """Two files for each part, a source in a line of the one and its target in the same line of the other."""

    train_files: tuple[Path, Path] | None = option(
        None, "The train part in two aligned files, of sources and of targets", group=PARTS
    )
    valid_files: tuple[Path, Path] | None = option(None, "The valid part, likewise", group=PARTS)
    test_files: tuple[Path, Path] | None = option(None, "The test part, likewise", group=PARTS)

    @property
    def files(self) -> dict[str, tuple[Path, Path]]:
        """The files that are given, by their parts."""
        files = {"train": self.train_files, "valid": self.valid_files, "test": self.test_files}
        return {part: pair for part, pair in files.items() if pair is not None}


def files_of_parts(single: PartFiles, aligned: AlignedFiles) -> dict[str, tuple[Path, ...]]:
    """Return the one or two files of each part.

    Raises:
        UsageError: a part is given in one file and in two.
    """
    for part in single.files:
        if part in aligned.files:
            raise UsageError(f"`{part}_file` and `{part}_files` are the same part: give one of them")
    return {**{part: (path,) for part, path in single.files.items()}, **aligned.files}


@dataclass(frozen=True)
class TextPrepOptions(Checked):
    """How texts become a dataset. `valid` and `test` below 1 are shares of all lines; from 1 on they are counts."""

    level: Level | None = option(
        None,
        "How the text is cut by default",
        group=TEXTS,
        otherwise="word in the Penn Treebank's form, else char",
    )
    valid: float = option(
        LINES_HELD_OUT,
        "Share (below 1) or count of the lines for valid",
        group=TEXTS,
        low=0,
        needs=_SPLIT,
    )
    test: float = option(
        LINES_HELD_OUT, "Share (below 1) or count of the lines for test", group=TEXTS, low=0, needs=_SPLIT
    )
    builtin: Literal["python"] | None = option(
        None, "A text that is here already: the English of Python's own library", group=TEXTS
    )
