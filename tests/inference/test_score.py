"""The windowed scorer: the same figures whatever the windows, and never more than so many numbers at once."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import SOURCES, TARGETS, inference_run, small_batch, small_generator, small_model
from strict_backend import StrictBackend

from seq2seq_cli.backend import Packing, get_backend
from seq2seq_cli.evaluation.text import Cache, score_as_book, score_text, score_with_cache
from seq2seq_cli.inference import batches as batches_module
from seq2seq_cli.inference.batches import batches, rows_at_once, runs
from seq2seq_cli.inference.score import score, score_lines
from seq2seq_cli.models import windows as windows_module
from seq2seq_cli.models.windows import windows

VARIANTS = [
    {},
    {"peeky": True, "layers": 2},
    {"attention": "dot"},
    {"attention": "additive", "peeky": True},
    {"attention": "dot", "readout": True, "copying": True},
]
LINES = [np.array(line, dtype=np.int64) for line in ([2, 3, 5, 4], [6], [], [2, 2, 3, 4, 5, 6, 3, 2, 2], [0, 4])]
IDS = np.random.default_rng(0).integers(0, 7, 60)


def narrow(monkeypatch, size: int) -> None:
    for module in (windows_module, batches_module):
        monkeypatch.setattr(module, "LARGEST_ARRAY", size)


@pytest.mark.parametrize("largest", [1, 17, 60, 1000])
def test_windows_cover_every_symbol_once(monkeypatch, largest) -> None:
    packing, cost = Packing([9, 7, 7, 3, 1, 1]), 3
    rows_of: list[list[int]] = [[] for _ in range(6)]
    narrow(monkeypatch, largest)
    before = 0
    for places, window in windows(packing, cost):
        assert (places.start, places.stop) == (before, before + window.total)
        before = places.stop
        assert window.total * cost <= largest or window.longest == 1
        for row, length in enumerate(window.lengths.tolist()):
            rows_of[row].append(length)
    assert [sum(lengths) for lengths in rows_of] == packing.lengths.tolist()


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("largest", [1, 100, 1 << 22])
def test_targets_are_scored_as_the_forward_scores_them(monkeypatch, variant, largest) -> None:
    model, batch = small_model(**variant), small_batch(SOURCES * 3, TARGETS * 3)
    logits, _ = model.forward(batch, batch.inputs, inference_run(model.backend))
    expected = model.backend.log_softmax(logits)
    narrow(monkeypatch, largest)
    with model.inference() as context:
        state = model.start(batch.source, context).take(batch.order)
        scored, _ = score(model, batch.inputs, batch.targets, batch.packing, state, context, hits=True)
    np.testing.assert_allclose(scored.log_probs, expected[np.arange(len(batch.targets)), batch.targets], rtol=1e-9)
    np.testing.assert_array_equal(scored.hits, expected.argmax(axis=1) == batch.targets)


@pytest.mark.parametrize("largest", [1, 40, 200, 1 << 22])
def test_lines_and_texts_are_scored_the_same_in_any_windows(monkeypatch, largest) -> None:
    writer = small_generator(layers=2)
    model = writer.model
    expected = [-score_text(model, np.array([*line, 1]), 1).losses.sum() for line in LINES]
    whole = [score_text(model, IDS, 1, streams=7), score_as_book(model, IDS, batch_size=3, bptt=5)]
    whole.append(score_with_cache(model, IDS, 1, Cache(size=9)))
    narrow(monkeypatch, largest)
    np.testing.assert_allclose(score_lines(model, LINES, 1), expected, rtol=1e-9)
    again = [score_text(model, IDS, 1, streams=7), score_as_book(model, IDS, batch_size=3, bptt=5)]
    again.append(score_with_cache(model, IDS, 1, Cache(size=9)))
    for found, before in zip(again, whole, strict=True):
        np.testing.assert_allclose(found.losses, before.losses, rtol=1e-9)
        np.testing.assert_array_equal(found.ids, before.ids)
    assert score_lines(model, [], 1).tolist() == []


@pytest.mark.parametrize("largest", [1, 40, 200, 1 << 22])
def test_prompts_are_read_the_same_in_any_windows(monkeypatch, largest) -> None:
    """Rows end within windows and at their edges; those that have nothing to read begin empty."""
    model = small_generator(layers=2).model
    narrow(monkeypatch, largest)
    with model.inference() as context:
        state = model.start(LINES, context)
        for row, line in enumerate(LINES):
            layers = model.zeros(1)
            if len(line):
                _, layers = model.outputs(line, Packing([len(line)]), layers, context)
            for found, expected in zip(state.layers, layers, strict=True):
                np.testing.assert_allclose(found.h[row], expected.h[0], rtol=1e-9)
                np.testing.assert_allclose(found.c[row], expected.c[0], rtol=1e-9)
        assert model.start([LINES[2]] * 3, context).rows == 3


@pytest.mark.parametrize("variant", [{"attention": "additive"}, {}], ids=str)
def test_no_read_makes_more_than_the_largest_array(monkeypatch, variant) -> None:
    model = small_model(**variant)
    narrow(monkeypatch, 2000)
    read, sizes = type(model).read, []

    def reading(self, ids, packing, state, context):
        sizes.append((packing.total, state.symbol_cost))
        return read(self, ids, packing, state, context)

    monkeypatch.setattr(type(model), "read", reading)
    batch = small_batch([[1, 2, 3] * 5] * 20, [[2, 3] * 9] * 20)
    with model.inference() as context:
        state = model.start(batch.source, context).take(batch.order)
        score(model, batch.inputs, batch.targets, batch.packing, state, context)
    assert len(sizes) > 1
    assert all(total * cost <= 2000 or total == 20 for total, cost in sizes)
    assert sizes[0][1] == (15 * 4 if variant else 16)  # S H numbers a symbol, or its gates


def test_batches_are_bounded_by_symbols(monkeypatch) -> None:
    monkeypatch.setattr(batches_module, "LARGEST_ARRAY", 100)
    lengths = np.array([3, 50, 1, 30, 0, 7, 7, 200, 2])
    found = [rows.tolist() for rows in batches(lengths, 4, 2)]
    assert found == [[7], [1], [3], [5, 6, 0, 8], [2, 4]]
    assert [(run.start, run.stop) for run in runs(lengths, 4, 2)] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        (4, 7),
        (7, 8),
        (8, 9),
    ]
    assert rows_at_once(10, 30) == 3
    assert rows_at_once(10, 1000) == 1
    assert list(batches(lengths[:0], 4, 2)) == []


@pytest.mark.parametrize("variant", [{"attention": "general"}, {"attention": "dot", "readout": True, "copying": True}])
def test_strict_arrays_score_the_same(variant) -> None:
    results = []
    for backend in (StrictBackend("float64"), get_backend("cpu", "float64")):
        model, batch = small_model(backend, **variant), small_batch()
        with model.inference() as context:
            state = model.start(batch.source, context).take(batch.order)
            scored, _ = score(model, batch.inputs, batch.targets, batch.packing, state, context, hits=True)
        results.append((scored.log_probs, scored.hits))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-12)
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_strict_arrays_write_and_judge_text_the_same(monkeypatch) -> None:
    """A whole text generator: prompts in windows, samples, lines, streams, the cache, the book's procedure."""
    from seq2seq_cli.api import text_generator
    from seq2seq_cli.inference.sampling import Sampling

    narrow(monkeypatch, 60)
    results = []
    for backend in (StrictBackend("float64"), get_backend("cpu", "float64")):
        monkeypatch.setattr(text_generator, "get_backend", lambda *_, backend=backend: backend)
        writer = small_generator()
        prompts = ["the cat sees a dog", "", "a"]
        texts = [
            *writer.generate(prompts, length=6, samples=2, sampling=Sampling(top_k=4, seed=2), until="<eos>"),
            *writer.generate(prompts, length=6),
        ]
        figures = [text.log_probability for text in texts]
        figures += [entry.log_probability for entry in writer.score(["the cat", "", "a dog sees the cat"])]
        text = "the cat sees a dog\na dog sees the cat\n" * 5
        for options in ({}, {"streams": 3}, {"cache": Cache(size=5)}):
            figures.append(writer.evaluate(text, **options).loss)
        figures.append(score_as_book(writer.model, IDS, batch_size=2, bptt=5).loss)
        results.append(([text.text for text in texts], figures))
    assert results[0][0] == results[1][0]
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-9)
