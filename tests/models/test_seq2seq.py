"""Whole models: gradients of every variant, padding, batches, stepping, and the strict array type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gradients import relative_errors
from helpers import (
    SOURCES,
    TARGETS,
    decode,
    inference_run,
    random_weights,
    small_batch,
    small_config,
    small_model,
    training_run,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from strict_backend import StrictBackend
from variants import COPYING, VARIANTS

from seq2seq_cli.backend import Packing, Workspace, get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.config.registry import CELLS
from seq2seq_cli.data.batching import SourceBatch, make_batch
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.models.build import build_seq2seq
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.training.optimiser import Optimizer


def gradient_errors(
    model, batch, *, dropout: bool, own: bool = False, label_smoothing: float = 0.0
) -> dict[str, float]:
    workspace = Workspace(model.backend.xp, model.backend.dtype)

    def run() -> ForwardContext:
        context = training_run(model.backend, dropout=dropout, workspace=workspace)
        return replace(context, label_smoothing=label_smoothing)

    inputs = None
    if own:
        gold = np.random.default_rng(0).random(batch.packing.total) < 0.4
        inputs = model.scheduled_sampling_inputs(batch, gold, run())
    (_, _), backward = model.loss(batch, run(), inputs)
    model.parameters.clear_gradients()
    backward()
    arrays = {name: (entry.value, entry.gradient.copy()) for name, entry in model.parameters.items()}
    return relative_errors(lambda: float(model.loss(batch, run(), inputs)[0][0]), arrays)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_gradients_of_every_variant(variant) -> None:
    model = small_model(dropout=0.3, reverse=True, **variant)
    for dropout in (False, True):
        errors = gradient_errors(model, small_batch(reverse=True), dropout=dropout)
        assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize("variant", [{"peeky": True}, *COPYING], ids=str)
def test_gradients_with_smoothed_labels(variant) -> None:
    """With copying, what is smoothed is the mixture."""
    errors = gradient_errors(small_model(**variant), small_batch(), dropout=False, label_smoothing=0.2)
    assert max(errors.values()) < 1e-6, errors


DROPS = {"variational_dropout": True, "weight_drop": 0.3, "embedding_dropout": 0.2, "output_dropout": 0.4}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "variant",
    [
        {"tied": True, "embedding_size": 4, "peeky": True, "attention": "dot"},
        {**DROPS, "layers": 2, "bidirectional": True, "attention": "general"},
        {**DROPS, "layers": 2, "tied": True, "embedding_size": 4},
    ],
    ids=str,
)
def test_gradients_with_tied_weights_and_every_dropout(variant, cell) -> None:
    model = small_model(dropout=0.3, cell=cell, **variant)
    for own in (False, True):
        errors = gradient_errors(model, small_batch(), dropout=True, own=own)
        assert max(errors.values()) < 1e-6, errors


def test_every_dropout_is_where_its_name_says() -> None:
    """The names are keys of the random draws, so that they fix what a seed drops."""
    options = {"layers": 2, "bidirectional": True, "attention": "dot", "dropout": 0.3}
    model, context = small_model(**DROPS, **options), training_run(get_backend("cpu", "float64"), dropout=True)
    model.loss(small_batch(), context)
    assert set(context.masks) == {
        *(f"{side}.embedding.{name}" for side in ("encoder", "decoder") for name in ("dropout", "weight.dropout")),
        *(f"encoder.lstm{n}.{way}.weight-drop" for n in (0, 1) for way in ("forwards", "backwards")),
        *(f"decoder.lstm{n}.weight-drop" for n in (0, 1)),
        "encoder.lstm0.forwards.dropout",
        "decoder.lstm0.dropout",
        "decoder.output.dropout",
        "decoder.attended.dropout",
    }
    share = {name: float((mask == 0).mean()) for name, mask in context.masks.items()}
    assert share["decoder.output.dropout"] > 0
    assert share["decoder.lstm0.weight-drop"] == pytest.approx(0.3, abs=0.2)


@pytest.mark.parametrize("variant", [{"peeky": True}, {"attention": "dot", "layers": 2}], ids=str)
def test_gradients_on_own_predictions(variant) -> None:
    model = small_model(dropout=0.3, **variant)
    errors = gradient_errors(model, small_batch(), dropout=True, own=True)
    assert max(errors.values()) < 1e-6, errors


def test_rows_of_one_length_have_the_same_gradients_as_padded_paths() -> None:
    """Attention takes a shorter way when all rows are of one length."""
    model = small_model(attention="dot", peeky=True)
    sources, targets = [row[:1] * 3 for row in SOURCES], [row[:1] * 2 for row in TARGETS]
    errors = gradient_errors(model, small_batch(sources, targets), dropout=False)
    assert max(errors.values()) < 1e-6, errors


def loss_and_gradient(model, sources, targets) -> tuple[float, np.ndarray]:
    """Return the sum of losses and its gradient."""
    batch = small_batch(sources, targets, reverse=model.config.reverse)
    (mean, _), backward = model.loss(batch, training_run(model.backend))
    model.parameters.clear_gradients()
    backward()
    count = batch.packing.total
    return float(mean) * count, model.parameters.gradients_flat * count


@pytest.mark.parametrize("variant", VARIANTS[::3], ids=str)
def test_a_batch_is_the_sum_of_its_rows(variant) -> None:
    """What other rows stand in a batch, and so how much of it is padding, changes nothing."""
    model = small_model(reverse=True, **variant)
    together = loss_and_gradient(model, SOURCES, TARGETS)
    alone = [loss_and_gradient(model, [s], [t]) for s, t in zip(SOURCES, TARGETS, strict=True)]
    assert together[0] == pytest.approx(sum(loss for loss, _ in alone), rel=1e-12)
    total = np.sum([gradient for _, gradient in alone], axis=0)
    assert np.linalg.norm(together[1] - total) < 1e-12 * np.linalg.norm(total)


def test_garbage_in_reused_buffers_changes_no_bit() -> None:
    """A larger batch leaves its numbers in the workspace; NaN there must not reach a smaller one."""
    model = small_model(peeky=True, attention="additive", layers=2, bidirectional=True)
    batch = small_batch()

    def measure(workspace: Workspace) -> tuple[bytes, bytes]:
        (mean, _), backward = model.loss(batch, training_run(model.backend, workspace=workspace))
        model.parameters.clear_gradients()
        backward()
        return np.array(mean).tobytes(), model.parameters.gradients_flat.tobytes()

    fresh = measure(Workspace(np, np.float64))
    dirty = Workspace(np, np.float64)
    big = small_batch(SOURCES * 3, TARGETS * 3)
    (_, _), backward = model.loss(big, training_run(model.backend, workspace=dirty))
    backward()
    for buffer in dirty._buffers.values():
        buffer[...] = np.nan
    assert measure(dirty) == fresh


@pytest.mark.parametrize("variant", VARIANTS[::2], ids=str)
def test_stepping_equals_forward(variant) -> None:
    model = small_model(**variant)
    batch, context = small_batch(), inference_run(model.backend)
    whole, _ = model.forward(batch, model.backend.to_device_ids(batch.inputs), context)
    whole = whole.copy()
    (state, prepared), _ = model.encode(batch.source, batch.rows, context)
    for start, count in batch.packing.steps:
        kept = np.arange(count)
        state = tuple(layer.take(kept, model.backend) for layer in state)
        prepared = prepared.take(kept, model.backend)
        ids = batch.inputs[start : start + count]
        (logits, state), _ = model.decoder(ids, Packing.even(count, 1), state, prepared, context)
        np.testing.assert_allclose(logits, whole[start : start + count], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("sampling", [None, Sampling(temperature=1.3, seed=5)], ids=["greedy", "sampled"])
def test_an_answer_does_not_depend_on_its_batch(variant, sampling) -> None:
    model = small_model(reverse=True, **variant)
    sources = Sequences(SOURCES)
    options = {"start": 0, "end": 1, "max_length": 7, "sampling": sampling}
    rows = np.array([2, 0, 3, 1])
    together = decode(model, SourceBatch.pack(sources, rows, reverse=True), stream_ids=rows, **options)
    for place, row in enumerate(rows):
        numbers = np.array([row])
        alone = decode(model, SourceBatch.pack(sources, numbers, reverse=True), stream_ids=numbers, **options)
        assert alone.ids[0] == together.ids[place]
        assert alone.log_probs[0] == pytest.approx(together.log_probs[place], rel=1e-9)


def test_greedy_answers_are_the_argmax_of_the_forward() -> None:
    model = small_model(peeky=True)
    model.parameters["decoder.output.bias"].value[1] += 1.0  # so that some answers end
    decoded = decode(
        model, SourceBatch.pack(Sequences(SOURCES), np.arange(4), reverse=False), start=0, end=1, max_length=6
    )
    assert decoded.finished.any()
    targets = [[*ids, 1] if done else ids for ids, done in zip(decoded.ids, decoded.finished, strict=True)]
    batch = small_batch(SOURCES, targets)
    context = inference_run(model.backend)
    logits, _ = model.forward(batch, model.backend.to_device_ids(batch.inputs), context)
    np.testing.assert_array_equal(logits.argmax(axis=1), batch.targets)
    scores = model.backend.log_softmax(logits)[np.arange(len(batch.targets)), batch.targets]
    totals = np.bincount(batch.order[batch.packing.row_of], weights=scores)
    np.testing.assert_allclose(totals, decoded.log_probs + decoded.end_log_probs, rtol=1e-9)


@pytest.mark.parametrize("bias", [0.0, 3.0])
def test_own_inputs_are_gold_or_what_greedy_decoding_says(bias: float) -> None:
    """The start symbol, 0, never comes out, however probable it is."""
    model = small_model(peeky=True, attention="dot")
    model.parameters["decoder.output.bias"].value[0] += bias
    batch, context = small_batch(), training_run(model.backend)
    total = batch.packing.total
    np.testing.assert_array_equal(
        model.scheduled_sampling_inputs(batch, np.ones(total, dtype=bool), context), batch.inputs
    )
    own = model.scheduled_sampling_inputs(batch, np.zeros(total, dtype=bool), context)
    source = SourceBatch.pack(Sequences(SOURCES), np.arange(4), reverse=False)
    said = decode(model, source, start=0, end=None, max_length=4, banned=(0,)).ids
    for position, (row, step) in enumerate(zip(batch.order[batch.packing.row_of], batch.packing.step_of, strict=True)):
        assert own[position] == (0 if step == 0 else said[row][step - 1])


def test_reversal_is_within_a_rows_own_length() -> None:
    ids, packing, order = Sequences(SOURCES).pack(np.arange(4), reverse=True)
    rows: list[list[int]] = [[] for _ in SOURCES]
    for value, row in zip(ids, packing.row_of, strict=True):
        rows[order[row]].append(int(value))
    assert rows == [row[::-1] for row in SOURCES]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=7), st.booleans())
def test_packing_keeps_every_row(rows, reverse) -> None:
    chosen = np.arange(len(rows))
    ids, packing, order = Sequences(rows).pack(chosen, reverse=reverse)
    assert sorted(order.tolist()) == chosen.tolist()
    unpacked: list[list[int]] = [[] for _ in rows]
    for value, row in zip(ids, packing.row_of, strict=True):
        unpacked[order[row]].append(int(value))
    assert unpacked == [row[::-1] if reverse else row for row in rows]
    np.testing.assert_array_equal(ids[packing.reversal][packing.reversal], ids)
    padded = ids[packing.padded]
    np.testing.assert_array_equal(padded.reshape(-1)[packing.packed], ids)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 6), min_size=1, max_size=5), st.lists(st.integers(0, 5), min_size=1, max_size=4)
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_batch_is_the_sum_of_its_rows(pairs) -> None:
    model = small_model(peeky=True, attention="dot")
    together, gradient = loss_and_gradient(model, [s for s, _ in pairs], [t for _, t in pairs])
    alone = [loss_and_gradient(model, [s], [t]) for s, t in pairs]
    assert together == pytest.approx(sum(loss for loss, _ in alone), rel=1e-12)
    total = np.sum([part for _, part in alone], axis=0)
    assert np.linalg.norm(gradient - total) <= 1e-12 * np.linalg.norm(total)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_whole_model_runs_on_strict_arrays(variant) -> None:
    """Forward, backward, update, own predictions and decoding, with the results of plain NumPy."""
    results = []
    for backend in (StrictBackend("float64"), get_backend("cpu", "float64")):
        model = small_model(backend, dropout=0.2, **variant)
        optimizer = Optimizer(model.parameters, TrainConfig(optimizer="adamw", weight_decay=0.1))
        batch = small_batch()
        context = training_run(backend, dropout=True)
        gold = backend.uniform((1,), (batch.packing.total,)) < 0.5
        inputs = model.scheduled_sampling_inputs(batch, gold, context)
        (loss, _), backward = model.loss(batch, context, inputs)
        model.parameters.clear_gradients()
        backward()
        finite = optimizer.step(1, 0.01, loss)
        assert bool(backend.to_host(finite))
        source = SourceBatch.pack(Sequences(SOURCES), np.arange(4), reverse=False)
        decoded = decode(model, source, start=0, end=1, max_length=5)
        sampled = decode(model, source, start=0, end=1, max_length=5, sampling=Sampling(seed=2))
        flat = np.concatenate([value.reshape(-1) for value in model.parameters.to_host().values()])
        results.append((flat, float(backend.to_host(loss)), decoded.ids, sampled.ids))
    strict, plain = results
    np.testing.assert_allclose(strict[0], plain[0], rtol=1e-9, atol=1e-12)
    assert strict[1] == pytest.approx(plain[1], rel=1e-12)
    assert strict[2:] == plain[2:]


def test_strict_arrays_refuse_numpy() -> None:
    array = StrictBackend().to_device_floats([1.0, 2.0])
    for misuse in (
        lambda: np.add(array, 1),
        lambda: np.ones(2) + array,
        lambda: array + np.ones(2),
        lambda: np.asarray(array),
        lambda: float(array[0]),
        lambda: bool(array[0] > 0),
        lambda: array[np.array([0])],
    ):
        with pytest.raises(TypeError):
            misuse()


def test_precomputed_peeky_equals_repeated_and_joined() -> None:
    """The book joins the vector to every step's input; here it is projected once and added."""
    model = small_model(peeky=True)
    weights = random_weights(model.config)
    context = inference_run(model.backend)
    source = SourceBatch.pack(Sequences([[1, 2, 3]]), np.arange(1), reverse=False)
    (state, prepared), _ = model.encode(source, np.arange(1), context)
    vector = state[0].h.copy()
    (logits, _), _ = model.decoder(np.array([2]), Packing.even(1, 1), state, prepared, context)
    joined = np.concatenate((vector, weights["decoder.embedding.weight"][[2]]), axis=1)
    matrix = np.concatenate((weights["decoder.lstm0.peeky"], weights["decoder.lstm0.input"]))
    z = joined @ matrix + vector @ weights["decoder.lstm0.recurrent"] + weights["decoder.lstm0.bias"]
    i, f, o = (1 / (1 + np.exp(-z[:, 4 * k : 4 * k + 4])) for k in range(3))
    c = f * state[0].c + i * np.tanh(z[:, 12:])
    out = np.concatenate((vector, o * np.tanh(c)), axis=1)
    matrix = np.concatenate((weights["decoder.output.peeky"], weights["decoder.output.weight"]))
    np.testing.assert_allclose(logits, out @ matrix + weights["decoder.output.bias"], rtol=1e-10)


def test_a_model_with_other_weights_is_refused() -> None:
    config = small_config()
    model = build_seq2seq(config, get_backend())
    weights = random_weights(config)
    weights["decoder.output.bias"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"decoder\.output\.bias"):
        model.parameters.assign(weights)


def test_batches_pair_each_target_with_its_source() -> None:
    batch = make_batch(Sequences(SOURCES), Sequences(TARGETS), np.array([3, 1, 0]), reverse=False, start=0)
    for row, place in enumerate(batch.order):
        assert batch.source.order[batch.rows[row]] == place
