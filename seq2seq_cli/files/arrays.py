"""Arrays as builtins: ``{"dtype": "<f4", "shape": (2, 3), "data": b"…"}``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickled_values import ForeignArray, SkippedBytes, is_shape
from seq2seq_cli.types import HostArray

DTYPES = ("<f4", "<f8")
LARGEST = float(np.finfo(np.float32).max)


def pack_array(array: HostArray) -> dict[str, Any]:
    """Return a floating-point array as builtins."""
    dtype = "<f8" if array.dtype.itemsize == 8 else "<f4"
    data = np.ascontiguousarray(array, dtype=dtype)
    return {"dtype": dtype, "shape": data.shape, "data": data.tobytes()}


def packed_shape(name: str, packed: Any) -> tuple[int, ...]:
    """Check what a packed array says of itself against its byte count, and return its shape.

    Raises:
        ModelFileError: it is not an array, or its shape and byte count do not agree.
    """
    if not isinstance(packed, dict) or set(packed) != {"dtype", "shape", "data"}:
        raise ModelFileError(f"{name} is not an array")
    dtype, shape, data = packed["dtype"], packed["shape"], packed["data"]
    if dtype not in DTYPES:
        raise ModelFileError(f"{name} has the type {dtype!r}; only {' and '.join(DTYPES)} are used")
    if not is_shape(shape):
        raise ModelFileError(f"{name} has the invalid shape {shape!r}")
    length = data.length if isinstance(data, SkippedBytes) else len(data) if isinstance(data, bytes) else -1
    if math.prod(shape) * int(dtype[2]) != length:
        raise ModelFileError(f"{name} has {length} bytes, which do not make shape {shape} of {dtype}")
    return shape


def unpack_array(name: str, packed: Any) -> HostArray:
    """Return the array of `pack_array`, read-only.

    Raises:
        ModelFileError: it is not an array, or a number in it is not finite.
    """
    shape = packed_shape(name, packed)
    array: HostArray = np.frombuffer(packed["data"], dtype=packed["dtype"]).reshape(shape)
    _check_finite(name, array)
    return array


def foreign_array(name: str, array: object) -> HostArray:
    """Return an array of somebody else's pickle in single precision.

    Raises:
        ModelFileError: it is not an array of floating-point numbers, or one is not finite.
    """
    if not isinstance(array, ForeignArray) or not array.dtype.startswith("<f"):
        raise ModelFileError(f"{name} is not an array of floating-point numbers")
    flat = np.frombuffer(array.data, dtype=array.dtype)
    values = flat.reshape(array.shape[::-1]).T if array.fortran else flat.reshape(array.shape)
    _check_finite(name, values)
    return np.ascontiguousarray(values, dtype=np.float32)


def _check_finite(name: str, array: HostArray) -> None:
    """Check that all numbers are finite, and stay so in single precision, whichever precision they have here."""
    if not array.size:
        return
    # NaN in an array makes both of these NaN, and no comparison with that holds.
    least, greatest = float(array.min()), float(array.max())
    if not (least >= -LARGEST and greatest <= LARGEST):
        kind = "is not finite" if not (np.isfinite(least) and np.isfinite(greatest)) else "is too large"
        raise ModelFileError(f"{name} holds a number that {kind}")
