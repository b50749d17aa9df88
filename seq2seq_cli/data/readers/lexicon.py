"""Pronunciations: a word and its phones on each line, in the form of CMUdict or as ``word<TAB>phones``.

The form is told by a file's beginning: there are tabs in most lines, or not. Both may have several lines a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from seq2seq_cli.data.lines import Problems, plural, read_lines
from seq2seq_cli.data.readers.forms import are_tabbed, beginning_of, csv_hint
from seq2seq_cli.data.readers.tsv import EMPTY
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import Pair

COMMENTS = (";;;", "##")
"""What a line of CMUdict begins with that is no entry."""

_VARIANT = re.compile(r"\(\d+\)$")


def read_lexicon(path: Path, problems: Problems) -> Iterator[Pair]:
    """Yield (word, phones between single blanks) of each entry, the mark of a variant left out: ``READ(2)``.

    Raises:
        DataError: the file can't be read, or a line can't be used and `problems` is strict.
    """
    entries = [line for line in beginning_of(path) if not line.startswith(COMMENTS)]
    tabs = are_tabbed(entries)
    if not tabs and csv_hint(path, entries):
        raise DataError(f"{path}: it looks like a CSV file; `s2s prep pairs --csv word,phones` takes its columns")
    for number, line in read_lines(path, problems):
        if not line.strip() or (not tabs and line.startswith(COMMENTS)):
            continue
        if tabs:
            word, phones, fault = _tsv_entry(line)
        elif "\t" in line:
            word, phones, fault = "", [], "a tab; most lines have none"
        else:
            word, phones, fault = _cmudict_entry(line)
        if fault:
            problems.add(path, number, fault)
        else:
            yield word, " ".join(phones)


def _tsv_entry(line: str) -> tuple[str, list[str], str]:
    """Return a word, its phones, and what is wrong with the line."""
    columns = line.split("\t")
    if len(columns) != 2:
        return "", [], f"{plural(len(columns), 'column')}; a line is word, tab, phones between blanks"
    word, phones = _VARIANT.sub("", columns[0].strip()), columns[1].split()
    return word, phones, "" if word and phones else EMPTY


def _cmudict_entry(line: str) -> tuple[str, list[str], str]:
    """Return a word, its phones up to a comment, and what is wrong with the line."""
    written, *phones = line.split()
    word = _VARIANT.sub("", written)
    comment = next((place for place, phone in enumerate(phones) if phone.startswith("#")), len(phones))
    phones = phones[:comment]
    return word, phones, "" if word and phones else "a word without phones"
