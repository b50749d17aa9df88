"""Pairs that somebody has: a TSV, two aligned files, a CSV, or the book's fixed-width files."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seq2seq_cli.data.dataset import PARTS, Dataset, Pair, check_share, describe, held_out, read_pairs, split
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.lines import Problems, normalise, read_lines
from seq2seq_cli.text.vocabulary import BLANK

BOOK_SEED = 1984

Level = Literal["char", "word"]


@dataclass(frozen=True)
class PairsOptions:
    """How files of pairs become a dataset.

    `valid` and `test` below 1 are shares of all rows; from 1 on they are counts.

    Raises:
        UsageError: a value, or a combination, can't be used.
    """

    valid: float = 0.1
    test: float = 0.1
    split: Literal["random", "book"] = "random"
    separator: str | None = None
    columns: tuple[str, str] | None = None
    """Names of two columns of a CSV file with a header."""
    ignore_case: bool = False
    """Rows whose sources differ in case alone stay in one part."""
    source_level: Level = "char"
    target_level: Level = "char"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("valid", "test"):
            check_share(name, getattr(self, name))
        if self.separator is not None and len(self.separator) != 1:
            raise UsageError(f"--separator must be one character, not {self.separator!r}")


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
        return list(_aligned(paths[0], paths[1], problems)), {}
    (path,) = paths
    if options.columns is not None:
        return list(_csv(path, options.columns, problems)), {}
    if options.separator is not None:
        return _fixed_width(path, options.separator, problems)
    return read_pairs(path, problems), {}


def _usable(source: str, target: str, path: Path, line: int, problems: Problems) -> Iterator[Pair]:
    if not source.strip() or not target.strip():
        problems.add(path, line, "the source or the target is empty")
    elif any(character in text for text in (source, target) for character in "\t\n\r"):
        problems.add(path, line, "a tab or a line break stands inside a text")
    else:
        yield source, target


def _aligned(source_path: Path, target_path: Path, problems: Problems) -> Iterator[Pair]:
    # Lines that are not UTF-8 are missing from their side, so the sides are joined by line number.
    sources = dict(read_lines(source_path, problems))
    targets = dict(read_lines(target_path, problems))
    if max(sources, default=0) != max(targets, default=0):
        raise DataError(
            f"{source_path} has {max(sources, default=0):,} lines and {target_path} {max(targets, default=0):,}; "
            "aligned files have the same number"
        )
    for number in sources:
        if number in targets:
            yield from _usable(sources[number], targets[number], source_path, number, problems)


def _fixed_width(path: Path, separator: str, problems: Problems) -> tuple[list[Pair], dict[str, Any]]:
    """Read ``question   _answer  `` lines; blanks that fill them are dropped, the widths are recorded."""
    pairs: list[Pair] = []
    widths = {"source": 0, "target": 0}
    for number, line in read_lines(path, problems):
        source, found, target = line.partition(separator)
        if not found:
            problems.add(path, number, f"no separator {separator!r}")
            continue
        for pair in _usable(source.rstrip(BLANK), target.rstrip(BLANK), path, number, problems):
            widths = {
                "source": max(widths["source"], len(source)),
                "target": max(widths["target"], len(target)),
            }
            pairs.append(pair)
    return pairs, {"fixed_width": widths}


def _csv(path: Path, columns: tuple[str, str], problems: Problems) -> Iterator[Pair]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                there = ", ".join(reader.fieldnames or ()) or "nothing"
                raise DataError(f"{path}:1: there is no column {missing[0]!r}; the header has {there}")
            for row in reader:
                source, target = (normalise(row[name] or "") for name in columns)
                yield from _usable(source, target, path, reader.line_num, problems)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: it is not a CSV file in UTF-8 ({error})") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def make_dataset(pairs: Sequence[Pair], options: PairsOptions, notes: Mapping[str, Any]) -> tuple[Dataset, list[str]]:
    """Split pairs into parts.

    Returns:
        The dataset, and warnings for people.

    Raises:
        DataError: there are no pairs, or too few for the parts asked for.
    """
    if not pairs:
        raise DataError("there is not one usable pair in the input")
    warnings: list[str] = []
    if options.split == "book":
        parts = _book_split(pairs)
        known = {source for source, _ in parts["train"]}
        repeats = sum(source in known for source, _ in parts["test"])
        if repeats:
            warnings.append(
                f"{repeats:,} of {len(parts['test']):,} test sources stand in train too, as in the book: "
                "a score on them is partly recall"
            )
    else:
        counts = held_out(len(pairs), {"valid": options.valid, "test": options.test}, "pairs")
        draw = random.Random(options.seed)
        key = str.casefold if options.ignore_case else str
        parts = split(pairs, {"train": 0, **counts}, key=key, shuffle=draw.shuffle)
        for part in parts.values():
            draw.shuffle(part)
        if not parts["train"]:
            raise DataError("nothing is left for train, since all rows of a source stay in one part")
    return _described(parts, options, notes), warnings


def join_parts(parts: Mapping[str, Sequence[Pair]], options: PairsOptions) -> tuple[Dataset, list[str]]:
    """Make a dataset of parts that somebody has split already; sources that differ in case differ.

    Returns:
        The dataset, and warnings: a source that stands in two parts is left out of the later one.
    """
    known: dict[str, str] = {}
    kept: dict[str, list[Pair]] = {}
    warnings: list[str] = []
    for name in reversed([part for part in PARTS if part in parts]):  # test keeps its rows, train loses them
        kept[name] = [pair for pair in parts[name] if known.get(pair[0], name) == name]
        lost = len(parts[name]) - len(kept[name])
        if lost:
            warnings.append(f"{lost:,} rows of {name} have a source that stands in a later part, and were left out")
        known.update(dict.fromkeys((source for source, _ in kept[name]), name))
    if not kept.get("train"):
        raise DataError("nothing is left for train")
    return _described({name: kept[name] for name in PARTS if name in kept}, options, {}), warnings


def _described(parts: Mapping[str, Sequence[Pair]], options: PairsOptions, notes: Mapping[str, Any]) -> Dataset:
    recorded = {name: getattr(options, name) for name in ("split", "valid", "test", "ignore_case", "seed")}
    levels = (options.source_level, options.target_level)
    return describe("pairs", parts, recorded, levels=levels, notes={"seed": options.seed, **notes})


def _book_split(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Repeat the book's split: its shuffle of all rows with its seed, the last tenth being test."""
    import numpy as np

    order = np.arange(len(pairs))
    np.random.RandomState(BOOK_SEED).shuffle(order)
    at = len(pairs) - len(pairs) // 10
    rows = [pairs[i] for i in order.tolist()]
    return {"train": rows[:at], "test": rows[at:]}
