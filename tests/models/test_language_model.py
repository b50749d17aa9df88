"""Language models: gradients with a carried state, scoring, writing, and the book's arithmetic."""

from __future__ import annotations

import pickle
from itertools import islice

import numpy as np
import pytest
from gradients import relative_errors
from helpers import inference_run, write
from strict_backend import StrictBackend
from variants import IDS, LANGUAGE_MODELS, carried, language_model, window

from seq2seq_cli.backend import Packing, Workspace, get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.errors import DataError, ModelFileError, UsageError
from seq2seq_cli.evaluation.text import Cache, score_as_book, score_text, score_with_cache
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.model_file.book_import import convert_book_language_model
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.text_task import TextTask, window_lengths

CODEC = TextCodec(Vocabulary.of_text("a b c d", "word"))


def record_penalties(decoder) -> dict[str, np.ndarray]:
    """Note what the two penalties of a decoder look at in its last forward."""
    charged = {}
    for name, owner in (("activation", decoder.outputs), ("temporal", decoder)):
        layer = getattr(owner, f"{name}_penalty")

        def record(x, packing, context, name=name, layer=layer):
            charged[name] = x
            return layer(x, packing, context)

        setattr(owner, f"{name}_penalty", record)
    return charged


@pytest.mark.parametrize("penalised", [False, True])
@pytest.mark.parametrize("variant", LANGUAGE_MODELS, ids=str)
def test_gradients_with_a_carried_state(variant, penalised) -> None:
    model = language_model(**variant)
    state, workspace = carried(model), Workspace(np, np.float64)
    rates = {"activation_penalty": 0.7, "temporal_penalty": 0.3} if penalised else {}
    charged = record_penalties(model.decoder)

    def run() -> ForwardContext:
        return ForwardContext(model.backend, workspace, gradients=True, dropout_key=(1, 2, 3), **rates)

    def loss() -> float:
        value = float(window(model, run(), state)[0][0])
        if not penalised:
            return value
        change = charged["temporal"][3:] - charged["temporal"][:-3]
        return value + 0.7 * float((charged["activation"] ** 2).mean()) + 0.3 * float((change**2).mean())

    _, backward = window(model, run(), state)
    model.parameters.clear_gradients()
    backward()
    arrays = {name: (entry.value, entry.gradient.copy()) for name, entry in model.parameters.items()}
    errors = relative_errors(loss, arrays)
    assert max(errors.values()) < 1e-6, errors


@pytest.mark.parametrize("variant", LANGUAGE_MODELS, ids=str)
def test_the_strict_array_type_computes_the_same(variant) -> None:
    results = []
    for backend in (StrictBackend(), get_backend("cpu", "float64")):
        model = language_model(backend, **variant)
        workspace = Workspace(backend.xp, backend.dtype)
        rates = {"activation_penalty": 0.5, "temporal_penalty": 0.5}
        context = ForwardContext(backend, workspace, gradients=True, dropout_key=(1, 2, 3), **rates)
        (_, losses, state), backward = window(model, context, carried(model))
        model.parameters.clear_gradients()
        backward()
        results.append(
            [backend.to_host(a) for a in (losses, *state[0].arrays().values(), model.parameters.gradients_flat)]
        )
        steps = write(model, [IDS[:3], IDS[:2]], sampling=Sampling(seed=1), banned=(0,))
        results[-1] += [step.ids for step in islice(steps, 5)]
    for strict, plain in zip(*results, strict=True):
        np.testing.assert_allclose(strict, plain, rtol=1e-12, atol=1e-14)


def test_windows_of_any_length_score_a_text_the_same() -> None:
    model = language_model(layers=2)
    whole = score_text(model, IDS, 0, window=len(IDS))
    assert len(whole.losses) == len(IDS)
    for size in (1, 7, 64):
        np.testing.assert_allclose(score_text(model, IDS, 0, window=size).losses, whole.losses, rtol=1e-10)
    # The first symbol is scored after a line end and an empty state.
    (logits, _), _ = model.forward(np.array([0]), Packing([1]), model.zeros(1), inference_run(model.backend))
    assert whole.losses[0] == pytest.approx(-model.backend.log_softmax(logits)[0, IDS[0]])


