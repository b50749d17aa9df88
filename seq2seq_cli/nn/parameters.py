"""Parameters as views into one flat buffer, so that an optimiser sees a single array."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.types import Array, HostArray, HostArrays

Initialiser: TypeAlias = Literal[
    "weight", "rectified weight", "embedding", "tied embedding", "bias", "forget-gate bias"
]
"""What a parameter is, as far as its first values go; `nn.initialisers` has a draw for each."""


@dataclass(frozen=True)
class ParameterSpec:
    """What is known of a parameter before it has memory. Each layer states its own (`specs`)."""

    name: str
    shape: tuple[int, ...]
    initialiser: Initialiser = "weight"
    fan_in: int = 1
    """Of a weight: how many numbers are summed into one of its outputs, those of other weights that feed
    the same output included."""

    @property
    def size(self) -> int:
        """How many numbers the parameter has."""
        return math.prod(self.shape)

    @property
    def is_bias(self) -> bool:
        """Whether the parameter is added, and multiplies nothing."""
        return self.initialiser in ("bias", "forget-gate bias")

    @property
    def is_embedding(self) -> bool:
        """Whether the parameter has a row for each symbol."""
        return self.initialiser in ("embedding", "tied embedding")


class Parameter:
    """One named array of a model and its gradient: views that are never rebound."""

    __slots__ = ("gradient", "spec", "value")

    def __init__(self, spec: ParameterSpec, value: Array, gradient: Array) -> None:
        self.spec, self.value, self.gradient = spec, value, gradient

    @property
    def name(self) -> str:
        """The parameter's name, unique in its model."""
        return self.spec.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.spec.shape


class Parameters(Mapping[str, Parameter]):
    """All parameters of a model, in one flat buffer of values and one of gradients.

    Args:
        backend: where the buffers live.
        specs: the parameters, in the order of the buffer.
    """

    def __init__(self, backend: Backend, specs: Iterable[ParameterSpec]) -> None:
        self.backend, specs = backend, tuple(specs)
        self.size = sum(spec.size for spec in specs)
        self.values_flat: Array = backend.xp.zeros(self.size, dtype=backend.dtype)
        self.gradients_flat: Array = backend.xp.zeros(self.size, dtype=backend.dtype)
        values, gradients = self.split(specs, self.values_flat), self.split(specs, self.gradients_flat)
        self._entries = {
            spec.name: Parameter(spec, value, gradient)
            for spec, value, gradient in zip(specs, values, gradients, strict=True)
        }

    @staticmethod
    def split(specs: Iterable[ParameterSpec], flat: Array) -> list[Array]:
        """Return a view of a flat array (P,) for each parameter, in its shape."""
        views, start = [], 0
        for spec in specs:
            views.append(flat[start : start + spec.size].reshape(spec.shape))
            start += spec.size
        return views

    @property
    def specs(self) -> tuple[ParameterSpec, ...]:
        """What each parameter is, in the order of the buffer."""
        return tuple(entry.spec for entry in self._entries.values())

    def __getitem__(self, name: str) -> Parameter:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def clear_gradients(self) -> None:
        """Set all gradients to zero."""
        self.gradients_flat[...] = 0

    def assign(self, arrays: Mapping[str, HostArray]) -> None:
        """Copy values from the host into every parameter.

        Raises:
            KeyError: a parameter has no array.
            ValueError: an array's shape differs from its parameter's.
        """
        for name, parameter in self._entries.items():
            parameter.value[...] = self.backend.to_device_floats(array_of(arrays, name, parameter.shape))

    def to_host(self) -> HostArrays:
        """Return a copy of every parameter on the host."""
        return {name: np.array(self.backend.to_host(entry.value)) for name, entry in self._entries.items()}


def array_of(arrays: Mapping[str, HostArray], name: str, shape: tuple[int, ...]) -> HostArray:
    """Return one of a file's arrays.

    Raises:
        KeyError: it is missing.
        ValueError: it has another shape.
    """
    array = arrays[name]
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")
    return array
