"""The pipeline contract: one line out for each line in, in order, always; and never a held row while waiting.

Input is split at line feeds only; a final carriage return and a leading byte-order mark are dropped. A
line that cannot be used never stops the stream: a policy says what becomes of it, and it is counted.
Memory stays flat on an endless stream, also within an endless line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import BinaryIO, Literal, Protocol, TypeVar

from seq2seq_cli.inference.line_reader import BYTES_KEPT, LineReader
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.protect import Protection, shown
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.utf8 import LOOKED_AT, cure, other_encoding

Policy = Literal["mark", "drop", "error", "copy"]
"""What becomes of a line with a problem: answered with its unknown symbols marked as such (the
default, and copy, which is about answers), or left out; or not answered at all, and exit code 1 at the end."""

Parsed = TypeVar("Parsed", covariant=True)
"""What a parser makes of a line."""

LINES_WRITTEN = 512
"""Answers that are written at once."""

NOT_UTF8, TOO_LONG, UNKNOWN, NO_COLUMN = "not UTF-8", "too long", "with unknown symbols", "without the column"
NOTHING_LEFT = "of which nothing is left"
OTHER_ENCODING = "in UTF-16 or UTF-32"


Status = Literal["sound", "blank", "refused"]
"""A row is sound, has nothing but white space, or is not answered: the policy refuses it, or leaves nothing of it."""


@dataclass(frozen=True)
class Row:
    """One line of input, ready to be answered."""

    text: str
    """What the model reads: normalised, and cut where it was too long."""
    status: Status
    before: tuple[str, ...] = ()
    """Columns that stand before the one to answer."""
    after: tuple[str, ...] = ()
    whole: bool = False
    """There is no such column: `before` is the whole line."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """What is wrong with the line."""
    unknown: tuple[str, ...] = field(default=(), compare=False)
    """Its symbols that the model does not know."""


@dataclass
class LineParser:
    """Turns lines into rows by a policy, and counts what was wrong.

    Args:
        vocabulary: what the model knows; None accepts every symbol.
        policy: what becomes of a line with a problem.
        longest: the most symbols of a row.
        column: answer this column of tab-separated lines, counted from 1.
        known: texts that are answered without the model, so that nothing of them is unknown.
        protection: what passes through the model unharmed, so that nothing of it is unknown.
        answers_blank: whether lines of nothing but white space are for the model too, so that it must know that.
    """

    vocabulary: Vocabulary | None
    policy: Policy = "mark"
    longest: int = 1 << 16
    column: int | None = None
    known: Container[str] = ()
    protection: Protection | None = None
    answers_blank: bool = False
    lines: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    encoding: str | None = None
    """What lines are in that are not UTF-8, where that is known."""
    _of_line: list[str] = field(default_factory=list)
    _unknown: tuple[str, ...] = ()

    def row(self, line: bytes) -> Row:
        """Turn one line into a row."""
        row = self._row(line)
        if self._of_line:
            row = replace(row, problems=tuple(self._of_line), unknown=self._unknown)
            self._of_line, self._unknown = [], ()
        return row

    def hidden(self, text: str) -> str:
        """Return a text as the vocabulary reads it, without the spans that pass through unharmed."""
        return text if self.protection is None else self.protection.hide(text)[0]

    def _row(self, line: bytes) -> Row:
        self.lines += 1
        if self._in_other_encoding(line):
            return Row("", "refused", whole=self.column is not None)
        too_long, sound = len(line) > BYTES_KEPT, True
        if too_long:
            line = _cut(line)
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            sound = self._problem(NOT_UTF8)
            text = line.decode("utf-8", "ignore" if self.policy == "drop" else "replace")
        before: tuple[str, ...] = ()
        after: tuple[str, ...] = ()
        if self.column is not None:
            columns = text.split("\t")
            if len(columns) < self.column:
                self._problem(NO_COLUMN)
                if self.policy == "error":
                    return Row("", "refused", whole=True)
                return Row("", "blank", tuple(columns), whole=True)
            before, text = tuple(columns[: self.column - 1]), columns[self.column - 1]
            after = tuple(columns[self.column :])
        whole = normalise(text)
        if not (self.answers_blank or too_long or whole.strip()) and sound:
            return Row(whole, "blank", before, after)
        text, known = self._known(whole, too_long=too_long)
        if self.policy == "error" and not (sound and known):
            return Row(text, "refused", before, after)
        if self.policy == "drop" and not text.strip() and not (sound and known):
            self._problem(NOTHING_LEFT)
            return Row(whole, "refused", before, after)
        return Row(text, "sound" if text.strip() else "blank", before, after)

    def _in_other_encoding(self, line: bytes) -> bool:
        """Tell whether a line is in UTF-16 or UTF-32, and count it: no policy can answer it.

        A line feed there has NULs beside it, which stand in these lines where they are cut.
        """
        if not (b"\0" in line or (self.lines == 1 and line[:1] in (b"\xff", b"\xfe"))):
            return False
        found = other_encoding(line[:LOOKED_AT])
        if found is None and (self.encoding is None or not (line.startswith(b"\0") or line.endswith(b"\0"))):
            return False
        self.encoding = self.encoding or found
        self._problem(OTHER_ENCODING)
        return True

    def _known(self, text: str, *, too_long: bool) -> tuple[str, bool]:
        """Apply length and vocabulary; return the text to read and whether nothing was wrong."""
        if not too_long and text in self.known:
            return text, True
        if self.vocabulary is None:
            return text, not too_long or self._problem(TOO_LONG)
        sound = True
        text, spans = (text, {}) if self.protection is None else self.protection.hide(text)
        tokens = self.vocabulary.tokens(text)
        if too_long or len(tokens) > self.longest:
            sound = self._problem(TOO_LONG)
            tokens = tokens[: self.longest]
            text = self.vocabulary.join(tokens)
        if unknown := self.vocabulary.unknown_among(tokens):
            sound, self._unknown = self._problem(UNKNOWN), tuple(unknown)
            if self.policy == "drop":
                text = self.vocabulary.join([token for token in tokens if token in self.vocabulary.ids])
        return text if self.protection is None else shown(text, spans), sound

    def _problem(self, kind: str) -> bool:
        self._of_line.append(kind)
        self.problems[kind] += 1
        self.first.setdefault(kind, self.lines)
        return False

    @property
    def failed(self) -> bool:
        """Whether the policy asks for exit code 1 at the end."""
        return OTHER_ENCODING in self.problems or (self.policy == "error" and bool(self.problems))

    def summary(self) -> str | None:
        """Return a sentence that counts what was wrong and says what the policy made of it, or None."""
        if not self.problems:
            return None
        done = {"drop": "answered without it", "error": "left blank"}.get(self.policy, "answered all the same")
        cures = ""
        if self.encoding is not None:
            done = "left blank" if len(self.problems) == 1 else f"{done}, but for {OTHER_ENCODING}"
            cures = f": {cure(self.encoding)}"
        kinds = ", ".join(
            f"{count:,} {kind} (first: line {self.first[kind]:,})" for kind, count in self.problems.items()
        )
        return f"{self.lines:,} {'line' if self.lines == 1 else 'lines'}: {kinds}; {done}{cures}"


def _cut(line: bytes) -> bytes:
    """Cut a long line to `BYTES_KEPT` bytes, or to a few less, so that no character is cut apart."""
    end = BYTES_KEPT
    while end > BYTES_KEPT - 3 and line[end] & 0xC0 == 0x80:  # a continuation byte of UTF-8
        end -= 1
    return line[:end]


class Parser(Protocol[Parsed]):
    """Turns lines into what is answered."""

    def row(self, line: bytes) -> Parsed:
        """Turn one line into a row."""


def answer_stream(
    source: BinaryIO,
    write: Callable[[bytes], object],
    parser: Parser[Parsed],
    answer: Callable[[list[Parsed], int], Iterable[str]],
    *,
    rows_at_once: int,
) -> None:
    """Answer every line of a stream, each as soon as no further one is waiting.

    Args:
        source: where lines come from.
        write: takes whole lines, and passes them on at once.
        parser: turns lines into rows.
        answer: the lines to write for some rows, as they come; its second argument is the first row's number, from 0.
        rows_at_once: the most rows that are held.
    """
    for rows, number in _groups(source, parser, rows_at_once):
        lines = iter(answer(rows, number))
        while some := list(islice(lines, LINES_WRITTEN)):
            write("".join(f"{line}\n" for line in some).encode("utf-8"))


def _groups(source: BinaryIO, parser: Parser[Parsed], most: int) -> Iterator[tuple[list[Parsed], int]]:
    reader = LineReader(source)
    number = 0
    while lines := reader.take(most):
        yield [parser.row(line) for line in lines], number
        number += len(lines)
