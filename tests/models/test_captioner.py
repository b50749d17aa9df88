"""Captioners: gradients behind images and behind features, rows that are alone, steps, and the strict array type."""

from __future__ import annotations

import numpy as np
import pytest
from captioning import SOURCES, TARGETS, caption_batch, small_captioner
from gradients import relative_errors
from helpers import decode, inference_run, training_run
from strict_backend import StrictBackend

from seq2seq_cli.backend import Packing, Workspace
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.models.spec import image_widths

READS = ["images", "features"]
VARIANTS = [
    {},
    {"attention": "general", "readout": True, "bidirectional": True},
    {"peeky": True, "attention": "dot", "layers": 2, "cell": "gru"},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("reads", READS)
def test_gradients(reads, variant) -> None:
    model, batch = small_captioner(reads, dropout=0.3, **variant), caption_batch(reads)
    workspace = Workspace(model.backend.xp, model.backend.dtype)

    def loss(dropout: bool):
        return model.loss(batch, training_run(model.backend, dropout=dropout, workspace=workspace))

    for dropout in (False, True):
        _, backward = loss(dropout)
        model.parameters.clear_gradients()
        backward()
        arrays = {name: (entry.value, entry.gradient.copy()) for name, entry in model.parameters.items()}
        assert all(np.abs(gradient).max() > 0 for name, (_, gradient) in arrays.items() if "encoder" in name)
        errors = relative_errors(lambda dropout=dropout: float(loss(dropout)[0][0]), arrays, epsilon=1e-6)
        assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize("reads", READS)
def test_a_batch_is_the_sum_of_its_rows(reads) -> None:
    model = small_captioner(reads, attention="dot", peeky=True, bidirectional=True)

    def measured(rows: list[int]):
        batch = caption_batch(reads, rows)
        (mean, _), backward = model.loss(batch, training_run(model.backend))
        model.parameters.clear_gradients()
        backward()
        return float(mean) * batch.packing.total, model.parameters.gradients_flat * batch.packing.total

    together, alone = measured([0, 1, 2, 3]), [measured([row]) for row in range(4)]
    assert together[0] == pytest.approx(sum(loss for loss, _ in alone), rel=1e-12)
    np.testing.assert_allclose(together[1], sum(gradient for _, gradient in alone), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("reads", READS)
def test_steps_equal_the_forward_and_answers_do_not_depend_on_neighbours(reads) -> None:
    model, batch = small_captioner(reads, attention="general", bidirectional=True), caption_batch(reads)
    context = inference_run(model.backend)
    whole, _ = model.forward(batch, batch.inputs, context)
    whole = whole.copy()
    state = model.start(batch.source, context).take(batch.order)
    for start, count in batch.packing.steps:
        state = state.first(count)
        logits, state = model.read(batch.inputs[start : start + count], Packing.even(count, 1), state, context)
        np.testing.assert_allclose(logits, whole[start : start + count], rtol=1e-10, atol=1e-12)
    rows = np.arange(4)
    answers = decode(model, SourceBatch.pack(SOURCES[reads], rows, reverse=False), start=0, end=1, max_length=6)
    for row in rows:
        alone = SourceBatch.pack(SOURCES[reads], rows[row : row + 1], reverse=False)
        assert decode(model, alone, start=0, end=1, max_length=6).ids == [answers.ids[row]]


@pytest.mark.parametrize("reads", READS)
def test_on_strict_arrays(reads) -> None:
    options = {"attention": "general", "readout": True, "bidirectional": True, "dropout": 0.3}
    results = []
    for backend in (StrictBackend(), None):
        model = small_captioner(reads, backend, **options)
        (loss, _), backward = model.loss(caption_batch(reads), training_run(model.backend, dropout=True))
        backward()
        gradient = model.backend.to_host(model.parameters.gradients_flat)
        source = SourceBatch.pack(SOURCES[reads], np.arange(4), reverse=False)
        ids = decode(model, source, start=0, end=1, max_length=6).ids
        results.append((float(model.backend.to_host(loss)), np.array(gradient), ids))
    (loss, gradient, ids), (other_loss, other_gradient, other_ids) = results
    assert loss == pytest.approx(other_loss, rel=1e-12)
    assert ids == other_ids
    np.testing.assert_allclose(gradient, other_gradient, rtol=1e-9, atol=1e-12)


def test_memory_is_bounded_by_what_an_image_makes() -> None:
    model = small_captioner("images")
    assert model.source_cost * 4 >= 4 * 4 * 9 * 3  # the first layer's squares
    assert image_widths(model.config) == [3, 2, 4]
    assert len(TARGETS) == len(SOURCES["images"])
