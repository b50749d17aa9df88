"""What many modules speak of: arrays of the device and of the host, text, and the name of a standard stream.

Those of NumPy are written as text, so that making data, which needs no arrays, does not load it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Array: TypeAlias = Any
"""An array of the backend's library. NumPy's and CuPy's types have no common base to name."""

Ids: TypeAlias = "npt.NDArray[np.int64]"
"""Ids of symbols, row numbers and places, on the host."""

Mask: TypeAlias = "npt.NDArray[np.bool_]"
"""Truth values on the host."""

Floats: TypeAlias = "npt.NDArray[np.float64]"
"""Numbers on the host, in double precision."""

HostArray: TypeAlias = "npt.NDArray[np.floating[Any]]"
"""An array of a file or of a copy on the host, in either precision."""

HostArrays: TypeAlias = "dict[str, HostArray]"
"""Arrays by name, as files hold them."""

Pair: TypeAlias = tuple[str, str]
"""A source and a target."""

STANDARD_STREAM = Path("-")
"""What stands for standard input, or output, where a file is asked for."""
