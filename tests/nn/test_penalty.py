"""Penalties: the gradient that they add, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gradients import relative_errors
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING

from seq2seq_cli.backend import Packing
from seq2seq_cli.errors import UsageError
from seq2seq_cli.nn.penalty import ActivationPenalty, TemporalPenalty


def mean_square(x: np.ndarray, rows: int) -> float:
    return float((x**2).mean())


def mean_square_of_changes(x: np.ndarray, rows: int) -> float:
    steps = x.reshape(-1, rows, x.shape[1])
    return float((np.diff(steps, axis=0) ** 2).mean())


@pytest.mark.parametrize(
    ("layer", "rate", "cost"),
    [
        (ActivationPenalty(), "activation_penalty", mean_square),
        (TemporalPenalty(), "temporal_penalty", mean_square_of_changes),
    ],
    ids=["activation", "temporal"],
)
def test_the_gradient_of_what_is_charged_is_added(layer, rate, cost) -> None:
    x, weights = DRAW.standard_normal((12, 4)), DRAW.standard_normal((12, 4))
    context = replace(training_run(BACKEND), **{rate: 0.7})
    y, back = layer(x, Packing.even(3, 4), context)
    assert y is x
    gradient = back(weights.copy())
    errors = relative_errors(lambda: float((x * weights).sum()) + 0.7 * cost(x, 3), {"x": (x, gradient)})
    assert errors["x"] < 1e-8
    y, back = layer(x, Packing.even(3, 4), training_run(BACKEND))
    np.testing.assert_array_equal(back(weights), weights)


def test_one_step_has_no_change_to_charge() -> None:
    x, dy = DRAW.standard_normal((3, 4)), DRAW.standard_normal((3, 4))
    _, back = TemporalPenalty()(x, Packing.even(3, 1), replace(training_run(BACKEND), temporal_penalty=1.0))
    np.testing.assert_array_equal(back(dy.copy()), dy)


@pytest.mark.parametrize("name", ["activation", "temporal"])
def test_rows_of_different_lengths_are_refused_by_name(name: str) -> None:
    layer = ActivationPenalty() if name == "activation" else TemporalPenalty()
    context = replace(training_run(BACKEND), **{f"{name}_penalty": 1.0})
    with pytest.raises(UsageError, match=f"{name}_penalty"):
        layer(np.ones((PACKING.total, 4)), PACKING, context)
    context.gradients = False  # nothing is charged outside of training
    layer(np.ones((PACKING.total, 4)), PACKING, context)
