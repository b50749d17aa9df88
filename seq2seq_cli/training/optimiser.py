"""Optimisers over a model's flat buffers, and what decays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seq2seq_cli.backend import FlatBuffers, Update, Workspace
from seq2seq_cli.backend.optimisers import MOMENTS
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.nn.parameters import Parameter, Parameters, array_of
from seq2seq_cli.types import Array, HostArray, HostArrays

SQUARES = 1
"""The moment, where there is one, that is a mean of squares."""


class WeightDecay:
    """How much each parameter decays in a step: biases never, an embedding's row if the batch has a gradient for it.

    A rare symbol's embedding would otherwise shrink at every step that does not hold the symbol.

    Args:
        parameters: the model's.
        rate: of what decays.
        scope: ``weights``, or ``all`` to let everything decay.
    """

    def __init__(self, parameters: Parameters, rate: float, scope: str) -> None:
        self._rate, self._rates = float(rate), None
        self._embeddings: list[tuple[Parameter, Array]] = []
        if not rate or scope == "all":
            return
        backend = parameters.backend
        self._xp = backend.xp
        self._rates = backend.xp.zeros(parameters.size, dtype=backend.dtype)
        for spec, view in zip(parameters.specs, Parameters.split(parameters.specs, self._rates), strict=True):
            if spec.is_embedding:
                self._embeddings.append((parameters[spec.name], view))
            elif not spec.is_bias:
                view[...] = rate

    def __call__(self) -> Array | float:
        """Return the rate of each parameter (P,), or one for all; the gradients are those of this step."""
        if self._rates is None:
            return self._rate
        for parameter, view in self._embeddings:
            view[...] = self._xp.any(parameter.gradient != 0, axis=1, keepdims=True) * self._rate
        return self._rates


class Optimizer:
    """Applies updates to all parameters at once and keeps the running moments.

    Args:
        parameters: the model's.
        config: optimiser, clip, weight decay.
    """

    def __init__(self, parameters: Parameters, config: TrainConfig) -> None:
        self._parameters, self._config = parameters, config
        backend = parameters.backend
        self._workspace = Workspace(backend.xp, backend.dtype)
        self._weight_decay = WeightDecay(parameters, config.weight_decay, config.weight_decay_scope)
        self._moments = [
            backend.xp.zeros(parameters.size, dtype=backend.dtype) for _ in range(MOMENTS[config.optimizer])
        ]

    def step(self, number: int, rate: float, loss: Array) -> Array:
        """Apply the gradients in the parameters' buffer, which is overwritten.

        Args:
            number: which step this is, counted from 1.
            rate: learning rate.
            loss: 0-d; a step whose loss or gradient is not finite changes nothing.

        Returns:
            Whether the step was finite, a 0-d array on the device.
        """
        backend, config = self._parameters.backend, self._config
        gradient = self._parameters.gradients_flat
        scale, finite = backend.gradient_scale(gradient, loss, config.clip)
        step = Update(config.optimizer, rate, number, scale, finite)
        flat = FlatBuffers(self._parameters.values_flat, gradient, self._moments, self._weight_decay())
        backend.update(step, flat, self._workspace)
        return finite

    def to_host(self) -> HostArrays:
        """Return copies of the moments, for a checkpoint."""
        backend = self._parameters.backend
        return {f"moment{i}": np.array(backend.to_host(moment)) for i, moment in enumerate(self._moments)}

    def assign(self, arrays: Mapping[str, HostArray]) -> None:
        """Set the moments from a checkpoint.

        Raises:
            KeyError: a moment is missing.
            ValueError: a moment has another size, or is none: a mean of squares is never negative.
        """
        for i, moment in enumerate(self._moments):
            array = array_of(arrays, f"moment{i}", moment.shape)
            if i == SQUARES and array.min() < 0:
                raise ValueError(f"moment{i} holds a number below 0")
            moment[...] = self._parameters.backend.to_device_floats(array)
