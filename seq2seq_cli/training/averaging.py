"""Averaged weights: what is measured and kept follows what learns, and forgets its noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from seq2seq_cli.nn.parameters import Parameters, array_of
from seq2seq_cli.types import Array, HostArray, HostArrays

NAME = "average"


class WeightAverage:
    """An exponential moving average of all parameters (Polyak & Juditsky 1992).

    After n updates it follows with the rate ``1 - min(decay, (1 + n) / (10 + n))``, so that first values count little.

    Args:
        parameters: the model's.
        decay: how slowly it follows, below 1; 0 is no average, and `measured` changes nothing.
    """

    def __init__(self, parameters: Parameters, decay: float) -> None:
        self._parameters, self._decay = parameters, decay
        self._flat: Array = parameters.values_flat.copy() if decay else None

    def update(self, number: int) -> None:
        """Follow an update, counted from 1."""
        if not self._decay:
            return
        xp, flat = self._parameters.backend.xp, self._flat
        if number == 1:
            flat[...] = self._parameters.values_flat
            return
        decay = min(self._decay, (1 + number) / (10 + number))
        xp.multiply(flat, decay, out=flat)
        xp.add(flat, self._parameters.values_flat * (1.0 - decay), out=flat)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Put the averaged weights into the model within the block."""
        if not self._decay:
            yield
            return
        values = self._parameters.values_flat
        learning = values.copy()
        values[...] = self._flat
        try:
            yield
        finally:
            values[...] = learning

    def to_host(self) -> HostArrays:
        """Return a copy, for a checkpoint."""
        return {NAME: np.array(self._parameters.backend.to_host(self._flat))} if self._decay else {}

    def assign(self, arrays: Mapping[str, HostArray]) -> None:
        """Set the average from a checkpoint.

        Raises:
            KeyError: it is missing.
            ValueError: it has another size.
        """
        if self._decay:
            self._flat[...] = self._parameters.backend.to_device_floats(array_of(arrays, NAME, self._flat.shape))
