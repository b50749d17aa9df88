"""Texts to learn a language from: folders of ``train.txt valid.txt test.txt``, and what makes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seq2seq_cli._version import __version__
from seq2seq_cli.config import Level
from seq2seq_cli.data.dataset import PARTS, described_by, held_out, part_of, write_folder
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.lines import Problems, read_lines
from seq2seq_cli.text.text_codec import LINE_BREAK
from seq2seq_cli.text.vocabulary import UNKNOWN

PART_NAMES = {"val": "valid", "validation": "valid", "dev": "valid"}
"""Other names that people give to the parts."""


@dataclass(frozen=True)
class TextDataset:
    """Texts in parts, each a text of lines, and a description of builtins."""

    parts: Mapping[str, str]
    description: dict[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> str:
        """Return a part.

        Raises:
            DataError: there is no such part, or it is empty.
        """
        return part_of(self.parts, name)

    @property
    def level(self) -> Level:
        """How text is cut by default."""
        return "char" if self.description.get("levels", {}).get("text") == "char" else "word"


def describe_text(
    kind: str, parts: Mapping[str, str], options: Mapping[str, Any], *, level: Level, notes: Mapping[str, Any]
) -> TextDataset:
    """Make a text dataset with its description."""
    description = {
        "kind": kind,
        "levels": {"text": level},
        "options": dict(options),
        "counts": {name: text.count(LINE_BREAK) for name, text in parts.items()},
        "versions": {"s2s": __version__},
        **notes,
        "sha256": {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in parts.items()},
    }
    return TextDataset(parts, description)


def join_lines(lines: Iterable[str]) -> str:
    """Return lines as one text; each ends with a line break."""
    return "".join(f"{line}{LINE_BREAK}" for line in lines)


def read_text(path: Path, problems: Problems) -> str:
    """Read a text file, normalised; lines that are not UTF-8 are left out and recorded.

    Raises:
        DataError: it can't be read.
    """
    return join_lines(line for _, line in read_lines(path, problems))


def split_lines(lines: Sequence[str], valid: float, test: float) -> dict[str, str]:
    """Cut a text into parts: the last lines are test, those before them valid. Lines stay in order.

    Args:
        lines: all lines.
        valid: share below 1, or count.
        test: likewise.

    Raises:
        UsageError: a number is neither.
        DataError: nothing is left for train.
    """
    counts = held_out(len(lines), {"valid": valid, "test": test}, "lines")
    second = len(lines) - counts["test"]
    first = second - counts["valid"]
    cut = {"train": lines[:first], "valid": lines[first:second], "test": lines[second:]}
    return {name: join_lines(part) for name, part in cut.items() if part}


def is_penn_treebank(text: str) -> bool:
    """Tell whether a text has the Penn Treebank's form: words between blanks, rare ones written ``<unk>``."""
    return f" {UNKNOWN} " in text


def text_files(inputs: Sequence[Path]) -> list[Path]:
    """Return files in order: a folder is its ``.txt`` files, ``-`` standard input.

    Raises:
        DataError: a folder holds none.
    """
    files: list[Path] = []
    for path in inputs:
        found = sorted(path.rglob("*.txt")) if path.is_dir() else [Path("/dev/stdin") if str(path) == "-" else path]
        if not found:
            raise DataError(f"{path}: the folder holds no .txt file")
        files += found
    return files


def parts_by_name(files: Sequence[Path]) -> dict[str, Path]:
    """Return the parts that files are already, by names that end like ``ptb.train.txt``.

    Returns:
        A file for each part; nothing unless every file is another part, and train and one more are there.
    """
    parts: dict[str, Path] = {}
    for file in files:
        name = file.stem.lower().replace("-", ".").replace("_", ".").rpartition(".")[2]
        parts[PART_NAMES.get(name, name)] = file
    made_before = len(parts) == len(files) > 1 and "train" in parts and set(parts) <= set(PARTS)
    return {name: parts[name] for name in PARTS if name in parts} if made_before else {}


def read_parts(files: Mapping[str, Path], problems: Problems, *, level: Level | None) -> TextDataset:
    """Make a text dataset of parts that somebody has made; they are kept as they are.

    Args:
        files: a text for each part.
        problems: where lines that can't be used are recorded.
        level: how it is cut by default; None is word in the Penn Treebank's form and char otherwise.

    Raises:
        DataError: a file can't be read, or there is nothing to train on.
    """
    parts = {name: read_text(path, problems) for name, path in files.items()}
    if not parts.get("train"):
        raise DataError("there is no text to train on: give --train-file")
    return _dataset_of(parts, level, {"parts": sorted(files)})


def read_and_split(
    files: Sequence[Path], problems: Problems, *, valid: float, test: float, level: Level | None
) -> TextDataset:
    """Make a text dataset of files in order, cut into parts; errors as `read_parts` and `split_lines`.

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
    return _dataset_of(split_lines(lines, valid, test), level, {"valid": valid, "test": test})


def _dataset_of(parts: Mapping[str, str], level: Level | None, options: Mapping[str, Any]) -> TextDataset:
    form = "ptb" if is_penn_treebank(parts["train"]) else "plain"
    chosen: Level = level or ("word" if form == "ptb" else "char")
    return describe_text("text", parts, options, level=chosen, notes={"form": form})


def is_text_dataset(place: Path) -> bool:
    """Tell whether a folder holds texts and not pairs, or a file is a text."""
    if place.is_file():
        return place.suffix != ".tsv"
    return any((place / f"{part}.txt").is_file() for part in PARTS)


def write_text_dataset(folder: Path, dataset: TextDataset, *, force: bool = False) -> None:
    """Write a text dataset's folder; errors as `write_folder`."""
    files = {f"{name}.txt": text.encode("utf-8") for name, text in dataset.parts.items()}
    write_folder(folder, files, dataset.description, force=force)


def read_text_dataset(place: Path) -> tuple[TextDataset, list[str]]:
    """Read a text dataset's folder, or one file as the only part ``test``.

    Returns:
        The dataset, and warnings for people.

    Raises:
        DataError: there is nothing to read.
    """
    problems = Problems()
    if place.is_file():
        parts = {"test": read_text(place, problems)}
        if not parts["test"]:
            raise DataError(f"{place}: there is no text in it")
        return describe_text("file", parts, {}, level="word", notes={}), problems.summary()
    files = {part: place / f"{part}.txt" for part in PARTS if (place / f"{part}.txt").is_file()}
    if not files:
        raise DataError(f"there is no text dataset in {place}: make one with `s2s prep text FILE -o {place}`")
    parts = {part: read_text(path, problems) for part, path in files.items()}
    found = describe_text("folder", parts, {}, level="word", notes={}).description
    description, edited = described_by(place, files, found)
    return TextDataset(parts, description), [*problems.summary(), *edited]
