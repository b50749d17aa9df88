"""The same results on a GPU as on the CPU. Skipped where CuPy or a device is missing."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from helpers import SOURCES, decode, small_batch, small_model, training_run, write
from variants import IDS, LANGUAGE_MODELS, VARIANTS, carried, language_model, window
from whole_runs import KINDS, check_same, resumed_on, run_on

from seq2seq_cli.backend import Backend, Workspace, get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import BackendError
from seq2seq_cli.evaluation.text import score_text
from seq2seq_cli.inference.alignments import attended_places
from seq2seq_cli.inference.beam import beam_search
from seq2seq_cli.inference.hypotheses import BeamOptions
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.training.optimiser import Optimizer

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


@pytest.mark.parametrize("kind", KINDS)
def test_whole_runs_and_their_evaluation_equal_the_cpus(gpu, kind, tmp_path, monkeypatch) -> None:
    runs = [
        run_on(backend, kind, tmp_path / f"{backend.name}.pkl", monkeypatch)
        for backend in (gpu, get_backend("cpu", "float64"))
    ]
    check_same(*runs)


def test_a_run_that_goes_on_equals_the_cpus(gpu, tmp_path, monkeypatch) -> None:
    parts = resumed_on(gpu, tmp_path / "parts.pkl", monkeypatch)
    whole, _, _ = run_on(get_backend("cpu", "float64"), "pairs", tmp_path / "whole.pkl", monkeypatch)
    for name, value in whole.weights.items():
        np.testing.assert_allclose(parts.weights[name], value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("end", [1, None])
def test_a_beams_answers_and_alignments_equal_the_cpus(gpu, end) -> None:
    results = []
    for backend in (gpu, get_backend("cpu", "float64")):
        model = small_model(backend, attention="general")
        source = SourceBatch.pack(Sequences(SOURCES), np.arange(4), reverse=False)
        with model.inference() as context:
            state, how = model.start(source, context), BeamOptions(3, n_best=3, length_penalty=1.0)
            options = SearchOptions(20, end, (0,), no_repeat=3 if end else 0)
            found = beam_search(model, state, np.zeros(4, dtype=int), options, how, context)
            answers = [(row, one.ids) for row, of_row in enumerate(found) for one in of_row]
            places = [place.tolist() for place in attended_places(model, state, 0, answers, context)]
        results.append((answers, places))
    assert results[0] == results[1]


def test_dropout_and_own_predictions_run(gpu) -> None:
    model = small_model(gpu, dropout=0.5, attention="dot")
    batch, context = small_batch(), training_run(gpu, dropout=True)
    inputs = model.scheduled_sampling_inputs(batch, gpu.uniform((1,), (batch.packing.total,)) < 0.5, context)
    (loss, _), backward = model.loss(batch, context, inputs)
    backward()
    assert np.isfinite(float(gpu.to_host(loss)))
    np.testing.assert_array_equal(gpu.to_host(gpu.uniform((1, 2), (5,))), gpu.to_host(gpu.uniform((1, 2), (5,))))


def test_a_language_models_windows_and_text_equal_the_cpus(gpu) -> None:
    results = []
    for backend in (gpu, get_backend("cpu", "float64")):
        model = language_model(backend, layers=2, tied=True)
        workspace = Workspace(backend.xp, backend.dtype)
        context = ForwardContext(backend, workspace, gradients=True, activation_penalty=0.5, temporal_penalty=0.5)
        (loss, _, state), backward = window(model, context, carried(model))
        model.parameters.clear_gradients()
        backward()
        scored = score_text(model, IDS, 0, streams=3)
        steps = write(model, [IDS[:3], IDS[:2]], sampling=Sampling(top_k=3, seed=1), banned=(0,))
        written = [step.ids.tolist() for step in islice(steps, 20)]
        arrays = [backend.to_host(a) for a in (loss, *state[0].arrays().values(), model.parameters.gradients_flat)]
        results.append(([*arrays, scored.losses], written))
    (arrays, written), (cpu_arrays, cpu_written) = results
    for found, expected in zip(arrays, cpu_arrays, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)
    assert written == cpu_written


def test_a_language_models_dropout_runs(gpu) -> None:
    for variant in LANGUAGE_MODELS:
        model = language_model(gpu, **variant)
        context = ForwardContext(gpu, Workspace(gpu.xp, gpu.dtype), gradients=True, dropout_key=(1, 2, 3))
        (loss, _, _), backward = window(model, context, model.zeros(3))
        backward()
        assert np.isfinite(float(gpu.to_host(loss)))
