"""Datasets of texts: files to be cut into parts, or parts already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seq2seq_cli.config import Level
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import TEXT_FORMAT, TextDataset
from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.data.prepare.splitting import NO_TRAIN_PART
from seq2seq_cli.data.readers.text_files import read_text
from seq2seq_cli.data.split import split_lines
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.tokens import UNKNOWN


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
    """Tell whether a text has the Penn Treebank's form: words between blanks, rare ones written ``<unk>``.

    A few of these marks are no sign of it: a text about such texts has them too. (Of the Penn Treebank's words 1 in 20
    is one, of WikiText-103's 1 in 250.)
    """
    words = text.split()
    marks = words.count(UNKNOWN)
    return marks >= FEWEST_MARKS and marks * WORDS_A_MARK >= len(words)


FEWEST_MARKS, WORDS_A_MARK = 3, 500
"""So many ``<unk>`` make the Penn Treebank's form, and so few words to each."""


def _described_text(parts: Mapping[str, str], level: Level | None, options: Mapping[str, Any]) -> TextDataset:
    form = "ptb" if is_penn_treebank(parts["train"]) else "plain"
    chosen: Level = level or ("word" if form == "ptb" else "char")
    return describe(TEXT_FORMAT, "text", parts, options, levels={"text": chosen}, notes={"form": form})
