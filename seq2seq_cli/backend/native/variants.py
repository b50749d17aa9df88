"""The instruction sets that the kernels are compiled for. `setup.py` runs this file: it imports nothing of ours."""

from __future__ import annotations

from typing import NamedTuple

SOURCES = ("lstm.c", "product.c", "softmax.c", "threads.c", "tile.c", "update.c")
HEADERS = ("functions.h", "half.h", "lstm.h", "product.h", "softmax.h", "threads.h", "tile.h", "update.h", "vectors.h")
FLAGS = ("-std=gnu11", "-O3", "-fno-math-errno", "-fPIC", "-pthread")


class Variant(NamedTuple):
    """What the kernels are compiled with."""

    machines: tuple[str, ...]
    """The processors' family, as `platform.machine` has it."""
    level: int
    """What `probe.c` must at least return."""
    flags: tuple[str, ...]
    lanes: int
    """Numbers in a vector; `tile.h` has the same."""


X86, ARM = ("x86_64", "amd64"), ("aarch64", "arm64")
VARIANTS = {
    "neon": Variant(ARM, 1, (), 4),
    "avx2": Variant(X86, 3, ("-march=x86-64-v3",), 8),
    "avx512": Variant(X86, 4, ("-march=x86-64-v4", "-mprefer-vector-width=512"), 16),
    "avx512-bf16": Variant(X86, 5, ("-march=x86-64-v4", "-mavx512bf16", "-mprefer-vector-width=512"), 16),
}
"""By name, the slowest of a machine first."""


def library_name(variant: str) -> str:
    """Return the file of a variant's kernels, or of the ``probe``: a shared library that Python takes for no module."""
    return f"{variant}.kernels"
