"""What changes in the course of training, at places of which the number is known."""

from __future__ import annotations

import math

import pytest

from seq2seq_cli.config import TrainConfig
from seq2seq_cli.training.schedules import learning_rate, teacher_forcing_ratio

CASES = {
    # Straight up from a 25th in the first fifth; then half a cosine: half way down it has half of the peak.
    "one-cycle": {0.0: 0.04, 0.1: 0.52, 0.2: 1.0, 0.6: 0.5005, 1.0: 0.001},
    # The same, but from 0.
    "cosine": {0.0: 0.0, 0.1: 0.5, 0.2: 1.0, 0.4: 0.001 + 0.999 * (1 + math.sqrt(0.5)) / 2, 0.6: 0.5005, 1.0: 0.001},
    "constant": {0.0: 1.0, 0.1: 1.0, 1.0: 1.0},
    "plateau": {0.0: 1.0, 0.5: 1.0, 1.0: 1.0},
}


@pytest.mark.parametrize("schedule", CASES)
def test_rates(schedule: str) -> None:
    config = TrainConfig(schedule=schedule, learning_rate=0.3, warmup=0.2, plateau_factor=0.5)
    for position, share in CASES[schedule].items():
        assert learning_rate(config, position, 0) == pytest.approx(0.3 * share)


def test_without_a_warm_up_the_peak_comes_first() -> None:
    for schedule in ("one-cycle", "cosine"):
        config = TrainConfig(schedule=schedule, learning_rate=0.3, warmup=0.0)
        assert learning_rate(config, 0.0, 0) == pytest.approx(0.3)
        assert learning_rate(config, 1.0, 0) == pytest.approx(0.0003)


def test_each_plateau_multiplies_the_rate_once_more() -> None:
    config = TrainConfig(schedule="plateau", learning_rate=0.3, plateau_factor=0.25)
    assert [learning_rate(config, 0.5, plateaus) for plateaus in (0, 1, 2)] == pytest.approx([0.3, 0.075, 0.01875])


@pytest.mark.parametrize(
    ("decay", "half"),
    [
        ("none", 0.0),
        ("linear", 0.5),
        ("exponential", (0.1 - 0.01) / 0.99),  # of 0.01^p, cut and stretched
        ("inverse-sigmoid", 0.5),
    ],
)
def test_half_way_the_share_of_gold_inputs_is_known(decay: str, half: float) -> None:
    config = TrainConfig(teacher_forcing=0.2, teacher_forcing_decay=decay)
    assert teacher_forcing_ratio(config, 0.5) == pytest.approx(0.2 + 0.8 * half)
    assert teacher_forcing_ratio(config, 1.0) == pytest.approx(0.2)
