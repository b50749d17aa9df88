"""Whole models on the kernels: loss and gradients of every variant as in float64, and training that repeats."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import small_batch, small_model, training_run
from variants import VARIANTS

from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.backend.native import library
from seq2seq_cli.backend.native.backend import NativeBackend
from seq2seq_cli.nn.loss import softmax_cross_entropy

pytestmark = pytest.mark.skipif(
    isinstance(library.find(), library.Missing), reason="the kernels were not compiled: no C compiler"
)


def loss_and_gradient(backend: Backend, **variant):
    """Return the loss of a small batch, and the gradient of all parameters."""
    model, batch, context = small_model(backend, **variant), small_batch(), training_run(backend, dropout=False)
    model.parameters.clear_gradients()
    logits, back = model.forward(batch, backend.to_device_ids(batch.inputs), context)
    (loss, _), back_loss = softmax_cross_entropy(logits, backend.to_device_ids(batch.targets), context)
    back(back_loss())
    return float(loss), backend.to_host(model.parameters.gradients_flat).astype(float)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_model_learns_as_in_float64(variant) -> None:
    loss, gradient = loss_and_gradient(get_backend("cpu", "float32"), **variant)
    wanted, exact = loss_and_gradient(get_backend("cpu", "float64"), **variant)
    assert loss == pytest.approx(wanted, rel=1e-5)
    assert np.linalg.norm(gradient - exact) <= 2e-5 * np.linalg.norm(exact)


@pytest.mark.parametrize("variant", [{}, {"attention": "general", "layers": 2}, {"peeky": True}], ids=str)
def test_a_model_learns_nearly_so_from_rounded_numbers(variant) -> None:
    kernels = library.find()
    assert isinstance(kernels, library.Kernels)
    loss, gradient = loss_and_gradient(NativeBackend(kernels, half=True), **variant)
    wanted, exact = loss_and_gradient(get_backend("cpu", "float64"), **variant)
    assert loss == pytest.approx(wanted, rel=0.02)
    assert np.linalg.norm(gradient - exact) <= 0.05 * np.linalg.norm(exact)
