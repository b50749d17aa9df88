"""What a pickle of ours may hold at most: the reader refuses more, and the writer never writes it."""

from __future__ import annotations

from typing import Any

from seq2seq_cli.errors import ModelFileError

MAX_DEPTH = 16
MAX_OBJECTS = 6_000_000
MAX_CONTAINERS = 250_000
MAX_DIMENSIONS = 8
MAX_TEXT = 1 << 24
"""Bytes of one string."""
MAX_INT_BYTES = 16

ITEMS_A_MARK = 1000
"""Items of a container that Python's pickler writes at once, with a mark of their own."""

_PLAIN = (str, bytes, int, float, bool, type(None))


def check_plain(value: Any, place: str) -> None:
    """Check that something can be written so that it can be read again.

    Args:
        value: what is to be written.
        place: how a message names it.

    Raises:
        TypeError: a part of it is no builtin.
        ModelFileError: it holds more than the reader accepts.
    """
    counts = _Counts()
    counts.check(value, place, 0)


class _Counts:
    """Objects and containers so far, counted as the reader counts them."""

    def __init__(self) -> None:
        self.objects = self.containers = 0

    def check(self, value: Any, place: str, depth: int) -> None:
        self._count(1, 0, place)
        if type(value) is dict:
            self._begin(len(value), place, depth)
            for key, item in value.items():
                if type(key) is not str:
                    raise TypeError(f"{place} has the key {key!r}, which is no text")
                self.check(key, place, depth + 1)
                self.check(item, f"{place}.{key}" if depth < 2 else place, depth + 1)
        elif type(value) in (list, tuple):
            self._begin(len(value), place, depth)
            for item in value:
                self.check(item, place, depth + 1)
        elif type(value) not in _PLAIN:
            raise TypeError(f"{place} is a {type(value).__name__}, which does not go into a model file")
        elif type(value) is str and len(value) > MAX_TEXT // 4:  # a character has at most four bytes
            if len(value.encode("utf-8", "surrogatepass")) > MAX_TEXT:
                raise ModelFileError(f"{place} has a text of {len(value):,} characters: more than a model file holds")
        elif type(value) is int and value.bit_length() >= 8 * MAX_INT_BYTES:
            raise ModelFileError(f"{place} has a number of {value.bit_length():,} bits: more than a model file holds")

    def _begin(self, length: int, place: str, depth: int) -> None:
        if depth == MAX_DEPTH:
            raise ModelFileError(f"{place} is nested more than {MAX_DEPTH} deep: a model file could not be read again")
        self._count(1 + length // ITEMS_A_MARK, 1, place)

    def _count(self, objects: int, containers: int, place: str) -> None:
        self.objects += objects
        self.containers += containers
        if self.objects > MAX_OBJECTS or self.containers > MAX_CONTAINERS:
            raise ModelFileError(
                f"{place} makes more than {MAX_OBJECTS:,} objects or {MAX_CONTAINERS:,} containers: "
                "a model file could not be read again"
            )
