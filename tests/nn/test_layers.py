"""Single layers against central differences, padding, and the guard against stale backwards."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING, check, parameters_of

from seq2seq_cli.backend import Packing, Workspace
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.padding import pack_padded, pad_packed, zero_padding
from seq2seq_cli.nn.parameters import ParameterSpec


def test_linear() -> None:
    entries = parameters_of(ParameterSpec("weight", (3, 5)), ParameterSpec("bias", (5,)))
    layer, x = Linear(entries["weight"], entries["bias"]), DRAW.standard_normal((6, 3))

    def forward():
        y, back = layer(x, training_run(BACKEND))
        return [y], lambda dys: [back(dys[0])]

    check(forward, {"x": x}, entries)


@pytest.mark.parametrize("symbols", [4, 300])
def test_embedding(symbols: int) -> None:
    entries = parameters_of(ParameterSpec("weight", (symbols, 3)))
    ids = np.concatenate((DRAW.integers(0, symbols, 400), np.zeros(30, dtype=int)))

    def forward():
        y, back = Embedding(entries["weight"])(ids, training_run(BACKEND))

        def backward(dys):
            back(dys[0])
            return []

        return [y], backward

    check(forward, {}, entries)


def test_softmax_cross_entropy() -> None:
    logits, targets = DRAW.standard_normal((6, 5)), np.array([0, 4, 2, 2, 1, 3])

    def forward():
        (mean, losses), back = softmax_cross_entropy(logits.copy(), targets, training_run(BACKEND))
        assert mean == pytest.approx(losses.mean())
        return [np.array(mean)], lambda dys: [back() * dys[0]]

    check(forward, {"logits": logits})


def test_softmax_cross_entropy_of_huge_logits() -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-1e30, 0.0, 0.0]])
    (_, losses), back = softmax_cross_entropy(logits, np.array([1, 1]), training_run(BACKEND))
    np.testing.assert_allclose(losses, [2e4, np.log(2)])
    assert np.isfinite(back()).all()


@pytest.mark.parametrize("packing", [PACKING, Packing([3, 3])])
def test_rows_and_packed_are_inverse(packing: Packing) -> None:
    packed = DRAW.standard_normal((packing.total, 2))
    context = training_run(BACKEND)
    rows = pad_packed(packed, packing, context, "a")
    assert rows.shape == (packing.rows, packing.longest, 2)
    np.testing.assert_array_equal(pack_padded(rows, packing, context, "a"), packed)
    order = np.array([1, 0, *range(2, packing.rows)])
    turned = pad_packed(packed, packing, context, "b", order)
    np.testing.assert_array_equal(turned, rows[order])
    np.testing.assert_array_equal(pack_padded(turned, packing, context, "b", order), packed)
    np.testing.assert_array_equal(zero_padding(np.array(rows), packing, context)[~packing.mask], 0)


def test_a_backward_is_valid_once_and_until_the_next_forward() -> None:
    entries = parameters_of(ParameterSpec("weight", (3, 5)))
    layer, x = Linear(entries["weight"]), DRAW.standard_normal((6, 3))
    workspace = Workspace(np, BACKEND.dtype)
    y, back = layer(x, training_run(BACKEND, workspace=workspace))
    back(np.ones_like(y))
    with pytest.raises(StaleBackwardError):
        back(np.ones_like(y))
    _, old = layer(x, training_run(BACKEND, workspace=workspace))
    layer(x, training_run(BACKEND, workspace=workspace))
    with pytest.raises(StaleBackwardError):
        old(np.ones_like(y))
    context = training_run(BACKEND)
    context.gradients = False
    _, none = layer(x, context)
    with pytest.raises(StaleBackwardError):
        none(np.ones_like(y))


def test_repeated_rows_are_added() -> None:
    for symbols in (3, 1000):
        ids, rows = DRAW.integers(0, symbols, 500), DRAW.standard_normal((500, 4))
        target = np.zeros((symbols, 4))
        expected = target.copy()
        np.add.at(expected, ids, rows)
        BACKEND.scatter_add_rows(target, ids, rows)
        np.testing.assert_allclose(target, expected, atol=1e-12)
