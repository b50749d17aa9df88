"""What decays, over a whole model's parameters."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import small_model
from strict_backend import StrictBackend

from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.training.optimiser import Optimizer


def decayed(backend, **options) -> dict[str, np.ndarray]:
    """Return for each parameter how much smaller a step has made it, where only symbol 2 was read."""
    model = small_model(backend)
    config = TrainConfig(optimizer="adamw", weight_decay=0.5, **options)
    before = model.parameters.to_host()
    model.parameters.gradients_flat[...] = 0
    for name in ("encoder.embedding.weight", "decoder.embedding.weight"):
        model.parameters[name].gradient[2] = 1e-30  # of no size, but a gradient
    Optimizer(model.parameters, config).step(1, 0.1, backend.to_device_floats(1.0)[()])
    after = model.parameters.to_host()
    return {name: 1 - after[name] / before[name] for name in before}


@pytest.mark.parametrize("backend", [get_backend("cpu", "float64"), StrictBackend("float64")], ids=["numpy", "strict"])
def test_weights_decay_and_biases_and_absent_symbols_do_not(backend) -> None:
    for name, share in decayed(backend).items():
        expected = np.full(share.shape, 0.05)
        if name.endswith("bias"):
            expected[...] = 0
        elif "embedding" in name:
            expected[...] = 0
            expected[2] = 0.05
        np.testing.assert_allclose(share, expected, atol=1e-12, err_msg=name)


def test_all_decays_if_asked() -> None:
    for share in decayed(get_backend("cpu", "float64"), weight_decay_scope="all").values():
        np.testing.assert_allclose(share, 0.05, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "momentum"])
@pytest.mark.parametrize("backend", [get_backend("cpu", "float64"), StrictBackend("float64")], ids=["numpy", "strict"])
def test_a_step_that_is_not_finite_changes_nothing(backend, optimizer: str) -> None:
    model, loss = small_model(backend), backend.to_device_floats(1.0)[()]
    made = Optimizer(model.parameters, TrainConfig(optimizer=optimizer, weight_decay=0.1))
    model.parameters.gradients_flat[...] = 0.1
    assert bool(backend.to_host(made.step(1, 0.01, loss)))
    weights, moments = model.parameters.to_host(), made.to_host()
    model.parameters.gradients_flat[...] = float("nan")
    assert not bool(backend.to_host(made.step(2, 0.01, loss)))
    for before, after in ((weights, model.parameters.to_host()), (moments, made.to_host())):
        for name in before:
            np.testing.assert_array_equal(before[name], after[name])


def test_a_gradient_is_clipped_by_its_norm_before_the_step() -> None:
    """The whole gradient has norm 0.5 * sqrt(P); clipped to 1, SGD moves every parameter by rate / sqrt(P)."""
    model = small_model()
    before, size = model.parameters.values_flat.copy(), model.parameters.size
    model.parameters.gradients_flat[...] = 0.5
    assert 0.5 * np.sqrt(size) > 1
    Optimizer(model.parameters, TrainConfig(optimizer="sgd", clip=1.0)).step(1, 0.1, np.float64(1))
    np.testing.assert_allclose(before - model.parameters.values_flat, 0.1 / np.sqrt(size), rtol=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "adamw"])
def test_steps_of_a_whole_model_are_those_of_the_formulas(optimizer: str) -> None:
    """Three of them, with clipping, the decay of weights, and a correction that depends on the step's number."""
    model, draw = small_model(), np.random.default_rng(0)
    config = TrainConfig(optimizer=optimizer, clip=0.5, weight_decay=0.2, weight_decay_scope="all")
    made, w = Optimizer(model.parameters, config), model.parameters.values_flat.copy()
    v, m, s = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for number, rate in ((1, 0.1), (2, 0.05), (3, 0.2)):
        gradient = draw.standard_normal(len(w))
        model.parameters.gradients_flat[...] = gradient
        made.step(number, rate, np.float64(1))
        g = gradient * 0.5 / (np.sqrt((gradient**2).sum()) + 1e-6)
        if optimizer == "adamw":
            w = w - rate * 0.2 * w
        else:
            g = g + 0.2 * w
        if optimizer == "sgd":
            w = w - rate * g
        elif optimizer == "momentum":
            v = 0.9 * v + g
            w = w - rate * v
        else:
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
            corrected = rate * np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
            w = w - corrected * m / (np.sqrt(s) + 1e-7)
        np.testing.assert_allclose(model.parameters.values_flat, w, rtol=1e-9, atol=1e-12)


def test_a_mean_of_squares_below_0_is_refused() -> None:
    made = Optimizer(small_model().parameters, TrainConfig(optimizer="adam"))
    moments = made.to_host()
    made.assign({**moments, "moment0": moments["moment0"] - 1})
    with pytest.raises(ValueError, match="moment1 holds a number below 0"):
        made.assign({**moments, "moment1": moments["moment1"] - 1e-9})
    with pytest.raises(ValueError, match="moment1 has shape"):
        made.assign({**moments, "moment1": moments["moment1"][1:]})
    with pytest.raises(KeyError):
        made.assign({"moment0": moments["moment0"]})
    velocity = Optimizer(small_model().parameters, TrainConfig(optimizer="momentum"))
    velocity.assign({"moment0": -np.ones_like(moments["moment0"])})
    assert (velocity.to_host()["moment0"] == -1).all()
