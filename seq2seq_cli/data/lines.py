"""Reading lines: UTF-8, NFC, ended by a line feed and by nothing else."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.tokens import LINE_BREAK
from seq2seq_cli.types import STANDARD_STREAM
from seq2seq_cli.utf8 import BYTE_ORDER_MARK, LOOKED_AT, check_beginning

PROBLEMS_SHOWN = 5
READ_SIZE = 1 << 20
MOST_HELD = 1 << 32
"""Bytes of a pipe, which is held whole, since it is read more than once."""
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
        self.add_message(f"{path}:{line}: {cause}", cure)

    def add_message(self, message: str, cure: str = "") -> None:
        """Record something that is said in full, because no line of a file is at fault.

        Raises:
            DataError: the reader is strict.
        """
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
        DataError: the file can't be read, is no text, or has a line that is not UTF-8 and the reader is strict.
    """
    return ((number, text) for number, text in numbered_lines(path, problems) if text is not None)


def numbered_lines(path: Path, problems: Problems) -> Iterator[tuple[int, str | None]]:
    """Yield every line of a file as `read_lines` does, and None for one that is not UTF-8."""
    for number, line in enumerate(byte_lines(path), 1):
        try:
            yield number, normalise(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            problems.add(path, number, f"not UTF-8 at byte {error.start + 1} of the line", CONVERT)
            yield number, None


def byte_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file without their ends, and without a byte-order mark at the beginning.

    Raises:
        DataError: the file can't be read, or is no text.
    """
    try:
        with _opened(path) as file:
            beginning = file.peek(LOOKED_AT)[:LOOKED_AT]
            check_beginning(path, beginning)
            if beginning.count(b"\r") > 1 and b"\n" not in beginning:
                raise DataError(f"{path}: its lines end in a carriage return alone: tr '\\r' '\\n' < {path} > NEW")
            for number, line in enumerate(file):
                line = line if number else line.removeprefix(BYTE_ORDER_MARK)
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


def is_stream(path: Path) -> bool:
    """Tell whether what stands at a path is read once and from its beginning: standard input, a pipe, a device."""
    return path == STANDARD_STREAM or (path.exists() and not path.is_file() and not path.is_dir())


_held: dict[Path, bytes] = {}


@contextmanager
def pipes_held(paths: Iterable[Path]) -> Iterator[None]:
    """Let pipes be read more than once inside, as files can; ``-`` is standard input.

    Raises:
        DataError: one can't be read, or is larger than what can be held.
    """
    try:
        for path in paths:
            _hold(path)
        yield
    finally:
        _held.clear()


def _hold(path: Path) -> None:
    if path in _held:
        raise DataError(f"{path} is read once, and can't be two files")
    try:
        if path == STANDARD_STREAM:
            _held[path] = _whole(path, sys.stdin.buffer)
        elif is_stream(path):
            with path.open("rb") as file:
                _held[path] = _whole(path, file)
    except OSError as error:
        closed = path == STANDARD_STREAM and error.errno == errno.EBADF
        raise DataError("standard input is closed" if closed else f"{path}: {error.strerror or error}") from None


def is_held(path: Path) -> bool:
    """Tell whether a pipe is held, so that it can be read as a file is."""
    return path in _held


def _whole(path: Path, file: BinaryIO) -> bytes:
    """Return all that a pipe gives.

    Raises:
        DataError: it is a device that gives bytes without end, or gives more than can be held.
    """
    if stat.S_ISCHR(os.fstat(file.fileno()).st_mode) and not file.isatty():
        # Of /dev/null, nothing comes; of others, as /dev/zero, there is no end.
        if file.read(1):
            raise DataError(f"{path} is a device, which holds no text: give a file or a pipe")
        return b""
    content = bytearray()
    while chunk := file.read(READ_SIZE):  # a large number would be memory before anything is read
        content += chunk
        if len(content) > MOST_HELD:
            raise DataError(f"{path} gives more than {MOST_HELD:,} bytes, which a pipe can't: make a file of it")
    return bytes(content)


def _opened(path: Path) -> io.BufferedReader:
    """Open a file, or what is held of a pipe."""
    return io.BufferedReader(io.BytesIO(_held[path])) if path in _held else path.open("rb")


def join_lines(lines: Iterable[str]) -> str:
    """Return lines as one text; each ends with a line break."""
    return "".join(f"{line}{LINE_BREAK}" for line in lines)
