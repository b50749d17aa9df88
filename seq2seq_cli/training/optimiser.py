"""Optimisers over a model's flat buffers, learning-rate schedules, and the teacher-forcing ratio."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Update, Workspace
from seq2seq_cli.backend.optimisers import MOMENTS
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.nn.parameters import Parameters, array_of

FIRST_RATE = 1 / 25
"""Where a one-cycle rate starts, as a share of its peak (Smith & Topin 2019)."""
LAST_RATE = 1e-3
"""Where a one-cycle or cosine rate ends, as a share of its peak."""


def learning_rate(config: TrainConfig, position: float, plateaus: int) -> float:
    """Return the rate at a position in training.

    Args:
        config: the peak rate, the schedule, the share of warm-up.
        position: 0 before the first step, 1 after the last one.
        plateaus: how often a plateau has been left behind (schedule ``plateau``).
    """
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    if config.schedule == "plateau":
        return peak * config.plateau_factor**plateaus
    if position < config.warmup:
        first = FIRST_RATE if config.schedule == "one-cycle" else 0.0
        return peak * (first + (1 - first) * position / config.warmup)
    share = (position - config.warmup) / max(1.0 - config.warmup, 1e-12)
    return peak * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * share)))


def teacher_forcing_ratio(config: TrainConfig, position: float) -> float:
    """Return the share of gold inputs at a position (0 to 1) in training.

    With a decay it falls from 1 at the start to the configured ratio at the end (Bengio et al. 2015,
    section 2.4), along a straight line, an exponential, or an inverse sigmoid; the last two are cut
    and stretched so that both ends are exact.
    """
    ratio = config.teacher_forcing
    if config.teacher_forcing_decay == "none":
        return ratio
    if config.teacher_forcing_decay == "linear":
        left = 1.0 - position
    elif config.teacher_forcing_decay == "exponential":
        left = (0.01**position - 0.01) / 0.99
    else:

        def sigmoid(x: float) -> float:
            return 1 / (1 + math.exp(12 * (x - 0.5)))

        left = (sigmoid(position) - sigmoid(1)) / (sigmoid(0) - sigmoid(1))
    return ratio + (1.0 - ratio) * left


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
        step = Update(config.optimizer, rate, number, scale, finite, config.weight_decay)
        backend.update(step, self._parameters.values_flat, gradient, self._moments, self._workspace)
        return finite

    def to_host(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return copies of the moments, for a checkpoint."""
        backend = self._parameters.backend
        return {f"moment{i}": np.array(backend.to_host(moment)) for i, moment in enumerate(self._moments)}

    def assign(self, arrays: Mapping[str, npt.NDArray[np.floating]]) -> None:
        """Set the moments from a checkpoint.

        Raises:
            KeyError: a moment is missing.
            ValueError: a moment has another size.
        """
        for i, moment in enumerate(self._moments):
            moment[...] = self._parameters.backend.to_device_floats(array_of(arrays, f"moment{i}", moment.shape))
