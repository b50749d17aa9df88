"""What a file looks like that was given in another form, and the option or command that takes it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from seq2seq_cli.data.lines import Problems, read_lines
from seq2seq_cli.data.readers.csv_rows import csv_form

LOOKED_AT = 100
"""Lines of a beginning."""

MOST = 0.8
"""So many lines of a form make a file of that form: a few may be odd."""

_PHONES = re.compile(r"[^\s,;]+\s+[A-Z]{1,3}[0-2]?( [A-Z]{1,3}[0-2]?)*\s*")
"""``HELLO  HH AH0 L OW1``."""


def beginning_of(path: Path) -> list[str]:
    """Return the first lines of a file that are not blank."""
    lines = (line for _, line in read_lines(path, Problems()) if line.strip())
    return list(islice(lines, LOOKED_AT))


def are_tabbed(lines: Sequence[str]) -> bool:
    """Tell whether lines are columns with tabs between: most of them, so that one stray tab says nothing."""
    return 2 * sum("\t" in line for line in lines) > len(lines)


def other_form(path: Path) -> str:
    """Say what a file seems to be that is no file of source, tab, target, and what takes it; nothing if unknown.

    Raises:
        DataError: the file can't be read.
    """
    lines = beginning_of(path)
    if not lines:
        return ""
    if are_tabbed(lines):
        columns = Counter(line.count("\t") + 1 for line in lines).most_common(1)[0][0]
        return f"`columns=1,2` takes two of {columns} columns" if columns > 2 else ""
    if _most(lines, lambda line: _PHONES.fullmatch(line) is not None):
        return "it looks like a pronunciation dictionary, which `s2s prep lexicon` takes"
    if (separator := _fixed_separator(lines)) is not None:
        return f"it looks like a file of fixed widths, which `separator={separator}` takes"
    return csv_hint(path, lines) or "sources and targets in two files are given together, as FILE FILE"


def csv_hint(path: Path, lines: Sequence[str]) -> str:
    """Say how a file is taken that seems to be CSV, by its beginning; nothing if it doesn't."""
    form = csv_form(path)
    if form.width < 2 or not _most(lines, lambda line: form.separator in line):
        return ""
    named = all(name and not name[0].isdigit() and len(name) < 30 for name in form.header)
    columns = ",".join(form.header[:2]) if named else "1,2"
    return f"it looks like a CSV file, of which `csv={columns}` takes two columns"


def _most(lines: Sequence[str], is_so: Callable[[str], bool]) -> bool:
    return sum(map(is_so, lines)) >= MOST * len(lines)


def _fixed_separator(lines: Sequence[str]) -> str | None:
    """Return a mark that stands once in each line, always at one place, in lines of one length."""
    if len(lines) < 2 or len(set(map(len, lines))) > 1:
        return None
    marks = [mark for mark in sorted(set(lines[0])) if not mark.isalnum() and not mark.isspace()]
    places = ((mark, {line.find(mark) for line in lines}) for mark in marks)
    alone = (mark for mark, found in places if len(found) == 1 and all(line.count(mark) == 1 for line in lines))
    return next(alone, None)
