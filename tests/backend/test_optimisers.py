"""Optimisers and clipping: by numbers worked out by hand, and against the plain maths on every engine."""

from __future__ import annotations

import numpy as np
import pytest
from strict_backend import StrictBackend

from seq2seq_cli.backend import FlatBuffers, Update, Workspace, get_backend, reference
from seq2seq_cli.backend.numpy_backend import UPDATE_BLOCK
from seq2seq_cli.backend.optimisers import MOMENTS

ENGINES = {"numpy": get_backend("cpu", "float64"), "base": StrictBackend("float64")}


def step(backend, name: str, number: int, value, gradient, moments, *, rate=0.1, scale=1.0, decay=0.0, finite=True):
    """Apply an update to arrays of the device; return nothing."""
    made = Update(name, rate, number, backend.to_device_floats(scale)[()], backend.to_device_ids(finite)[()])
    workspace = Workspace(backend.xp, backend.dtype)
    backend.update(made, FlatBuffers(value, gradient, moments, decay), workspace)


BY_HAND = {
    # w = 1 - 0.1 * 0.5, then - 0.1 * -1
    "sgd": [0.95, 1.05],
    # v = 0.5, then 0.9 * 0.5 - 1 = -0.55
    "momentum": [0.95, 1.005],
    # m = 0.05, v = 0.00025, rate 0.1 * sqrt(0.001) / 0.1: a first step of about 0.1, whatever the gradient.
    # Then m = 0.9 * 0.05 - 0.1 = -0.055, v = 0.999 * 0.00025 + 0.001 = 0.00124975 and
    # rate' = 0.1 * sqrt(0.001999) / 0.19 = 0.0235317, so w + 0.0235317 * 0.055 / 0.0353518.
    "adam": [0.9, 0.9366102],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", BY_HAND)
def test_two_steps_by_hand(name: str, engine: str) -> None:
    backend = ENGINES[engine]
    value, moments = backend.to_device_floats([1.0]), [backend.to_device_floats([0.0]) for _ in range(MOMENTS[name])]
    for number, gradient in ((1, 0.5), (2, -1.0)):
        step(backend, name, number, value, backend.to_device_floats([gradient]), moments)
        assert float(backend.to_host(value)[0]) == pytest.approx(BY_HAND[name][number - 1], rel=2e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_decay_by_hand(engine: str) -> None:
    """SGD's and Adam's goes through the gradient, AdamW's past it; a rate of its own may stand for each parameter."""
    backend = ENGINES[engine]

    def after(name: str, decay, gradient: float = 0.0) -> list[float]:
        value = backend.to_device_floats([2.0, 2.0])
        moments = [backend.to_device_floats([0.0, 0.0]) for _ in range(MOMENTS[name])]
        step(backend, name, 1, value, backend.to_device_floats([gradient, gradient]), moments, decay=decay)
        return backend.to_host(value).tolist()

    assert after("sgd", 0.5) == pytest.approx([1.9, 1.9])  # 2 - 0.1 * (0.5 * 2)
    assert after("sgd", backend.to_device_floats([0.5, 0.0]), 1.0) == pytest.approx([1.8, 1.9])
    assert after("adamw", 0.5) == pytest.approx([1.9, 1.9])  # 2 * (1 - 0.1 * 0.5); the gradient stays 0
    assert after("adamw", backend.to_device_floats([0.5, 0.0])) == pytest.approx([1.9, 2.0])
    assert after("adamw", 0.5, 3.0) == pytest.approx([1.8, 1.8])
    assert after("adam", 0.5) == pytest.approx([1.9, 1.9], rel=1e-5)  # a gradient of 1, and a first step of 0.1


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("engine", ENGINES)
def test_several_steps_are_those_of_the_plain_maths(engine: str, name: str, decay: float) -> None:
    """Over more parameters than fit in one block, with gradients that are scaled."""
    backend, draw, size = ENGINES[engine], np.random.default_rng(0), UPDATE_BLOCK + 7
    expected = draw.standard_normal(size)
    value = backend.to_device_floats(expected.copy())
    moments = [backend.to_device_floats(np.zeros(size)) for _ in range(MOMENTS[name])]
    plain_moments = [np.zeros(size) for _ in range(MOMENTS[name])]
    for number in range(1, 5):
        gradient = draw.standard_normal(size)
        step(backend, name, number, value, backend.to_device_floats(gradient.copy()), moments, scale=0.5, decay=decay)
        g = gradient * 0.5
        if name != "adamw":
            g = g + decay * expected
        if name == "sgd":
            expected = reference.sgd(expected, g, 0.1)
        elif name == "momentum":
            expected, plain_moments[0] = reference.momentum(expected, g, plain_moments[0], 0.1)
        else:
            own = decay if name == "adamw" else 0.0
            expected, plain_moments = reference.adam(expected, g, plain_moments, 0.1, number, decay=own)
    np.testing.assert_allclose(backend.to_host(value), expected, rtol=1e-9, atol=1e-12)
    for found, right in zip(moments, plain_moments, strict=True):
        np.testing.assert_allclose(backend.to_host(found), right, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MOMENTS)
def test_a_step_that_is_not_finite_changes_nothing(engine: str, name: str) -> None:
    backend = ENGINES[engine]
    value = backend.to_device_floats([1.0, 2.0])
    moments = [backend.to_device_floats([0.3, 0.4]) for _ in range(MOMENTS[name])]
    gradient, decay = backend.to_device_floats([np.nan, 1.0]), backend.to_device_floats([0.1, 0.1])
    step(backend, name, 1, value, gradient, moments, scale=np.nan, decay=decay, finite=False)
    assert backend.to_host(value).tolist() == [1.0, 2.0]
    assert all(backend.to_host(moment).tolist() == [0.3, 0.4] for moment in moments)


@pytest.mark.parametrize("engine", ENGINES)
def test_clipping_by_hand(engine: str) -> None:
    """The gradient (3, 4) has norm 5."""
    backend = ENGINES[engine]
    gradient, loss = backend.to_device_floats([3.0, 4.0]), backend.to_device_floats(1.0)[()]

    def factor(clip: float) -> float:
        scale, finite = backend.gradient_scale(gradient, loss, clip)
        assert bool(backend.to_host(finite))
        return float(backend.to_host(scale))

    assert factor(1.0) == pytest.approx(0.2, rel=1e-6)
    assert factor(2.5) == pytest.approx(0.5, rel=1e-6)
    assert factor(5.1) == factor(100.0) == 1.0
    assert factor(0.0) == 1.0
    clipped = backend.to_host(gradient) * factor(1.0)
    np.testing.assert_allclose(clipped, [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(clipped, reference.clip(np.array([3.0, 4.0]), 1.0), rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_or_gradient_that_is_not_finite_is_seen(engine: str) -> None:
    backend = ENGINES[engine]
    for gradient, loss in (([1.0, np.nan], 1.0), ([1.0, np.inf], 1.0), ([1.0, 2.0], np.nan)):
        _, finite = backend.gradient_scale(backend.to_device_floats(gradient), backend.to_device_floats(loss)[()], 1.0)
        assert not bool(backend.to_host(finite))