def test_tracks_begin_with_an_empty_state_and_leak_nothing() -> None:
    model = language_model()
    streams = score_text(model, IDS, 0, streams=2)
    first, second = score_text(model, IDS[:25], 0), score_text(model, IDS[25:], int(IDS[24]))
    np.testing.assert_allclose(streams.losses, np.concatenate((first.losses, second.losses)), rtol=1e-10)


def test_a_cache_is_mixed_in_as_its_definition_says() -> None:
    model, cache = language_model(), Cache(size=3, sharpness=0.8, share=0.3)
    plain = score_text(model, IDS, 0).losses
    context = inference_run(model.backend)
    h, _ = model.outputs(np.concatenate(([0], IDS[:-1])), Packing([len(IDS)]), model.zeros(1), context)
    expected = []
    for t, target in enumerate(IDS):
        p = np.exp(-plain[t])
        if t:
            places = range(max(0, t - 3), t)
            weights = np.exp([0.8 * h[t] @ h[i] for i in places])
            weights /= weights.sum()
            p = 0.7 * p + 0.3 * sum(w for w, i in zip(weights, places, strict=True) if IDS[i] == target)
        expected.append(-np.log(p))
    for window_size in (1, 7, 64):
        scored = score_with_cache(model, IDS, 0, cache, window=window_size)
        np.testing.assert_allclose(scored.losses, expected, rtol=1e-9)
    with pytest.raises(UsageError):
        Cache(share=1.0)


def test_the_books_procedure_drops_the_tail() -> None:
    model = language_model()
    scored = score_as_book(model, IDS, batch_size=2, bptt=5)
    assert len(scored.losses) == 40  # (50 - 1) // 10 windows of 2 times 5
    with pytest.raises(DataError, match="too short for the book"):
        score_as_book(model, IDS[:9], batch_size=2, bptt=5)


@pytest.mark.parametrize("sampling", [None, Sampling(seed=3), Sampling(temperature=2, top_k=4, seed=3)], ids=str)
def test_a_text_does_not_depend_on_its_batch(sampling) -> None:
    model = language_model(layers=2)
    prompts = [IDS[:1], IDS[3:9], IDS[10:12], IDS[3:4]]
    together = np.array([step.ids for step in islice(write(model, prompts, sampling=sampling), 30)]).T
    for number, prompt in enumerate(prompts):
        alone = write(model, [prompt], sampling=sampling, stream_ids=np.array([number]))
        assert [int(step.ids[0]) for step in islice(alone, 30)] == together[number].tolist()


def test_frequencies_of_what_is_written_match_the_model() -> None:
    """100,000 rows go on after the same prompt; their first symbols follow the model's distribution."""
    model, rows = language_model(), 100_000
    prompt = IDS[:3]
    (logits, _), _ = model.forward(prompt, Packing([3]), model.zeros(1), inference_run(model.backend))
    expected = np.exp(model.backend.log_softmax(logits[-1:].copy()))[0]
    step = next(write(model, [prompt] * rows, sampling=Sampling(seed=4)))
    counts = np.bincount(step.ids, minlength=6)
    assert (((counts - rows * expected) ** 2) / (rows * expected)).sum() < 20.5  # chi-squared, 5, 0.999
    np.testing.assert_allclose(step.log_probs, np.log(expected[step.ids]), rtol=1e-9)


@pytest.mark.parametrize("key", [None, (1, 2, 3)])
def test_windows_cover_a_track_once(key) -> None:
    lengths = window_lengths(1000, 35, key)
    assert sum(lengths) == 1000
    assert min(lengths) >= 1
    assert lengths == window_lengths(1000, 35, key)
    if key:
        assert len(set(lengths)) > 3
        assert 25 < np.mean(lengths) < 40


@pytest.mark.parametrize("steps", [1, 2, 4, 60])
def test_windows_that_vary_are_about_as_long_as_asked_for(steps: int) -> None:
    lengths = np.array(window_lengths(100_000, steps, (1, 2, 3)))
    if steps < 5:
        assert lengths[:-1].min() == steps  # none is shorter
        assert np.mean(lengths) < steps + 4
    else:
        assert 57 < np.mean(lengths) < 60
        assert np.std(lengths[lengths > 45]) == pytest.approx(5, rel=0.1)
        assert (lengths < 45).mean() == pytest.approx(0.05, abs=0.015)


