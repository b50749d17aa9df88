"""The backend for NVIDIA GPUs: CuPy. Imported only when a CUDA device is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seq2seq_cli.backend.base import Backend
from seq2seq_cli.errors import BackendError
from seq2seq_cli.types import Array

if TYPE_CHECKING:
    import numpy.typing as npt

INSTALL = "pip install '.[cuda12]' (CUDA 12) or '.[cuda13]' (CUDA 13) in the s2s source folder"


class CuPyBackend(Backend):
    """CuPy arrays on one CUDA device.

    Raises:
        BackendError: CuPy is not installed, or finds no such device; the message says what to do.
    """

    name = "cupy"
    steps_per_fetch = 8

    def __init__(self, device: int = 0, precision: str = "float32") -> None:
        try:
            import cupy
        except ImportError as error:
            raise BackendError(f"`device='cuda'` needs CuPy, which is not installed: {INSTALL}") from error
        try:
            count = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise BackendError(f"CuPy finds no working CUDA device ({error}): use `device='cpu'`") from error
        if device >= count:
            raise BackendError(f"there is no device cuda:{device}; this machine has {count}")
        cupy.cuda.Device(device).use()
        super().__init__(cupy, precision)
        self.device = f"cuda:{device}"

    def to_device_floats(self, values: npt.ArrayLike) -> Array:
        """Copy numbers to the device in the backend's precision."""
        return self.xp.asarray(np.asarray(values, dtype=self.precision))

    def to_device_ids(self, values: npt.ArrayLike) -> Array:
        """Copy ids to the device."""
        return self.xp.asarray(values)

    def to_host(self, array: Array) -> npt.NDArray[Any]:
        """Copy to the host, which waits for the device."""
        host: npt.NDArray[Any] = self.xp.asnumpy(array)
        return host

    def uniform(self, key: Sequence[int], shape: tuple[int, ...]) -> Array:
        """Draw on the device from a counter-based stream that the key seeds."""
        seed = int(np.random.SeedSequence(list(key)).generate_state(1, np.uint64)[0])
        stream = self.xp.random.Generator(self.xp.random.Philox4x3210(seed))
        return stream.random(shape, dtype=self.dtype)

    def gather_rows(self, table: Array, ids: Array, out: Array) -> Array:
        """Take rows."""
        return self.xp.take(table, ids, axis=0, out=out)

    def scatter_add_rows(self, target: Array, ids: Array, rows: Array) -> None:
        """Scatter with atomic additions."""
        import cupyx

        cupyx.scatter_add(target, ids, rows)

    def synchronize(self) -> None:
        """Wait for the current stream."""
        self.xp.cuda.get_current_stream().synchronize()
