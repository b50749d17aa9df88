"""What changes in the course of training: the learning rate, and the share of gold inputs."""

from __future__ import annotations

import math

from seq2seq_cli.config import TrainConfig

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
