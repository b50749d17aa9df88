"""Datasets of what somebody has: files of pairs or of text, to be split or split already."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seq2seq_cli.config import Checked, Level, option
from seq2seq_cli.config.fields import among
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT, PairsDataset, TextDataset
from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.data.readers.aligned import read_aligned
from seq2seq_cli.data.readers.csv_file import read_csv
from seq2seq_cli.data.readers.fixed_width import read_fixed_width
from seq2seq_cli.data.readers.text_files import read_text
from seq2seq_cli.data.readers.tsv import read_tsv
from seq2seq_cli.data.split import book_split, check_share, held_out, split_by_key, split_lines
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.tokens import UNKNOWN
from seq2seq_cli.types import Pair

NO_TRAIN_PART = "there is no part to train on: give `train_file` too"

SPLITTING, FORMAT = "Splitting", "What the files hold"
_RANDOM = (among("split", "random"),)


@dataclass(frozen=True)
class PairsOptions(Checked):
    """How files of pairs become a dataset.

    `valid` and `test` below 1 are shares of all rows; from 1 on they are counts.

    Raises:
        UsageError: a value, or a combination, can't be used.
    """

    valid: float = option(0.1, "Share (below 1) or count of the rows for valid", group=SPLITTING, low=0, needs=_RANDOM)
    test: float = option(0.1, "Share (below 1) or count of the rows for test", group=SPLITTING, low=0, needs=_RANDOM)
    split: Literal["random", "book"] = option(
        "random", "At random, or as the book splits its files, with no valid part", group=SPLITTING
    )
    ignore_case: bool = option(
        False, "Rows whose sources differ in case alone stay in one part", group=SPLITTING, needs=_RANDOM
    )
    seed: int = option(0, "The same seed gives the same parts", group=SPLITTING, low=0, high=2**63 - 1, needs=_RANDOM)
    separator: str | None = option(
        None,
        "What stands between source and target in a file of fixed widths, as _ in the book's",
        group=FORMAT,
        otherwise="no such file",
    )
    columns: tuple[str, str] | None = option(None)
    """Names of two columns of a CSV file with a header."""
    source_level: Level = option("char", "How sources are cut by default", group=FORMAT)
    target_level: Level = option("char", "How targets are cut by default", group=FORMAT)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("valid", "test"):
            check_share(f"`{name}`", getattr(self, name))
        if self.separator is not None and len(self.separator) != 1:
            raise UsageError(f"`separator` must be one character, not {self.separator!r}")


def read_files(paths: Sequence[Path], options: PairsOptions, problems: Problems) -> tuple[list[Pair], dict[str, Any]]:
    """Read one file of pairs or two aligned files.

    Returns:
        The pairs, and what else is worth recording (the widths of a fixed-width file).

    Raises:
        DataError: a file can't be read, or two files differ in length.
        UsageError: there are more than two files.
    """
    if len(paths) > 2:
        raise UsageError(f"prep pairs takes one file, or two aligned ones, not {len(paths)}")
    if len(paths) == 2:
        return list(read_aligned(paths[0], paths[1], problems)), {}
    (path,) = paths
    if options.columns is not None:
        return list(read_csv(path, options.columns, problems)), {}
    if options.separator is not None:
        pairs, widths = read_fixed_width(path, options.separator, problems)
        return pairs, {"fixed_width": widths}
    return read_tsv(path, problems), {}


def split_pairs(
    pairs: Sequence[Pair], options: PairsOptions, notes: Mapping[str, Any]
) -> tuple[PairsDataset, list[str]]:
    """Split pairs into parts.

    Args:
        pairs: all pairs.
        options: how.
        notes: what `read_files` found worth recording.

    Returns:
        The dataset, and warnings for people.

    Raises:
        DataError: there are no pairs, or too few for the parts asked for.
    """
    if not pairs:
        raise DataError("there is not one usable pair in the input")
    if options.split == "book":
        parts = book_split(pairs)
        return _described(parts, options, notes), _repeats(parts)
    counts = held_out(len(pairs), {"valid": options.valid, "test": options.test}, "pairs")
    draw = random.Random(options.seed)
    key = str.casefold if options.ignore_case else str
    parts = split_by_key(pairs, {"train": 0, **counts}, key=key, shuffle=draw.shuffle)
    for part in parts.values():
        draw.shuffle(part)
    if not parts["train"]:
        raise DataError("nothing is left for train, since all rows of a source stay in one part")
    return _described(parts, options, notes), []


def _repeats(parts: Mapping[str, Sequence[Pair]]) -> list[str]:
    known = {source for source, _ in parts["train"]}
    repeats = sum(source in known for source, _ in parts["test"])
    if not repeats:
        return []
    return [
        f"{repeats:,} of {len(parts['test']):,} test sources stand in train too, as in the book: "
        "a score on them is partly recall"
    ]


def join_pairs(parts: Mapping[str, Sequence[Pair]], options: PairsOptions) -> tuple[PairsDataset, list[str]]:
    """Make a dataset of parts that somebody has split already; sources that differ in case differ.

    Returns:
        The dataset, and warnings: a source that stands in two parts is left out of the earlier one.

    Raises:
        DataError: there is no part to train on, or nothing is left of it.
    """
    if "train" not in parts:
        raise DataError(NO_TRAIN_PART)
    known: dict[str, str] = {}
    kept: dict[str, list[Pair]] = {}
    warnings: list[str] = []
    for name in reversed([part for part in PARTS if part in parts]):  # test keeps its rows, train loses them
        kept[name] = [pair for pair in parts[name] if known.get(pair[0], name) == name]
        lost = len(parts[name]) - len(kept[name])
        if lost:
            warnings.append(f"{lost:,} rows of {name} have a source that stands in a later part, and were left out")
        known.update(dict.fromkeys((source for source, _ in kept[name]), name))
    if not kept["train"]:
        raise DataError("nothing is left for train")
    return _described({name: kept[name] for name in PARTS if name in kept}, options, {}), warnings


def _described(parts: Mapping[str, Sequence[Pair]], options: PairsOptions, notes: Mapping[str, Any]) -> PairsDataset:
    recorded = {name: getattr(options, name) for name in ("split", "valid", "test", "ignore_case", "seed")}
    levels: dict[str, Level] = {"source": options.source_level, "target": options.target_level}
    return describe(PAIRS_FORMAT, "pairs", parts, recorded, levels=levels, notes={"seed": options.seed, **notes})


# --- texts ------------------------------------------------------------------------------------------------


def join_texts(files: Mapping[str, Path], problems: Problems, *, level: Level | None) -> TextDataset:
    """Make a text dataset of parts that somebody has made; they are kept as they are.

    Args:
        files: a text for each part.
        problems: where lines that can't be used are recorded.
        level: how it is cut by default; None is word in the Penn Treebank's form and char otherwise.

    Raises:
        DataError: a file can't be read, or there is nothing to train on.
    """
    if "train" not in files:
        raise DataError(NO_TRAIN_PART)
    parts = {name: read_text(path, problems) for name, path in files.items()}
    if not parts["train"]:
        raise DataError(f"{files['train']}: there is no text to train on")
    return _described_text(parts, level, {"parts": sorted(files)})


def split_texts(
    files: Sequence[Path], problems: Problems, *, valid: float, test: float, level: Level | None
) -> TextDataset:
    """Make a text dataset of files in order, cut into parts; errors as `join_texts` and `split_lines`.

    Args:
        files: texts.
        problems: where lines that can't be used are recorded.
        valid: share or count of lines, see `split_lines`.
        test: likewise.
        level: how it is cut by default; None is word in the Penn Treebank's form and char otherwise.
    """
    lines = [line for file in files for _, line in read_lines(file, problems)]
    if not lines:
        raise DataError(f"{', '.join(map(str, files))}: there is no text to learn from")
    return _described_text(split_lines(lines, valid, test), level, {"valid": valid, "test": test})


def is_penn_treebank(text: str) -> bool:
    """Tell whether a text has the Penn Treebank's form: words between blanks, rare ones written ``<unk>``."""
    return f" {UNKNOWN} " in text


def _described_text(parts: Mapping[str, str], level: Level | None, options: Mapping[str, Any]) -> TextDataset:
    form = "ptb" if is_penn_treebank(parts["train"]) else "plain"
    chosen: Level = level or ("word" if form == "ptb" else "char")
    return describe(TEXT_FORMAT, "text", parts, options, levels={"text": chosen}, notes={"form": form})