def test_an_epoch_begins_with_an_empty_state_and_goes_on_with_the_carried_one() -> None:
    model = language_model(get_backend("cpu", "float64"))
    config = TrainConfig(batch_size=3, bptt=4)
    task = TextTask(model, IDS, IDS[:0], CODEC, config)
    context = ForwardContext(model.backend, Workspace(np, np.float64), gradients=True)
    task.begin(0, 0)
    task.step(0, 0, context, 1.0)
    after = task.arrays()
    assert any(array.any() for array in after.values())
    task.begin(0, 1)
    for name, array in task.arrays().items():
        np.testing.assert_array_equal(array, after[name])
    task.begin(1, 0)
    assert not any(array.any() for array in task.arrays().values())
    assert task.validate(0) is None
    with pytest.raises(DataError, match="too few for a batch"):
        TextTask(model, IDS[:3], IDS[:0], CODEC, config)


@pytest.mark.parametrize(("cell", "names"), [("lstm", "hc"), ("gru", "h")])
def test_what_is_carried_is_named_in_checkpoints_and_goes_on_to_the_bit(cell, names) -> None:
    model, config = language_model(cell=cell, layers=2), TrainConfig(batch_size=3, bptt=4)

    def run(task: TextTask, step: int) -> bytes:
        context = ForwardContext(model.backend, Workspace(np, np.float64), gradients=True)
        return task.step(0, step, context, 1.0).losses.tobytes()

    whole, resumed = (TextTask(model, IDS, IDS[:0], CODEC, config) for _ in range(2))
    whole.begin(0, 0)
    run(whole, 0)
    carried = whole.arrays()
    assert list(carried) == [f"carried.{number}.{name}" for number in range(2) for name in names]
    resumed.begin(0, 1)
    resumed.assign(carried)
    assert run(resumed, 1) == run(whole, 1)
    with pytest.raises(KeyError):
        resumed.assign({})


class BookLSTM:
    """The book's arithmetic (6.3), its gates f g i o, written for this test alone."""

    def __init__(self, wx: np.ndarray, wh: np.ndarray, b: np.ndarray) -> None:
        self.wx, self.wh, self.b = wx, wh, b
        self.h = self.c = np.zeros(wh.shape[0])

    def step(self, x: np.ndarray) -> np.ndarray:
        f, g, i, o = np.split(x @ self.wx + self.h @ self.wh + self.b, 4)
        f, i, o = (1 / (1 + np.exp(-z)) for z in (f, i, o))
        self.c = f * self.c + np.tanh(g) * i
        self.h = o * np.tanh(self.c)
        return self.h


def test_better_rnnlm_is_imported(tmp_path) -> None:
    draw, vocabulary, width = np.random.default_rng(0), 7, 5
    arrays = [draw.standard_normal((vocabulary, width))]
    for _ in range(2):
        arrays += [draw.standard_normal(packing) for packing in ((width, 4 * width), (width, 4 * width), (4 * width,))]
    arrays = [array.astype(np.float16) for array in arrays]
    bias = draw.standard_normal(vocabulary).astype(np.float16)
    path = tmp_path / "BetterRnnlm.pkl"
    with path.open("wb") as file:
        pickle.dump([*arrays, arrays[0].T, bias], file, protocol=3)
    config, weights_ = convert_book_language_model(path, "better-rnnlm", vocab_size=vocabulary)
    model = build_language_model(config, get_backend("cpu", "float64"))
    model.parameters.assign(weights_)
    ids = draw.integers(0, vocabulary, 12)
    (logits, _), _ = model.forward(ids, Packing([12]), model.zeros(1), inference_run(model.backend))
    exact = [array.astype(float) for array in arrays]
    layers = [BookLSTM(*exact[1:4]), BookLSTM(*exact[4:7])]
    for t, i in enumerate(ids):
        h = exact[0][i]
        for layer in layers:
            h = layer.step(h)
        np.testing.assert_allclose(logits[t], h @ exact[0].T + bias.astype(float), rtol=1e-10)
    with pytest.raises(ModelFileError, match="list of 6 arrays"):
        convert_book_language_model(path, "rnnlm", vocab_size=vocabulary)
    with pytest.raises(ModelFileError, match="7 symbols"):
        convert_book_language_model(path, "better-rnnlm", vocab_size=8)
