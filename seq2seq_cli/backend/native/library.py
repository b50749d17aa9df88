"""Finding and loading the compiled kernels, and calling them with arrays.

They are compiled when s2s is installed, once for each of `VARIANTS`; the processor decides which one is loaded. There
are none where no C compiler was found, and ``S2S_NATIVE=0`` switches them off.
"""

from __future__ import annotations

import ctypes
import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from seq2seq_cli.backend.native.variants import VARIANTS, library_name

FOLDER = Path(__file__).parent

_SIZE, _POINTER, _NUMBER, _FLOAT = ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_int64, ctypes.c_float


def _structure(name: str, **fields: Any) -> Any:
    """Return a structure as C lays it out: `fields` are types by name, in order."""
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


def _fields(names: str, type_: Any) -> dict[str, Any]:
    return dict.fromkeys(names.split(), type_)


Left = _structure("Left", a=_POINTER, row=_SIZE, along=_SIZE, rows=_SIZE, out=_POINTER, out_row=_SIZE)
"""One left operand of a product; see product.h."""

Product = _structure(
    "Product",
    lefts=ctypes.POINTER(Left),
    count=_SIZE,
    b=_POINTER,
    **_fields("row column depth columns", _SIZE),
    bias=_POINTER,
    **_fields("add half", _NUMBER),
)
"""See product.h."""

Forward = _structure(
    "Forward",
    **_fields("rows steps inputs units", _SIZE),
    **_fields("starts counts x projected static_input weights", _POINTER),
    half=_NUMBER,
    **_fields("h_words y_words bias h c y cells gates last_h last_c", _POINTER),
)
"""See lstm.h."""

Backward = _structure(
    "Backward",
    **_fields("rows steps units", _SIZE),
    **_fields("starts counts gates cells c dy dlast_h dlast_c weights", _POINTER),
    half=_NUMBER,
    **_fields("dgates dgates_words dh dc dstatic", _POINTER),
)
"""See lstm.h."""

Update = _structure(
    "Update",
    optimizer=_NUMBER,
    count=_SIZE,
    **_fields("value gradient first second decay_of_each", _POINTER),
    **_fields("decay scale rate plain_rate beta1 beta2 epsilon", _FLOAT),
)
"""See update.h."""

_CALLS: dict[str, tuple[Any, ...]] = {
    "s2s_product": (ctypes.POINTER(Product),),
    "s2s_products": (ctypes.POINTER(Product), _SIZE, _SIZE, _SIZE, _SIZE),
    "s2s_to_words": (_POINTER, _SIZE, _SIZE, _POINTER),
    "s2s_lstm_pack": (_POINTER, _SIZE, _POINTER, _SIZE, _NUMBER, _POINTER),
    "s2s_lstm_pack_transposed": (_POINTER, _SIZE, _NUMBER, _POINTER),
    "s2s_lstm_forward": (ctypes.POINTER(Forward),),
    "s2s_lstm_backward": (ctypes.POINTER(Backward),),
    "s2s_softmax_cross_entropy": (_POINTER, _SIZE, _SIZE, _POINTER, _NUMBER, _FLOAT, _POINTER),
    "s2s_log_softmax": (_POINTER, _SIZE, _SIZE, _POINTER),
    "s2s_update": (ctypes.POINTER(Update),),
    "s2s_squared_sum": (_POINTER, _SIZE),
    "s2s_add_column_sums": (_POINTER, _SIZE, _SIZE, _POINTER),
    "s2s_scatter_add": (_POINTER, _SIZE, _POINTER, _POINTER, _SIZE),
    "s2s_set_threads": (ctypes.c_int,),
    "s2s_take_overflow": (),
}
"""The arguments of each kernel. None has a result but the sum, a double, and the last, which is true or false."""


@dataclass(frozen=True)
class Kernels:
    """The kernels of one instruction set."""

    variant: str
    """A key of `VARIANTS`."""
    lanes: int
    """How many numbers a vector has."""
    call: Any
    """The library: its functions by name."""


@dataclass(frozen=True)
class Missing:
    """Why there are no kernels."""

    why: str


def load(folder: Path, variant: str) -> Kernels:
    """Load the kernels of one instruction set.

    Args:
        folder: where the libraries are.
        variant: a key of `VARIANTS`, which this processor can run.

    Raises:
        OSError: the library is not there, or can't be loaded.
    """
    library = ctypes.CDLL(str(folder / library_name(variant)))
    for name, arguments in _CALLS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, None
    library.s2s_squared_sum.restype, library.s2s_take_overflow.restype = ctypes.c_double, ctypes.c_int
    return Kernels(variant, VARIANTS[variant].lanes, library)


def runnable(folder: Path) -> list[str]:
    """Return the variants that this processor can run, the fastest first.

    Raises:
        OSError: nothing was compiled.
    """
    level = ctypes.CDLL(str(folder / library_name("probe"))).s2s_instruction_set()
    machine = platform.machine().lower()
    found = [name for name, variant in VARIANTS.items() if machine in variant.machines and level >= variant.level]
    return found[::-1]


@lru_cache(maxsize=1)
def find() -> Kernels | Missing:
    """Load the fastest kernels that work here, once a process."""
    if os.environ.get("S2S_NATIVE") == "0":
        return Missing("S2S_NATIVE=0 switches it off")
    try:
        for variant in runnable(FOLDER):
            kernels = load(FOLDER, variant)
            kernels.call.s2s_set_threads(available_cores())
            return kernels
    except (OSError, AttributeError) as error:
        if not (FOLDER / library_name("probe")).exists():
            return Missing("it was not compiled: install s2s again where a C compiler is (cc)")
        return Missing(f"it can't be loaded: {error}")
    return Missing(f"there are no kernels for this processor ({platform.machine()}): it has no AVX2")


def available_cores() -> int:
    """Return how many cores this process may use: no more than the customary variable ``OMP_NUM_THREADS`` allows."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isascii() and limit.isdecimal() and int(limit) else cores
