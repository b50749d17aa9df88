"""Reading lines: UTF-8, NFC, ended by a line feed and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.tokens import LINE_BREAK

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
PROBLEMS_SHOWN = 5
CONVERT = "convert the file first: iconv -f LATIN1 -t UTF-8 FILE > NEW (or from what else it is in, as CP949)"


def plural(count: int, word: str) -> str:
    """Write a count and its word."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


@dataclass
class Problems:
    """Lines that can't be used: each has a place and a cause; a strict reader stops at the first.

    Args:
        strict: raise at once.
    """

    strict: bool = False
    count: int = 0
    shown: list[str] = field(default_factory=list)
    cures: list[str] = field(default_factory=list)

    def add(self, path: Path | str, line: int, cause: str, cure: str = "") -> None:
        """Record a line, and what to do about lines like it.

        Raises:
            DataError: the reader is strict.
        """
        message = f"{path}:{line}: {cause}"
        if self.strict:
            raise DataError(f"{message}; {cure}" if cure else message)
        self.count += 1
        if cure and cure not in self.cures:
            self.cures.append(cure)
        if len(self.shown) < PROBLEMS_SHOWN:
            self.shown.append(message)

    def summary(self) -> list[str]:
        """Return lines for people: the first problems, what to do, and how many there are."""
        if not self.count:
            return []
        left = self.count - len(self.shown)
        more = [f"and {left:,} more"] if left else []
        were = "was" if self.count == 1 else "were"
        return [*self.shown, *more, *self.cures, f"{plural(self.count, 'line')} could not be used and {were} left out"]


def read_lines(path: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text) of a file, normalised; a line that is not UTF-8 is a problem.

    Raises:
        DataError: the file can't be read, is UTF-16, or has a line that is not UTF-8 and the reader is strict.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    check_utf8(path, line)
                    line = line.removeprefix(BYTE_ORDER_MARK)
                line = line.removesuffix(b"\n").removesuffix(b"\r")
                try:
                    yield number, normalise(line.decode("utf-8"))
                except UnicodeDecodeError as error:
                    problems.add(path, number, f"not UTF-8 at byte {error.start + 1} of the line", CONVERT)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def check_utf8(path: Path, beginning: bytes) -> None:
    """Refuse a file whose first bytes say that it is UTF-16: no line of it could be used.

    Raises:
        DataError: they say so.
    """
    if beginning.startswith(UTF_16_MARKS):
        raise DataError(f"{path}: it is in UTF-16; save it as UTF-8")


def check_utf8_file(path: Path, file: BinaryIO) -> None:
    """Check a file that something else is about to read, and go back to its beginning; errors as `check_utf8`."""
    check_utf8(path, file.read(2))
    file.seek(0)


def join_lines(lines: Iterable[str]) -> str:
    """Return lines as one text; each ends with a line break."""
    return "".join(f"{line}{LINE_BREAK}" for line in lines)
