"""Datasets: folders of plain UTF-8 text that Unix tools can read, and what made them.

A folder holds one file a part, ``train valid test`` with the suffix of its format (a part may be absent),
and ``dataset.json``, which says how they were made. What is no text (the images of captions) stands in a
companion of the same name beside it. A format is a `PartFormat`: how a part is read and
written. Everything else here is the same for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from seq2seq_cli._version import __version__
from seq2seq_cli.config import Level
from seq2seq_cli.data.description import check_description, read_description
from seq2seq_cli.data.lines import Problems, is_held
from seq2seq_cli.errors import DataError, S2SError
from seq2seq_cli.files.atomic import write_synced
from seq2seq_cli.files.folders import FolderPlace, restore_aside
from seq2seq_cli.files.json_text import to_json
from seq2seq_cli.files.steady import read_steadily
from seq2seq_cli.kinds import KINDS

PARTS = ("train", "valid", "test")
DESCRIPTION = "dataset.json"

Part = TypeVar("Part", bound=Sized)


@dataclass(frozen=True)
class PartFormat(Generic[Part]):
    """How one part of a dataset stands in a file: the only thing that a kind of data adds."""

    name: str
    """Which kind of data it holds: ``pairs`` or ``text``."""
    suffix: str
    """Of a part's file: ``.tsv``."""
    unit: str
    """What `count` counts: ``rows`` or ``lines``."""
    levels: Mapping[str, Level]
    """For each side, how text is cut unless the dataset or the user says otherwise."""
    read: Callable[[Path, Problems], Part]
    """Reads a file; lines that can't be used are recorded as problems."""
    encode: Callable[[Part], bytes]
    """Returns the bytes of a part's file."""
    count: Callable[[Part], int]
    nothing: str
    """What is wrong with a file of which nothing could be used."""
    how_to_make: Callable[[Path], str]
    """The command that makes such a folder."""
    companion: str | None = None
    """The suffix of what stands beside a part's file and belongs to it, ``.npy``; `read` reads it too."""
    encode_companion: Callable[[Part], bytes] = lambda part: b""
    """Returns the bytes of a part's companion, where there are companions."""
    composed: Callable[[Part], Part] = lambda part: part
    """Returns a part that was made in memory with its text in normal form C, as all that is read."""

    @property
    def names(self) -> set[str]:
        """The names that files of parts have."""
        suffixes = [self.suffix, *([] if self.companion is None else [self.companion])]
        return {f"{part}{suffix}" for part in PARTS for suffix in suffixes}

    def parts_in(self, folder: Path) -> dict[str, Path]:
        """Return the files of the parts that stand in a folder."""
        files = {part: folder / f"{part}{self.suffix}" for part in PARTS}
        return {part: path for part, path in files.items() if self.is_part(path)}

    def is_part(self, path: Path) -> bool:
        """Tell whether a file is named like a part, and has its companion beside it."""
        beside = self.companion is None or path.with_suffix(self.companion).is_file()
        return path.suffix == self.suffix and path.is_file() and beside

    def files_of(self, name: str, part: Part) -> dict[str, bytes]:
        """Return all files of a part by their names, its own first."""
        files = {f"{name}{self.suffix}": self.encode(part)}
        return files if self.companion is None else {**files, f"{name}{self.companion}": self.encode_companion(part)}

    def hashes(self, parts: Mapping[str, Part]) -> dict[str, str]:
        """Return the SHA-256 of each part's file, by the part, and of its companion, by the companion's name."""
        return {
            name.removesuffix(self.suffix): hashlib.sha256(content).hexdigest()
            for part in parts
            for name, content in self.files_of(part, parts[part]).items()
        }


@dataclass(frozen=True)
class Dataset(Generic[Part]):
    """Parts, and a description of builtins: kind, levels, options, counts, versions, hashes."""

    parts: Mapping[str, Part]
    format: PartFormat[Part]
    description: dict[str, object] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        """Return a part.

        Raises:
            DataError: there is no such part, or it is empty.
        """
        if not self.parts.get(name):
            there = ", ".join(part for part, content in self.parts.items() if content) or "none"
            raise DataError(f"this dataset has no part {name!r}; it has {there}")
        return self.parts[name]

    def composed(self) -> Dataset[Part]:
        """Return the same with all text in normal form C, in which models read and write."""
        parts = {name: self.format.composed(part) for name, part in self.parts.items()}
        if all(part == self.parts[name] for name, part in parts.items()):
            return self
        return replace(self, parts=parts, description={**self.description, "sha256": self.format.hashes(parts)})

    @property
    def levels(self) -> dict[str, Level]:
        """For each side, how text is cut by default."""
        described = cast("Mapping[str, Level]", self.description.get("levels", {}))
        return {**self.format.levels, **described}

    @property
    def counts(self) -> dict[str, int]:
        """How many rows or lines each part has."""
        return {name: self.format.count(part) for name, part in self.parts.items()}


