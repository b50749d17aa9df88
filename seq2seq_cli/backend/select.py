"""Choosing a backend by the name of a device, and the number of BLAS threads."""

from __future__ import annotations

from seq2seq_cli.backend.base import Backend
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.config.run import PRECISIONS
from seq2seq_cli.errors import BackendError, UsageError

BF16 = "bf16"

_limits: list[object] = []


def get_backend(device: str = "cpu", precision: str = "float32") -> Backend:
    """Return the backend for a device.

    Args:
        device: ``cpu``; ``cuda`` or ``cuda:1`` for a GPU; ``auto`` for a GPU if one works, else the CPU.
        precision: ``float32``, ``float64``, or ``bf16``: products of numbers rounded to bf16, all else float32.

    Raises:
        UsageError: the device or the precision is not one of these.
        BackendError: the device does not work here, or not in that precision.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"`precision` must be {', '.join(PRECISIONS[:-1])} or {PRECISIONS[-1]}, not {precision!r}")
    if device == "cpu":
        return _cpu(precision)
    if device == "auto":
        try:
            return get_backend("cuda", precision)
        except BackendError:
            return _cpu(precision)
    kind, _, number = device.partition(":") if isinstance(device, str) else ("", "", "")
    if kind != "cuda" or not (number or "0").isdecimal():
        raise UsageError(f"`device` must be cpu, cuda, cuda:N or auto, not {device!r}")
    if precision == BF16:
        raise BackendError("`precision=bf16` is for `device='cpu'`: leave one of them out")
    from seq2seq_cli.backend.cupy_backend import CuPyBackend

    return CuPyBackend(int(number or "0"), precision)


def _cpu(precision: str) -> Backend:
    """Return the backend with kernels where there are some; float64 is NumPy's."""
    if precision == "float64":
        return NumPyBackend(precision)
    from seq2seq_cli.backend.native import library

    kernels = library.find()
    if isinstance(kernels, library.Kernels):
        from seq2seq_cli.backend.native.backend import NativeBackend

        return NativeBackend(kernels, half=precision == BF16)
    if precision == BF16:
        raise BackendError(f"`precision=bf16` needs the kernels in C, and there are none: {kernels.why}")
    return NumPyBackend(precision)


def limit_threads(threads: int) -> None:
    """Let NumPy's BLAS and the kernels use so many threads from now on.

    Raises:
        UsageError: the number is below 1.
    """
    if threads < 1:
        raise UsageError(f"`threads` must be at least 1, not {threads}")
    from threadpoolctl import threadpool_limits

    from seq2seq_cli.backend.native import library

    # The limit lasts as long as the object; there is nothing to restore at the end of a process.
    _limits.append(threadpool_limits(threads, user_api="blas"))
    kernels = library.find()
    if isinstance(kernels, library.Kernels):
        kernels.call.s2s_set_threads(threads)
