"""Datasets of pairs: files to be split, or parts already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seq2seq_cli.config import Checked, Level, option
from seq2seq_cli.config.fields import among
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.lines import Problems, plural
from seq2seq_cli.data.prepare.splitting import FORMAT, SPLITTING, join_parts, split_rows
from seq2seq_cli.data.readers.aligned import read_aligned
from seq2seq_cli.data.readers.columns import column_numbers, two_columns
from seq2seq_cli.data.readers.csv_file import read_csv
from seq2seq_cli.data.readers.fixed_width import read_fixed_width
from seq2seq_cli.data.readers.forms import other_form
from seq2seq_cli.data.readers.tsv import read_tsv
from seq2seq_cli.data.split import book_split, check_share
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.types import Pair

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
    csv: str | None = option(
        None,
        "Two columns of a CSV file: their names in its first line or, where it has no header, numbers, as 1,2",
        group=FORMAT,
        unit="source,target",
        otherwise="no such file",
    )
    columns: str | None = option(
        None,
        "Take two columns of a TSV that has more, counted from 1, as 1,2",
        group=FORMAT,
        unit="source,target",
        otherwise="a TSV has two",
    )
    source_level: Level = option("char", "How sources are cut by default", group=FORMAT)
    target_level: Level = option("char", "How targets are cut by default", group=FORMAT)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("valid", "test"):
            check_share(name, getattr(self, name))
        if self.separator is not None and len(self.separator) != 1:
            raise UsageError(f"`separator` must be one character, not {self.separator!r}")
        forms = [name for name in ("csv", "columns", "separator") if getattr(self, name) is not None]
        if len(forms) > 1:
            raise UsageError(f"`{forms[0]}` and `{forms[1]}` are of two forms of files: give one of them")
        self.csv_columns, self.tsv_columns  # noqa: B018  # which are checked here

    @property
    def csv_columns(self) -> tuple[str, str] | None:
        """The columns of a CSV file."""
        return None if self.csv is None else two_columns("csv", self.csv, "Q,A")

    @property
    def tsv_columns(self) -> tuple[int, int] | None:
        """The columns of a TSV, from 1."""
        if self.columns is None:
            return None
        numbers = column_numbers(two_columns("columns", self.columns, "1,2"))
        if numbers is None:
            raise UsageError(f"`columns` takes two numbers from 1 on, like 1,2, not {self.columns!r}")
        return numbers


def read_files(paths: Sequence[Path], options: PairsOptions, problems: Problems) -> tuple[list[Pair], dict[str, Any]]:
    """Read one file of pairs or two aligned files.

    Returns:
        The pairs, and what else is worth recording (the widths of a fixed-width file).

    Raises:
        DataError: a file can't be read, or two files differ in length.
        UsageError: there are more than two files, or an option has no effect on two.
    """
    if len(paths) > 2:
        raise UsageError(f"prep pairs takes one file, or two aligned ones, not {len(paths)}")
    if len(paths) == 2:
        for name in ("csv", "columns", "separator"):
            if getattr(options, name) is not None:
                raise UsageError(f"`{name}` has no effect on two aligned files; leave it out")
        return list(read_aligned(paths[0], paths[1], problems)), {}
    (path,) = paths
    if options.csv_columns is not None:
        return list(read_csv(path, options.csv_columns, problems)), {}
    if options.separator is not None:
        pairs, widths = read_fixed_width(path, options.separator, problems)
        return pairs, {"fixed_width": widths}
    pairs = read_tsv(path, problems, options.tsv_columns)
    if not pairs and problems.count and options.columns is None and (hint := other_form(path)):
        raise DataError(f"{path}: not one line is source, tab, target; {hint}")
    return pairs, {}


def read_parts(
    parts: Mapping[str, Sequence[Path]], options: PairsOptions, problems: Problems
) -> tuple[dict[str, list[Pair]], dict[str, Any]]:
    """Read the one or two files of each part; see `read_files`, whose notes hold for all of them."""
    tables: dict[str, list[Pair]] = {}
    widths: dict[str, int] = {}
    for part, paths in parts.items():
        tables[part], notes = read_files(paths, options, problems)
        for side, width in notes.get("fixed_width", {}).items():
            widths[side] = max(width, widths.get(side, 0))
    return tables, {"fixed_width": widths} if widths else {}


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
    warnings = _blanks(pairs)
    if options.split == "book" and pairs:
        parts = book_split(pairs)
        return _described(parts, options, notes), [*warnings, *_repeats(parts)]
    key = str.casefold if options.ignore_case else str
    return _described(split_rows(pairs, options.valid, options.test, options.seed, key), options, notes), warnings


def _blanks(pairs: Iterable[Pair]) -> list[str]:
    around = sum(source != source.strip() or target != target.strip() for source, target in pairs)
    if not around:
        return []
    have = "has" if around == 1 else "have"
    return [
        f"{plural(around, 'row')} {have} blanks around a side: they are kept, and cutting into words alone drops them"
    ]


def _repeats(parts: Mapping[str, Sequence[Pair]]) -> list[str]:
    known = {source for source, _ in parts["train"]}
    repeats = sum(source in known for source, _ in parts["test"])
    if not repeats:
        return []
    return [
        f"{repeats:,} of {len(parts['test']):,} test sources stand in train too, as in the book: "
        "a score on them is partly recall"
    ]


def join_pairs(
    parts: Mapping[str, Sequence[Pair]], options: PairsOptions, notes: Mapping[str, Any]
) -> tuple[PairsDataset, list[str]]:
    """Make a dataset of parts that somebody has split already; sources that differ in case differ.

    Args:
        parts: the rows of each.
        options: how they are described.
        notes: what `read_parts` found worth recording.

    Returns:
        The dataset, and warnings: a source that stands in two parts is left out of the earlier one.

    Raises:
        DataError: there is no part to train on, or nothing is left of it.
    """
    kept, warnings = join_parts(parts)
    return _described(kept, options, notes), [*warnings, *_blanks(pair for part in kept.values() for pair in part)]


def _described(parts: Mapping[str, Sequence[Pair]], options: PairsOptions, notes: Mapping[str, Any]) -> PairsDataset:
    recorded = {name: getattr(options, name) for name in ("split", "valid", "test", "ignore_case", "seed")}
    levels: dict[str, Level] = {"source": options.source_level, "target": options.target_level}
    return describe(PAIRS_FORMAT, "pairs", parts, recorded, levels=levels, notes={"seed": options.seed, **notes})
