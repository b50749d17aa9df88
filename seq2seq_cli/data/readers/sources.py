"""Files that are read from their end or in leaps, as images and arrays are, given as files or through a pipe."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import DataError
from seq2seq_cli.files.places import kind_of_file

READ_SIZE = 1 << 20
MOST_OF_A_PIPE = 1 << 28
"""Bytes that are taken from a pipe, which is held whole."""


def open_source(path: Path) -> BinaryIO:
    """Open a file, or take a pipe's content, as ``<(command)`` gives it. A pipe that nobody writes to is empty.

    Raises:
        DataError: it is neither, or holds too much.
        OSError: it can't be opened.
    """
    try:
        # Without waiting: a pipe that nobody will ever write to would be waited for without end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a NUL, in a name that a file has given
        raise DataError(f"{str(path)!r} can't be a name: {error}") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        os.close(descriptor)
        raise DataError(f"{path}: it is {kind_of_file(mode)}, and no file")
    file = os.fdopen(descriptor, "rb")
    if stat.S_ISREG(mode):
        return file
    content = io.BytesIO()
    with file:
        os.set_blocking(descriptor, True)
        while chunk := file.read(READ_SIZE):
            content.write(chunk)
            if content.tell() > MOST_OF_A_PIPE:
                raise DataError(f"{path}: a pipe of more than {MOST_OF_A_PIPE:,} bytes is not read; make a file of it")
    content.seek(0)
    return content
