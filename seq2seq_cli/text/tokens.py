"""Cutting text into symbols: characters, words, or lines of either with their ends.

At word level a line is its words and an end-of-line symbol ``<eos>``, as in the Penn Treebank's form
(Mikolov et al. 2010); at char level it is its characters, the line break being one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from seq2seq_cli.config import Level

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
END_OF_LINE = "<eos>"
LINE_BREAK = "\n"
BLANK, SEPARATOR = " ", "_"
"""Of the book's rows: what fills them, and what stands between source and target."""


def line_end(level: Level) -> str:
    """Return the symbol that ends a line of a text."""
    return LINE_BREAK if level == "char" else END_OF_LINE


def cut_line(line: str, level: Level) -> list[str]:
    """Cut a line into code points, or into words between white space; subword units have a model that cuts."""
    return list(line) if level == "char" else line.split()


def text_lines(text: str) -> list[str]:
    """Cut a text at line breaks alone, and not at the other characters that `str.splitlines` knows."""
    return text.removesuffix(LINE_BREAK).split(LINE_BREAK) if text else []


def text_tokens(text: str, level: Level, cut: Callable[[str], Iterable[str]] = str.split) -> Iterator[str]:
    """Cut a text into symbols, line ends included.

    Args:
        text: the text.
        level: at char level a line break is a symbol like others.
        cut: cuts a line at the other levels.
    """
    if level == "char":
        yield from text
        return
    for line in text_lines(text):
        yield from cut(line)
        yield END_OF_LINE
