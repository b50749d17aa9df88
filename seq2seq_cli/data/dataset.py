"""Datasets: folders of plain UTF-8 text that Unix tools can read, and what made them.

A folder holds ``train.tsv valid.tsv test.tsv`` (``source<TAB>target``, one example a line; a part may
be absent) and ``dataset.json``. A source is never in two parts.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from seq2seq_cli._version import __version__
from seq2seq_cli.errors import DataError, S2SError, UsageError
from seq2seq_cli.files.atomic import sync_folder
from seq2seq_cli.text.lines import Problems, read_lines

Pair = tuple[str, str]

PARTS = ("train", "valid", "test")
DESCRIPTION = "dataset.json"


@dataclass(frozen=True)
class Dataset:
    """Pairs in parts, and a description of builtins: kind, levels, options, counts, versions, hashes."""

    parts: Mapping[str, Sequence[Pair]]
    description: dict[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> Sequence[Pair]:
        """Return a part.

        Raises:
            DataError: there is no such part, or it is empty.
        """
        return part_of(self.parts, name)


Part = TypeVar("Part", bound=Sized)


def part_of(parts: Mapping[str, Part], name: str) -> Part:
    """Return one of a dataset's parts.

    Raises:
        DataError: there is no such part, or it is empty.
    """
    if not parts.get(name):
        there = ", ".join(part for part, content in parts.items() if content) or "none"
        raise DataError(f"this dataset has no part {name!r}; it has {there}")
    return parts[name]


def held_out(total: int, shares: Mapping[str, float], unit: str) -> dict[str, int]:
    """Return how many rows or lines the held-out parts get.

    Args:
        total: how many there are in all.
        shares: for each held-out part a share below 1 or a count.
        unit: what is counted, for messages.

    Raises:
        UsageError: a number is neither.
        DataError: nothing is left to train on.
    """
    for name, value in shares.items():
        check_share(name, value)
    counts = {name: round(value * total) if value < 1 else int(value) for name, value in shares.items()}
    if sum(counts.values()) >= total:
        raise DataError(f"{total:,} {unit} are too few for {sum(counts.values()):,} in {' and '.join(counts)}")
    return counts


def check_share(name: str, value: float) -> None:
    """Raise UsageError unless an option's value is a share below 1 or a count."""
    if value < 0 or (value > 1 and value != int(value)):
        raise UsageError(f"--{name} must be a share below 1 or a count, not {value}")


