"""Copying: the mixture and its gradients, far from and at the ends of what numbers can hold."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING, check, parameters_of

from seq2seq_cli.backend import Packing, get_backend, reference
from seq2seq_cli.nn.copying import CopiedSymbols, Copying, copied_symbols, log_sigmoid
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.parameters import ParameterSpec

SOURCES = Packing([5, 3, 2, 1])
IDS = np.array([4, 0, 3, 2, 1, 1, 3, 4, 1, 1, 0])  # rows 4 1 4 1 0; 0 1 1; 3 3; 2
ROWS = np.array([2, 0, 3, 1])
SYMBOLS, FIRST = copied_symbols(IDS, SOURCES, ROWS)


def layer():
    entries = parameters_of(ParameterSpec("g.gate", (3, 1)), ParameterSpec("g.bias", (1,)))
    return Copying("g", Linear(entries["g.gate"], entries["g.bias"])), entries


def weights_of(scores: np.ndarray) -> np.ndarray:
    """Return weights over what each row has."""
    mask = SOURCES.mask[ROWS]
    powers = np.where(mask[:, None, :], np.exp(scores), 0)
    return powers / powers.sum(axis=2, keepdims=True)


def test_where_a_rows_symbols_stand_first() -> None:
    assert SYMBOLS.tolist() == [[3, 3, 3, 3, 3], [4, 1, 4, 1, 0], [2, 2, 2, 2, 2], [0, 1, 1, 0, 0]]
    assert FIRST.tolist() == [[0, 0, 0, 0, 0], [0, 1, 0, 1, 4], [0, 0, 0, 0, 0], [0, 1, 1, 0, 0]]


def test_the_mixture_and_its_gradients() -> None:
    copying, entries = layer()
    logits, readout = DRAW.standard_normal((PACKING.total, 6)), DRAW.standard_normal((PACKING.total, 3))
    weights = weights_of(DRAW.standard_normal((4, PACKING.longest, 5)))

    def forward():
        symbols, context = CopiedSymbols(SYMBOLS, FIRST), training_run(BACKEND)
        mixture, back = copying(logits.copy(), readout, weights, symbols, PACKING, context)
        return [mixture], lambda dys: [part.copy() for part in back(dys[0])]

    (mixture,), _ = forward()
    np.testing.assert_allclose(np.exp(mixture).sum(axis=1), 1)
    for place, (row, step) in enumerate(zip(PACKING.row_of, PACKING.step_of, strict=True)):
        gate = readout[place] @ entries["g.gate"].value[:, 0] + entries["g.bias"].value[0]
        expected = reference.copying(logits[place], gate, weights[row, step], SYMBOLS[row])
        np.testing.assert_allclose(np.exp(mixture[place]), expected, rtol=1e-12)
    check(forward, {"logits": logits, "readout": readout, "weights": weights}, entries)


@pytest.mark.parametrize("gate", [-200.0, 200.0])
@pytest.mark.parametrize("logit", [-300.0, 300.0])
def test_extremes_are_finite_in_single_precision(gate: float, logit: float) -> None:
    """All is copied or generated, from a place that has no weight, a symbol that has no probability."""
    copying, entries = layer()
    backend = get_backend("cpu", "float32")
    entries["g.gate"].value[...], entries["g.bias"].value[...] = 0, gate
    logits = np.zeros((PACKING.total, 6), dtype=np.float32)
    logits[:, 3] = logit
    weights = np.zeros((4, PACKING.longest, 5), dtype=np.float32)
    weights[:, :, 0] = 1
    symbols = CopiedSymbols(SYMBOLS, FIRST)
    mixture, back = copying(
        logits, np.zeros((PACKING.total, 3), dtype=np.float32), weights, symbols, PACKING, training_run(backend)
    )
    assert np.isfinite(mixture).all()
    np.testing.assert_allclose(np.exp(mixture).sum(axis=1), 1, rtol=1e-5)
    for part in back(np.exp(mixture) - 1):
        assert np.isfinite(part).all()


def test_a_sigmoids_logarithm() -> None:
    x = np.array([-800.0, -1.0, 0.0, 2.0, 800.0])
    np.testing.assert_allclose(log_sigmoid(np, x)[1:], np.log(1 / (1 + np.exp(-x[1:]))), rtol=1e-12)
    assert log_sigmoid(np, x)[0] == -800