def describe(
    part_format: PartFormat[Part],
    kind: str,
    parts: Mapping[str, Part],
    options: Mapping[str, Any],
    *,
    levels: Mapping[str, Level] | None = None,
    versions: Mapping[str, str] | None = None,
    notes: Mapping[str, Any] | None = None,
) -> Dataset[Part]:
    """Make a dataset with its description.

    Args:
        part_format: how its parts are written.
        kind: which generator or reader made it.
        parts: its parts.
        options: how, the seed included; for a generator enough to make it again.
        levels: default levels of its sides, where they are not the format's.
        versions: of libraries that the text depends on, besides s2s.
        notes: more to record (rules, widths).
    """
    description = {
        "kind": kind,
        "levels": dict(levels or part_format.levels),
        "options": dict(options),
        "counts": {name: part_format.count(part) for name, part in parts.items()},
        "versions": {"s2s": __version__, **(versions or {})},
        **(notes or {}),
        "sha256": part_format.hashes(parts),
    }
    return Dataset(parts, part_format, description)


# --- writing ----------------------------------------------------------------------------------------------


def claim_folder(folder: Path, *, force: bool = False) -> FolderPlace:
    """Take the place where a dataset is to stand, before the work is done.

    Raises:
        S2SError: it exists and `force` is not given, it is no dataset, or another s2s is making it.
    """
    return FolderPlace(folder, force=force, check=lambda path: _check_ours(folder, path, None))


def write_folder(folder: Path | FolderPlace, dataset: Dataset[Part], *, force: bool = False) -> None:
    """Write a dataset's folder, whole or not at all; what is written is on the disk before it has its name.

    Args:
        folder: where it goes; a place that was taken is given free.
        dataset: what goes there.
        force: replace an older dataset; a place knows by itself.

    Raises:
        S2SError: the folder exists and `force` is not given, or it is no dataset and stays untouched.
        DataError: its description could not be read again.
        OSError: it can't be written.
    """
    check_description(dataset.description)
    place = folder if isinstance(folder, FolderPlace) else claim_folder(folder, force=force)

    def write(empty: Path) -> None:
        _check_ours(place.path, place.path, dataset.format)
        for name, part in dataset.parts.items():
            for file, content in dataset.format.files_of(name, part).items():
                write_synced(empty / file, content)
        text = to_json(dataset.description, indent=2)
        write_synced(empty / DESCRIPTION, f"{text}\n".encode())

    try:
        place.fill(write)
    finally:
        place.close()


def _check_ours(named: Path, folder: Path, form: PartFormat[Any] | None) -> None:
    """Raise S2SError if a folder holds more than a dataset."""
    if (stranger := _stranger(folder, form)) is not None:
        raise S2SError(f"{named} holds more than a dataset ({stranger}), so it is not replaced")


def _stranger(folder: Path, form: PartFormat[Any] | None) -> str | None:
    """Return something that stands in a folder and is no part of a dataset, or None.

    A folder with a description may be of another format, but of one. Without one it is of the format that is
    written, where that is known yet.
    """
    names = {entry.name for entry in folder.iterdir()}
    forms = [kind.format() for kind in KINDS] if form is None or DESCRIPTION in names else [form]
    strangers = min((sorted(names - {DESCRIPTION} - one.names) for one in forms), key=len)
    return strangers[0] if strangers else None


# --- reading ----------------------------------------------------------------------------------------------


def read_folder(place: Path, part_format: PartFormat[Part], *, strict: bool = False) -> tuple[Dataset[Part], list[str]]:
    """Read a dataset's folder, or one file as the only part ``test``.

    Args:
        place: the folder, or the file.
        part_format: how its parts are read.
        strict: stop at the first line that can't be used.

    Returns:
        The dataset, and warnings for people: lines that were left out, parts edited since they were made.

    Raises:
        DataError: there is nothing to read, or a line can't be used and `strict` is given.
    """
    if place.is_file() or is_held(place):
        problems = Problems(strict)
        part = part_format.read(place, problems)
        if not part:
            raise DataError(f"{place}: {part_format.nothing}")
        return describe(part_format, "file", {"test": part}, {}), problems.summary()
    return read_steadily(place, lambda: _read_parts(place, part_format, Problems(strict)))


def _read_parts(place: Path, part_format: PartFormat[Part], problems: Problems) -> tuple[Dataset[Part], list[str]]:
    restore_aside(place)
    files = part_format.parts_in(place)
    if not files:
        command = part_format.how_to_make(place)
        raise DataError(f"there is no dataset of {part_format.name} in {place}: make one with `{command}`")
    parts = {part: part_format.read(path, problems) for part, path in files.items()}
    found = describe(part_format, "folder", parts, {})
    if not (place / DESCRIPTION).is_file():
        return found, problems.summary()
    description, edited = _described_by(place, files, found.description)
    return Dataset(parts, part_format, description), [*problems.summary(), *edited]


def _described_by(place: Path, files: Mapping[str, Path], found: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Lay the counts and hashes found on disk over the recorded description; a model records what is there.

    Returns:
        The description, and a warning for each file that was edited since it was made.
    """
    description = read_description(place / DESCRIPTION)
    recorded = description.get("sha256", {})
    paths = {name: files.get(name, place / name) for name in found["sha256"]}
    edited = [
        f"{path} was edited since {DESCRIPTION} was written"
        for name, path in paths.items()
        if recorded.get(name) != found["sha256"][name]
    ]
    return {**description, "counts": found["counts"], "sha256": found["sha256"]}, edited
