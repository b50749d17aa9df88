"""Parameters as views into one flat buffer, so that an optimiser sees a single array."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Backend


class Parameter:
    """One named array of a model and its gradient: views that are never rebound."""

    __slots__ = ("gradient", "name", "value")

    def __init__(self, name: str, value: Array, gradient: Array) -> None:
        self.name, self.value, self.gradient = name, value, gradient

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        shape: tuple[int, ...] = self.value.shape
        return shape


class Parameters(Mapping[str, Parameter]):
    """All parameters of a model, in one flat buffer of values and one of gradients.

    Args:
        backend: where the buffers live.
        shapes: the parameters' names and shapes, in the order of the buffer.
    """

    def __init__(self, backend: Backend, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.backend = backend
        self.size = sum(math.prod(shape) for shape in shapes.values())
        self.values_flat: Array = backend.xp.zeros(self.size, dtype=backend.dtype)
        self.gradients_flat: Array = backend.xp.zeros(self.size, dtype=backend.dtype)
        self._entries: dict[str, Parameter] = {}
        start = 0
        for name, shape in shapes.items():
            end = start + math.prod(shape)
            self._entries[name] = Parameter(
                name, self.values_flat[start:end].reshape(shape), self.gradients_flat[start:end].reshape(shape)
            )
            start = end

    def __getitem__(self, name: str) -> Parameter:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def clear_gradients(self) -> None:
        """Set all gradients to zero."""
        self.gradients_flat[...] = 0

    def assign(self, arrays: Mapping[str, npt.NDArray[np.floating]]) -> None:
        """Copy values from the host into every parameter.

        Raises:
            KeyError: a parameter has no array.
            ValueError: an array's shape differs from its parameter's.
        """
        for name, parameter in self._entries.items():
            parameter.value[...] = self.backend.to_device_floats(array_of(arrays, name, parameter.shape))

    def to_host(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return a copy of every parameter on the host."""
        return {name: np.array(self.backend.to_host(entry.value)) for name, entry in self._entries.items()}


def array_of(
    arrays: Mapping[str, npt.NDArray[np.floating]], name: str, shape: tuple[int, ...]
) -> npt.NDArray[np.floating]:
    """Return one of a file's arrays.

    Raises:
        KeyError: it is missing.
        ValueError: it has another shape.
    """
    array = arrays[name]
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")
    return array
