"""What makes weights of scores: against a bisection and central differences, with masks, ties and extremes."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from hypothesis import given
from hypothesis import strategies as st
from layer_checks import BACKEND, DRAW, check
from strict_backend import StrictBackend

from seq2seq_cli.backend import get_backend, reference
from seq2seq_cli.config.registry import ATTENTION_WEIGHTS, find_class

MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], dtype=bool)
SPARSE = [name for name in ATTENTION_WEIGHTS if name != "softmax"]


@pytest.mark.parametrize("name", ATTENTION_WEIGHTS)
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_gradients_and_masks(name: str, scale: float) -> None:
    scores = scale * DRAW.standard_normal((3, 4, 5))

    def forward():
        weights, back = find_class(ATTENTION_WEIGHTS[name])(scores, MASK, training_run(BACKEND))
        assert (weights[~np.broadcast_to(MASK[:, None, :], weights.shape)] == 0).all()
        assert (weights >= 0).all()
        np.testing.assert_allclose(weights.sum(axis=2), 1)
        return [weights], lambda dys: [back(dys[0])]

    check(forward, {"scores": scores})


@pytest.mark.parametrize("engine", ["numpy", "base"])
@pytest.mark.parametrize("name", ATTENTION_WEIGHTS)
def test_weights_are_those_of_the_plain_maths(name: str, engine: str) -> None:
    backend = BACKEND if engine == "numpy" else StrictBackend("float64")
    for scale in (0.1, 1.0, 3.0, 100.0):
        scores = scale * DRAW.standard_normal((3, 7, 5))
        made = find_class(ATTENTION_WEIGHTS[name])
        weights, _ = made(backend.to_device_floats(scores), backend.to_device_ids(MASK), training_run(backend))
        found = backend.to_host(weights)
        for row, step in np.ndindex(3, 7):
            expected = getattr(reference, name)(scores[row, step], MASK[row])
            np.testing.assert_allclose(found[row, step], expected, rtol=1e-10, atol=1e-13)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_sparse_weights_of_any_scores(scores: list[float]) -> None:
    for name in SPARSE:
        array = np.array([[scores]])
        weights, _ = find_class(ATTENTION_WEIGHTS[name])(array, None, training_run(BACKEND))
        np.testing.assert_allclose(weights[0, 0], getattr(reference, name)(array[0, 0]), atol=1e-9)


@pytest.mark.parametrize("name", SPARSE)
def test_low_scores_have_a_weight_of_exactly_zero(name: str) -> None:
    """In single precision too, beside a thousand others, and whatever stands in the padding."""
    backend = get_backend("cpu", "float32")
    scores = np.full((2, 1, 1000), -50.0, dtype=np.float32)
    scores[:, :, :3] = [1.0, 1.0, 0.9]
    scores[1, 0, 500:] = 1e30
    mask = np.ones((2, 1000), dtype=bool)
    mask[1, 500:] = False
    weights, back = find_class(ATTENTION_WEIGHTS[name])(scores, mask, training_run(backend))
    assert weights.dtype == np.float32
    for row in weights[:, 0]:
        assert (row[3:] == 0).all()
        assert row[0] == row[1] > row[2] > 0
        assert row.sum() == pytest.approx(1.0, abs=1e-6)
    dscores = back(np.ones_like(weights) + scores * (np.abs(scores) < 100))
    assert dscores.dtype == np.float32
    assert (dscores[:, 0, 3:] == 0).all()
    np.testing.assert_array_equal(weights[0, 0, :3], weights[1, 0, :3])


@pytest.mark.parametrize("name", ATTENTION_WEIGHTS)
def test_equal_scores_share_evenly(name: str) -> None:
    weights, _ = find_class(ATTENTION_WEIGHTS[name])(np.full((1, 1, 6), 3.0), None, training_run(BACKEND))
    np.testing.assert_allclose(weights, 1 / 6)
