"""Averaged weights: what they are, that they are what is measured and kept, and that a run goes on with them."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import run_in_parts, small_model, weights
from scripted import Scripted
from strict_backend import StrictBackend

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.training.averaging import NAME, WeightAverage
from seq2seq_cli.training.loop import Training

SUMS = generate(AdditionOptions(digits=1, train=40, valid=8, test=8))
OPTIONS = {"hidden_size": 8, "embedding_size": 4, "batch_symbols": 20, "dropout": 0.2, "label_smoothing": 0.1}


@pytest.mark.parametrize("backend", [get_backend("cpu", "float64"), StrictBackend("float64")], ids=["numpy", "strict"])
def test_it_follows_slowly_and_faster_at_the_beginning(backend) -> None:
    model = small_model(backend)
    values, average = model.parameters.values_flat, WeightAverage(model.parameters, 0.5)
    expected = None
    for number, level in enumerate((1.0, 2.0, 4.0, 8.0), 1):
        values[...] = level
        average.update(number)
        rate = min(0.5, (1 + number) / (10 + number))
        expected = level if expected is None else rate * expected + (1 - rate) * level
        with average.measured():
            np.testing.assert_allclose(backend.to_host(values), expected)
        assert (backend.to_host(values) == level).all()
    kept = average.to_host()
    resumed = WeightAverage(model.parameters, 0.5)
    resumed.assign(kept)
    np.testing.assert_array_equal(resumed.to_host()[NAME], kept[NAME])
    np.testing.assert_allclose(kept[NAME], expected)


def test_without_a_decay_nothing_is_averaged() -> None:
    model = small_model()
    average = WeightAverage(model.parameters, 0.0)
    average.update(1)
    with average.measured():
        assert average.to_host() == {}


def test_an_epoch_is_measured_on_the_average_of_all_updates_so_far() -> None:
    task, learned = Scripted([0.1, 0.2]), list[np.ndarray]()
    training = Training(task, TrainConfig(epochs=2, learning_rate=0.1, schedule="constant", weight_averaging=0.6))
    update, values = training._optimizer.step, task.model.parameters.values_flat

    def step(number, rate, loss):
        finite = update(number, rate, loss)
        learned.append(values.copy())
        return finite

    training._optimizer.step = step
    list(training.run())
    expected, averages = learned[0], []
    for number, after in enumerate(learned[1:], 2):
        rate = min(0.6, (1 + number) / (10 + number))
        expected = rate * expected + (1 - rate) * after
        averages.append(expected)
    for epoch, average in ((0, averages[1]), (1, averages[4])):  # of three updates, and of six
        measured = np.concatenate([value.ravel() for value in task.weights[epoch].values()])
        np.testing.assert_allclose(measured, average, rtol=1e-12)
    assert (values == learned[-1]).all()  # which goes on learning from where it was


def test_the_kept_model_is_the_average_and_a_resumed_run_ends_with_the_same(tmp_path) -> None:
    for name, decay in (("plain", 0.0), ("averaged", 0.9)):
        path = tmp_path / f"{name}.pkl"
        list(seq2seq_cli.train(SUMS, output=path, epochs=3, weight_averaging=decay, keep="last", **OPTIONS))
    assert weights(tmp_path / "plain.pkl") != weights(tmp_path / "averaged.pkl")
    options = {**OPTIONS, "epochs": 3, "weight_averaging": 0.9, "keep": "last"}
    session, _, _ = new_session(SUMS, output=tmp_path / "parts.pkl", options=options)
    run_in_parts(session, 5)
    assert weights(tmp_path / "parts.pkl") == weights(tmp_path / "averaged.pkl")
