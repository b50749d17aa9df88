"""The same results on a GPU as on the CPU. Skipped where CuPy or a device is missing."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import SOURCES, small_batch, small_model, training_run
from test_models import VARIANTS

from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.batching import Sequences, SourceBatch
from seq2seq_cli.decoding import decode
from seq2seq_cli.errors import BackendError
from seq2seq_cli.optim import Optimizer

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def gpu() -> Backend:
    try:
        return get_backend("cuda", "float64")
    except BackendError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_training_step_and_answers_equal_the_cpus(gpu, variant) -> None:
    results = []
    for backend in (gpu, get_backend("cpu", "float64")):
        model = small_model(backend, reverse=True, **variant)
        optimizer = Optimizer(model.parameters, TrainConfig())
        (loss, _), backward = model.loss(small_batch(reverse=True), training_run(backend))
        model.parameters.clear_gradients()
        backward()
        optimizer.step(1, 0.01, loss)
        source = SourceBatch.pack(Sequences(SOURCES), np.arange(4), reverse=True)
        answers = decode(model, source, start=0, end=1, max_length=6).ids
        results.append((float(backend.to_host(loss)), model.parameters.to_host(), answers))
    (loss, weights, answers), (cpu_loss, cpu_weights, cpu_answers) = results
    assert loss == pytest.approx(cpu_loss, rel=1e-10)
    for name, value in cpu_weights.items():
        np.testing.assert_allclose(weights[name], value, rtol=1e-7, atol=1e-9)
    assert answers == cpu_answers


def test_dropout_and_own_predictions_run(gpu) -> None:
    model = small_model(gpu, dropout=0.5, attention="dot")
    batch, run = small_batch(), training_run(gpu, dropout=True)
    inputs = model.own_inputs(batch, gpu.uniform((1,), (batch.shape.total,)) < 0.5, run)
    (loss, _), backward = model.loss(batch, run, inputs)
    backward()
    assert np.isfinite(float(gpu.to_host(loss)))
    np.testing.assert_array_equal(gpu.to_host(gpu.uniform((1, 2), (5,))), gpu.to_host(gpu.uniform((1, 2), (5,))))
