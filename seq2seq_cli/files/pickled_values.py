"""What the pickle reader makes besides builtins: bytes left in the file, and inert stand-ins of NumPy's arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import BinaryIO, TypeGuard

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_limits import MAX_DIMENSIONS


@dataclass(frozen=True)
class SkippedBytes:
    """A bytes object that was left in the file."""

    offset: int
    length: int

    def fetch(self, file: BinaryIO) -> bytes:
        """Read it now.

        Raises:
            ModelFileError: the file has become shorter.
        """
        file.seek(self.offset)
        data = file.read(self.length)
        if len(data) != self.length:
            raise ModelFileError(f"the file ends inside the data at byte {self.offset}")
        return data


@dataclass
class ForeignArray:
    """An array of a NumPy pickle: what it says of itself, not yet believed."""

    dtype: str = ""
    shape: tuple[int, ...] = ()
    fortran: bool = False
    data: bytes = b""


@dataclass(frozen=True)
class Name:
    """A global that a foreign pickle names; never imported."""

    module: str
    name: str


@dataclass
class ForeignType:
    """A NumPy dtype in the making."""

    code: str
    order: str = "<"


RECONSTRUCT = {Name(f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")}
FROM_BUFFER = {Name(f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")}
NDARRAY, DTYPE = Name("numpy", "ndarray"), Name("numpy", "dtype")
ENCODE = Name("_codecs", "encode")
KNOWN_NAMES = RECONSTRUCT | FROM_BUFFER | {NDARRAY, DTYPE, ENCODE}
TYPE_CODES = {"f2", "f4", "f8", "i4", "i8"}


def data_length(value: object) -> int:
    """Return how many bytes of data an object has; a container may be used once only."""
    return value.length if isinstance(value, SkippedBytes) else len(value) if isinstance(value, (str, bytes)) else 0


def is_type_code(value: object) -> bool:
    """Tell whether a value is the code of a type that arrays may have."""
    # Asked in this order, because the hash of a deeply nested tuple would exhaust the stack.
    return isinstance(value, str) and value in TYPE_CODES


def latin1_bytes(text: object) -> bytes:
    """Return the bytes that a pickle of protocol 2 writes as text.

    Raises:
        ModelFileError: it is no such text.
    """
    if not isinstance(text, str):
        raise ModelFileError("bytes that are written as something else than text")
    try:
        return text.encode("latin1")
    except UnicodeEncodeError:
        raise ModelFileError("bytes that are written as text hold more than bytes") from None


def is_shape(value: object) -> TypeGuard[tuple[int, ...]]:
    """Tell whether a value is a tuple of a few sizes."""
    return isinstance(value, tuple) and len(value) <= MAX_DIMENSIONS and all(type(n) is int and n >= 0 for n in value)


def checked_array(kind: object, shape: object, fortran: bool, data: object) -> ForeignArray:
    """Make an array of what it says of itself, checked against its bytes.

    Raises:
        ModelFileError: it does not fit.
    """
    if not isinstance(kind, ForeignType) or not isinstance(data, bytes):
        raise ModelFileError("an array is not made of numbers")
    if not is_shape(shape):
        raise ModelFileError("an array has an invalid shape")
    if math.prod(shape) * int(kind.code[1:]) != len(data):
        raise ModelFileError(f"an array of shape {shape} and type {kind.code} has {len(data)} bytes")
    return ForeignArray(f"<{kind.code}", shape, fortran, data)
