"""A backend whose arrays refuse what a GPU's would: implicit conversion, and every `numpy.*` call on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.types import Array

SCALARS = (int, float, bool, type(None), type(Ellipsis), slice, str, np.dtype, type)


def unwrap(value: Any) -> Any:
    """Return NumPy's view of an argument; a plain NumPy array is refused."""
    if isinstance(value, StrictArray):
        return value.inner
    if isinstance(value, (tuple, list)):
        return type(value)(unwrap(item) for item in value)
    if isinstance(value, SCALARS) and not isinstance(value, np.generic):
        return value
    raise TypeError(f"a {type(value).__name__} of the host is mixed with an array of the device")


def wrap(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(wrap(item) for item in value)
    return value


def _refuse(name: str) -> Callable[..., Any]:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"implicit conversion: {name}")

    return refuse


class StrictArray:
    """Wraps a NumPy array; only what CuPy allows without a copy to the host works."""

    __slots__ = ("inner",)
    __array_ufunc__ = None

    def __init__(self, inner: np.ndarray) -> None:
        self.inner = inner

    for _name in ("__array__", "__array_function__", "__bool__", "__float__", "__int__", "__index__", "__iter__"):
        locals()[_name] = _refuse(_name)
    del _name

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, key: Any) -> StrictArray:
        return wrap(self.inner[unwrap(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.inner[unwrap(key)] = unwrap(value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.inner.shape

    @property
    def dtype(self) -> Any:
        return self.inner.dtype

    @property
    def nbytes(self) -> int:
        return self.inner.nbytes

    @property
    def T(self) -> StrictArray:  # noqa: N802  # NumPy's name
        return StrictArray(self.inner.T)


def _method(name: str) -> Callable[..., Any]:
    def call(self: StrictArray, *args: Any, **kwargs: Any) -> Any:
        options = {key: unwrap(value) for key, value in kwargs.items()}
        return wrap(getattr(self.inner, name)(*map(unwrap, args), **options))

    return call


for _name in "reshape transpose copy sum max mean argmax astype".split():  # noqa: SIM905
    setattr(StrictArray, _name, _method(_name))
for _name in "add sub mul truediv matmul pow and or lt le gt ge eq ne".split():  # noqa: SIM905
    setattr(StrictArray, f"__{_name}__", _method(f"__{_name}__"))
for _name in "radd rsub rmul rtruediv rmatmul invert neg".split():  # noqa: SIM905
    setattr(StrictArray, f"__{_name}__", _method(f"__{_name}__"))
for _name in "add sub mul truediv".split():  # noqa: SIM905

    def _in_place(self: StrictArray, other: Any, _operation: str = f"__i{_name}__") -> StrictArray:
        getattr(self.inner, _operation)(unwrap(other))
        return self

    setattr(StrictArray, f"__i{_name}__", _in_place)


class StrictModule:
    """NumPy's functions over strict arrays alone."""

    float32, float64, int64 = np.float32, np.float64, np.int64

    def dtype(self, name: str) -> Any:
        return np.dtype(name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function = getattr(np, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            options = {key: unwrap(value) for key, value in kwargs.items()}
            result = wrap(function(*map(unwrap, args), **options))
            return kwargs["out"] if kwargs.get("out") is not None else result

        return call


class StrictBackend(Backend):
    """The base's reference operations over strict arrays."""

    name, device = "strict", "strict"

    def __init__(self, precision: str = "float64") -> None:
        super().__init__(StrictModule(), precision)
        self._host = NumPyBackend(precision)

    def to_device_floats(self, values: Any) -> Array:
        return StrictArray(np.array(values, dtype=self.precision))

    def to_device_ids(self, values: Any) -> Array:
        assert not isinstance(values, StrictArray)
        return StrictArray(np.array(values))

    def to_host(self, array: Array) -> Any:
        return array.inner.copy()

    def uniform(self, key: Sequence[int], shape: tuple[int, ...]) -> Array:
        return StrictArray(self._host.uniform(key, shape))

    def gather_rows(self, table: Array, ids: Array, out: Array) -> Array:
        self._host.gather_rows(table.inner, ids.inner, out.inner)
        return out

    def scatter_add_rows(self, target: Array, ids: Array, rows: Array) -> None:
        self._host.scatter_add_rows(target.inner, ids.inner, rows.inner)

    def synchronize(self) -> None:
        return
