"""The halving convolution: against its plain formula, central differences, and the strict array type."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, check
from strict_backend import StrictBackend

from seq2seq_cli.backend import reference
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.convolution import HalvingConvolution, halved
from seq2seq_cli.nn.parameters import Parameters


def layer_of(channels: int = 2, width: int = 4, backend=BACKEND, *, needs_dx: bool = True):
    entries = Parameters(backend, HalvingConvolution.specs("convolution", channels, width))
    draw = np.random.default_rng(3)
    entries.assign({name: draw.standard_normal(entry.shape) for name, entry in entries.items()})
    return HalvingConvolution(*entries.values(), needs_dx=needs_dx), entries


@pytest.mark.parametrize("side", [1, 2, 5, 8])
def test_it_is_the_plain_formula_whatever_the_side(side: int) -> None:
    layer, entries = layer_of()
    x = DRAW.standard_normal((3, side, side, 2))
    context = training_run(BACKEND)
    context.workspace.array("convolution.weight", "squares", 3, 9, 9, 18)[...] = (
        np.nan
    )  # what stood there counts for nothing
    y, _ = layer(x, context)
    assert y.shape == (3, halved(side), halved(side), 4)
    weight, bias = (entry.value for entry in entries.values())
    for row, picture in enumerate(x):
        np.testing.assert_allclose(y[row], reference.halving_convolution(picture, weight, bias), atol=1e-12)


@pytest.mark.parametrize("side", [3, 4])
def test_gradients(side: int) -> None:
    layer, entries = layer_of()
    x = DRAW.standard_normal((2, side, side, 2))

    def forward():
        y, back = layer(x, training_run(BACKEND))
        return [y], lambda dys: [back(dys[0])]

    check(forward, {"x": x}, entries)


def test_pixels_need_no_gradient_and_a_backward_is_valid_once() -> None:
    layer, entries = layer_of(needs_dx=False)
    y, back = layer(DRAW.standard_normal((2, 4, 4, 2)), training_run(BACKEND))
    assert back(np.ones_like(y)) is None
    assert np.abs(entries.gradients_flat).max() > 0
    with pytest.raises(StaleBackwardError):
        back(np.ones_like(y))


def test_on_strict_arrays() -> None:
    strict, x, results = StrictBackend(), DRAW.standard_normal((2, 5, 5, 2)), []
    for backend in (strict, BACKEND):
        layer, entries = layer_of(backend=backend)
        y, back = layer(backend.to_device_floats(x), training_run(backend))
        dx = back(backend.to_device_floats(np.ones((2, 3, 3, 4))))
        results.append([np.array(backend.to_host(array)) for array in (y, dx, entries.gradients_flat)])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
