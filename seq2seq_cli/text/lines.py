"""Reading text: UTF-8, NFC, lines that end with a line feed and with nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seq2seq_cli.errors import DataError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PROBLEMS_SHOWN = 5


def normalise(text: str) -> str:
    """Return a text in Unicode's normal form C; what is in it already, and ASCII, comes back as it is."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass
class Problems:
    """Lines that can't be used: each has a place and a cause; a strict reader stops at the first.

    Args:
        strict: raise at once.
    """

    strict: bool = False
    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, path: Path | str, line: int, cause: str) -> None:
        """Record a line.

        Raises:
            DataError: the reader is strict.
        """
        message = f"{path}:{line}: {cause}"
        if self.strict:
            raise DataError(message)
        self.count += 1
        if len(self.shown) < PROBLEMS_SHOWN:
            self.shown.append(message)

    def summary(self) -> list[str]:
        """Return lines for people: the first problems, and how many there are."""
        if not self.count:
            return []
        left = self.count - len(self.shown)
        more = [f"and {left:,} more"] if left else []
        return [*self.shown, *more, f"{self.count:,} lines could not be used and were left out"]


def read_lines(path: Path, problems: Problems) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text) of a file, normalised; a line that is not UTF-8 is a problem.

    Raises:
        DataError: the file can't be read, or a line is not UTF-8 and the reader is strict.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    line = line.removeprefix(BYTE_ORDER_MARK)
                line = line.removesuffix(b"\n").removesuffix(b"\r")
                try:
                    yield number, normalise(line.decode("utf-8"))
                except UnicodeDecodeError as error:
                    problems.add(path, number, f"not UTF-8 at byte {error.start + 1} of the line")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
