"""Attention: each score and the layer against the plain maths and central differences."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING, check, parameters_of
from strict_backend import StrictBackend

from seq2seq_cli.backend import Packing, reference
from seq2seq_cli.config.registry import ATTENTION_SCORES, ATTENTION_WEIGHTS, find_class
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.attention.layer import Attention
from seq2seq_cli.nn.parameters import Parameters

MASK = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=bool)


def attention(name: str, layer: str = "a", weights: str = "softmax"):
    score = find_class(ATTENTION_SCORES[name])
    entries = parameters_of(*score.specs(layer, 3))
    return Attention(layer, score(layer, entries), find_class(ATTENTION_WEIGHTS[weights])), entries


@pytest.mark.parametrize("weights", ATTENTION_WEIGHTS)
@pytest.mark.parametrize("name", ATTENTION_SCORES)
def test_gradients(name: str, weights: str) -> None:
    layer, entries = attention(name, weights=weights)
    h, states = DRAW.standard_normal((PACKING.total, 3)), DRAW.standard_normal((4, 3, 3))

    def forward():
        context = training_run(BACKEND)
        keys, back_keys = layer.score.keys(states, context)
        (attended, _), back = layer(h, PACKING, keys, states, MASK, context)

        def backward(dys):
            dh, dkeys, dvalues = back(dys[0])
            return [dh.copy(), back_keys(dkeys) + dvalues]

        return [attended], backward

    check(forward, {"h": h, "states": states}, entries)


@pytest.mark.parametrize("engine", ["numpy", "base"])
@pytest.mark.parametrize("name", ATTENTION_SCORES)
def test_sums_are_those_of_the_plain_maths(name: str, engine: str) -> None:
    backend = BACKEND if engine == "numpy" else StrictBackend("float64")
    made = find_class(ATTENTION_SCORES[name])
    values = {spec.name: DRAW.standard_normal(spec.shape) for spec in made.specs("a", 3)}
    entries = Parameters(backend, made.specs("a", 3))
    entries.assign(values)
    h, states = DRAW.standard_normal((PACKING.total, 3)), DRAW.standard_normal((4, 3, 3))
    layer, context = Attention("a", made("a", entries)), training_run(backend)
    device = backend.to_device_floats
    keys, _ = layer.score.keys(device(states), context)
    (attended, _), _ = layer(device(h), PACKING, keys, device(states), backend.to_device_ids(MASK), context)
    own = {key.removeprefix("a."): value for key, value in values.items()}
    for place, row in enumerate(PACKING.row_of):
        scores = [getattr(reference, f"{name}_score")(h[place], state, **own) for state in states[row]]
        expected = reference.attend(np.array(scores), states[row], MASK[row])
        np.testing.assert_allclose(backend.to_host(attended)[place], expected, rtol=1e-11, atol=1e-14)


def test_two_attentions_of_a_model_do_not_disturb_each_other() -> None:
    (one, _), (other, _) = attention("dot", "one"), attention("dot", "other")
    h, states, context = (
        DRAW.standard_normal((PACKING.total, 3)),
        DRAW.standard_normal((4, 3, 3)),
        training_run(BACKEND),
    )
    dy = DRAW.standard_normal(h.shape)
    _, alone = one(h, PACKING, states, states, MASK, training_run(BACKEND))
    expected = [array.copy() for array in alone(dy)]
    (first, _), back = one(h, PACKING, states, states, MASK, context)
    before = first.copy()
    _, back_other = other(h * 2, PACKING, states - 1, states - 1, MASK, context)
    np.testing.assert_array_equal(first, before)
    found = back(dy)
    back_other(dy * 3)
    for got, right in zip(found, expected, strict=True):
        np.testing.assert_array_equal(got, right)


def test_a_stale_backward_is_refused() -> None:
    layer, _ = attention("dot")
    h, states, context = (
        DRAW.standard_normal((PACKING.total, 3)),
        DRAW.standard_normal((4, 3, 3)),
        training_run(BACKEND),
    )
    _, old = layer(h, PACKING, states, states, MASK, context)
    (attended, _), back = layer(h, PACKING, states, states, MASK, context)
    with pytest.raises(StaleBackwardError):
        old(attended)
    back(attended)
    with pytest.raises(StaleBackwardError):
        back(attended)


def test_indices_are_uploaded_once_a_batch() -> None:
    backend, uploads = StrictBackend("float64"), []
    upload = backend.to_device_ids
    backend.to_device_ids = lambda values: (uploads.append(1), upload(values))[1]  # type: ignore[method-assign]
    made = find_class(ATTENTION_SCORES["dot"])
    layer, device = Attention("a", made("a", Parameters(backend, ()))), backend.to_device_floats
    h, states, packing = device(np.ones((7, 3))), device(np.ones((3, 2, 3))), Packing([4, 2, 1])
    for _ in range(3):
        (attended, _), back = layer(h, packing, states, states, None, training_run(backend))
        back(attended)
    assert len(uploads) == 3  # where to pad from, where to pack from, and the mask
