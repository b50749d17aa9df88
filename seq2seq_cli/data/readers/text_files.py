"""Texts in files, and the parts that files are already by their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.lines import Problems, join_lines, read_lines
from seq2seq_cli.errors import DataError

PART_NAMES = {"val": "valid", "validation": "valid", "dev": "valid"}
"""Other names that people give to the parts."""


def read_text(path: Path, problems: Problems) -> str:
    """Read a text file, normalised; lines that are not UTF-8 are left out and recorded.

    Raises:
        DataError: it can't be read.
    """
    return join_lines(line for _, line in read_lines(path, problems))


def text_files(inputs: Sequence[Path]) -> list[Path]:
    """Return files in order: a folder is its ``.txt`` files.

    Raises:
        DataError: a folder holds none.
    """
    files: list[Path] = []
    for path in inputs:
        found = sorted(filter(_is_no_other, path.rglob("*.txt"))) if path.is_dir() else [path]
        if not found:
            raise DataError(f"{path}: the folder holds no .txt file")
        files += found
    return files


def _is_no_other(path: Path) -> bool:
    """Tell whether a name leads to a file, or to nothing, which is to be said; and to no folder and no pipe."""
    return path.is_file() or not path.exists()


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
