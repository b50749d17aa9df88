"""Lines of a stream, as they come."""

from __future__ import annotations

import os
import queue
import select
import threading
from collections.abc import Callable
from typing import BinaryIO

from seq2seq_cli.utf8 import BYTE_ORDER_MARK

STANDARD_INPUT = "standard input"
"""Its name in messages."""

READ_SIZE = 1 << 16
CHUNKS_AHEAD = 16
"""How many reads may wait to be answered; beyond that the writer of our input waits."""

BYTES_KEPT = 1 << 20
"""Of a longer line the rest is read and forgotten."""


class LineReader:
    """Reads lines without ever waiting while it has one to give.

    A thread does the waiting. It is a daemon, so that a blocked read never keeps the process alive.

    Args:
        stream: a binary file; read through its descriptor where it has one.
        keep: how many bytes of a line are kept.
    """

    def __init__(self, stream: BinaryIO, keep: int = BYTES_KEPT) -> None:
        self._chunks: queue.Queue[bytes | BaseException] = queue.Queue(CHUNKS_AHEAD)
        self._keep, self._partial, self._ended = keep, bytearray(), False
        self._lines: list[bytes] = []
        self._error: BaseException | None = None
        self._begun = False
        self._name, self._read = _reader(stream)
        threading.Thread(target=self._fill, name="line-reader", daemon=True).start()

    def _fill(self) -> None:
        try:
            while chunk := self._read():
                self._chunks.put(chunk)
            self._chunks.put(b"")
        except BaseException as error:  # handed over, and raised where it can be handled
            if isinstance(error, OSError) and error.errno is not None and error.filename is None:
                error.filename = self._name
            self._chunks.put(error)

    def take(self, most: int) -> list[bytes]:
        """Return up to `most` lines without their ends; an empty list is the end of the input.

        Waits only for the first one. An error of reading is raised when the lines before it have been taken.
        """
        while len(self._lines) < most and not self._ended:
            try:
                chunk = self._chunks.get(block=not self._lines)
            except queue.Empty:
                break
            if isinstance(chunk, BaseException):
                self._error, self._ended = chunk, True
            else:
                self._split(chunk)
        taken, self._lines = self._lines[:most], self._lines[most:]
        if self._error is not None and not taken:
            raise self._error
        return taken

    def _split(self, chunk: bytes) -> None:
        if not chunk:
            self._ended = True
            if self._partial:
                self._finish()
            return
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            self._extend(part)
            self._finish()
        self._extend(rest)

    def _extend(self, part: bytes) -> None:
        # The first line may begin with a mark that is no part of it.
        most = self._keep + 1 + (0 if self._begun else len(BYTE_ORDER_MARK))
        self._partial += part[: most - len(self._partial)]

    def _finish(self) -> None:
        line = bytes(self._partial)
        self._partial.clear()
        if not self._begun:
            line, self._begun = line.removeprefix(BYTE_ORDER_MARK)[: self._keep + 1], True
        self._lines.append(line.removesuffix(b"\r"))


def _reader(stream: BinaryIO) -> tuple[str | None, Callable[[], bytes]]:
    """Return a stream's name and what reads some of it, through its descriptor where it has one."""
    try:
        descriptor = stream.fileno()
    except (OSError, AttributeError):
        return None, lambda: stream.read(READ_SIZE)

    def read() -> bytes:
        while True:
            try:
                return os.read(descriptor, READ_SIZE)
            except BlockingIOError:  # a caller made it non-blocking
                select.select([descriptor], [], [])

    return STANDARD_INPUT if descriptor == 0 else str(stream.name), read