def describe(
    kind: str,
    parts: Mapping[str, Sequence[Pair]],
    options: Mapping[str, Any],
    *,
    levels: tuple[str, str] = ("char", "char"),
    versions: Mapping[str, str] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Dataset:
    """Make a dataset with its description.

    Args:
        kind: which generator or reader made it.
        parts: its pairs.
        options: how, the seed included; for a generator enough to make it again.
        levels: default levels of source and target.
        versions: of libraries that the text depends on, besides s2s.
        notes: more to record (rules, widths).
    """
    description = {
        "kind": kind,
        "levels": {"source": levels[0], "target": levels[1]},
        "options": dict(options),
        "counts": {name: len(pairs) for name, pairs in parts.items()},
        "versions": {"s2s": __version__, **(versions or {})},
        **(notes or {}),
        "sha256": {name: hashlib.sha256(as_tsv(pairs)).hexdigest() for name, pairs in parts.items()},
    }
    return Dataset(parts, description)


def as_tsv(pairs: Sequence[Pair]) -> bytes:
    """Return a part as the bytes of its file."""
    return "".join(f"{source}\t{target}\n" for source, target in pairs).encode("utf-8")


def write_dataset(folder: Path, dataset: Dataset, *, force: bool = False) -> None:
    """Write a dataset of pairs as a folder; errors as `write_folder`."""
    files = {f"{name}.tsv": as_tsv(pairs) for name, pairs in dataset.parts.items()}
    write_folder(folder, files, dataset.description, force=force)


def write_folder(folder: Path, files: Mapping[str, bytes], description: Mapping[str, Any], *, force: bool) -> None:
    """Write a dataset's folder, whole or not at all.

    Raises:
        S2SError: the folder exists and `force` is not given, or it is no dataset and stays untouched.
    """
    if folder.exists():
        if not force:
            raise S2SError(f"{folder} exists: give another -o, or --force to replace it")
        known = {DESCRIPTION, *(f"{part}{suffix}" for part in PARTS for suffix in (".tsv", ".txt"))}
        strangers = {entry.name for entry in folder.iterdir()} - known
        if strangers:
            raise S2SError(f"{folder} holds more than a dataset ({min(strangers)}), so it is not replaced")
    folder.parent.mkdir(parents=True, exist_ok=True)
    suffix = secrets.token_hex(4)
    temporary, old = (folder.with_name(f".{folder.name}.{suffix}.{use}") for use in ("tmp", "old"))
    try:
        temporary.mkdir()
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        text = json.dumps(description, indent=2, ensure_ascii=False)
        (temporary / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(old)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and folder.exists():
            shutil.rmtree(old)
        elif old.exists():
            old.rename(folder)
    sync_folder(folder.parent)


def read_pairs(path: Path, problems: Problems) -> list[Pair]:
    """Read a file of ``source<TAB>target`` lines; others are recorded as problems.

    Raises:
        DataError: the file can't be read, or a line can't be used and `problems` is strict.
    """
    pairs = []
    for number, line in read_lines(path, problems):
        columns = line.split("\t")
        if len(columns) != 2:
            problems.add(path, number, f"{len(columns)} columns; a line is source, tab, target")
        elif not columns[0].strip() or not columns[1].strip():
            problems.add(path, number, "the source or the target is empty")
        else:
            pairs.append((columns[0], columns[1]))
    return pairs


def read_dataset(place: Path, *, strict: bool = False) -> tuple[Dataset, list[str]]:
    """Read a dataset's folder, or one file of pairs as the only part ``test``.

    Returns:
        The dataset, and warnings for people: lines that were left out, parts edited since they were made.

    Raises:
        DataError: there is nothing to read, or a line can't be used and `strict` is given.
    """
    problems = Problems(strict)
    if place.is_file():
        pairs = read_pairs(place, problems)
        if not pairs:
            raise DataError(f"{place}: not one line is source, tab, target")
        return describe("file", {"test": pairs}, {}), problems.summary()
    files = {part: place / f"{part}.tsv" for part in PARTS if (place / f"{part}.tsv").is_file()}
    if not files:
        hint = f"s2s prep {place.name} -o {place}" if place.name in ("addition", "dates", "numbers") else "s2s prep"
        raise DataError(f"there is no dataset in {place}: make one with `{hint}` (see `s2s prep --help`)")
    parts = {part: read_pairs(path, problems) for part, path in files.items()}
    description, edited = described_by(place, files, describe("folder", parts, {}).description)
    return Dataset(parts, description), [*problems.summary(), *edited]


def described_by(place: Path, files: Mapping[str, Path], found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Join what a folder's description says with what was found in its files, which is what a model records.

    Returns:
        The description, and a warning for each file that was edited since it was made.

    Raises:
        DataError: the description can't be used.
    """
    if not (place / DESCRIPTION).is_file():
        return found, []
    description = read_description(place / DESCRIPTION)
    recorded = description.get("sha256", {})
    edited = [
        f"{path} was edited since {DESCRIPTION} was written"
        for part, path in files.items()
        if recorded.get(part) != found["sha256"][part]
    ]
    return {**description, "counts": found["counts"], "sha256": found["sha256"]}, edited


def read_description(path: Path) -> dict[str, Any]:
    """Read a dataset's description.

    Raises:
        DataError: it is not JSON, or does not say how text is cut by default.
    """
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: it is not JSON ({error}); make the dataset again, or remove the file") from None
    levels = description.get("levels") if isinstance(description, dict) else None
    if not isinstance(levels, dict) or not levels or set(levels.values()) - {"char", "word"}:
        raise DataError(f"{path}: it does not name the levels of its sides (char or word)")
    assert isinstance(description, dict)
    return description


def split(
    pairs: Sequence[Pair], shares: Mapping[str, int], key: Callable[[str], str], shuffle: Callable[[list[str]], None]
) -> dict[str, list[Pair]]:
    """Split pairs so that all rows of a source, and of sources with the same key, are in one part.

    Args:
        pairs: all pairs.
        shares: for each part but the first, how many rows it should have; the first gets the others.
        key: what makes two sources the same.
        shuffle: puts the keys into a random order, in place.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair[0]), []).append(pair)
    keys = list(groups)
    shuffle(keys)
    first, *others = shares
    parts: dict[str, list[Pair]] = {name: [] for name in shares}
    waiting = iter(keys)
    for name in reversed(others):
        while len(parts[name]) < shares[name] and (chosen := next(waiting, None)) is not None:
            parts[name] += groups[chosen]
    for chosen in waiting:
        parts[first] += groups[chosen]
    return parts
