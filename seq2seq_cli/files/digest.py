"""A digest of a whole file inside the file, so that damage shows: of all its bytes, its own place read as zeros.

It is the first entry of a pickled dictionary. It tells damage and not forgery: whoever changes a file on purpose
can write the right one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from seq2seq_cli.errors import ModelFileError

NAME = "digest"
LENGTH = hashlib.sha256().digest_size * 2
UNKNOWN = "0" * LENGTH
"""What stands there while the digest is taken."""

_BEFORE = b"\x8c\x06digest\x8c" + bytes((LENGTH,))
_SEARCHED = 64
"""Bytes at the beginning in which the place is looked for."""
_CHUNK = 1 << 20


class HashingFile:
    """A file to write to that takes the digest of what is written.

    Args:
        file: where everything goes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self._beginning = file, hashlib.sha256(), b""

    def write(self, data: bytes) -> int:
        """Write bytes."""
        if len(self._beginning) < _SEARCHED:
            self._beginning += bytes(data[:_SEARCHED])
        self._hash.update(data)
        return self._file.write(data)

    def finish(self) -> None:
        """Write the digest into its place, which holds `UNKNOWN`."""
        self._file.seek(_place(self._beginning))
        self._file.write(self._hash.hexdigest().encode("ascii"))


def check_digest(path: Path, expected: object) -> None:
    """Compare a file with the digest that it holds.

    Raises:
        ModelFileError: it is not what was written, or the digest is none.
        OSError: it can't be read.
    """
    found = hashlib.sha256()
    with path.open("rb") as file:
        beginning = file.read(_SEARCHED)
        place = _place(beginning)
        file.seek(0)
        chunk = file.read(_CHUNK)
        found.update(chunk[:place] + UNKNOWN.encode("ascii") + chunk[place + LENGTH :])
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    if found.hexdigest() != expected:
        raise ModelFileError("it is damaged: its bytes are not those that were written; copy it again, or train again")


def _place(beginning: bytes) -> int:
    found = beginning[:_SEARCHED].find(_BEFORE)
    if found < 0:
        raise ModelFileError("its digest is not where it belongs")
    return found + len(_BEFORE)
