"""The loop with a task whose validation is written down: plateaus, the best epoch, patience, strict arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import small_model, weights
from scripted import Scripted
from strict_backend import StrictBackend

from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.model_file.content import ModelFile, read_head
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.events import EpochDone, Finished, Warned
from seq2seq_cli.training.files import RunFiles
from seq2seq_cli.training.loop import Training
from seq2seq_cli.training.session import Session
from seq2seq_cli.training.task import Task


def epochs_of(task: Task, config: TrainConfig) -> list[EpochDone]:
    return [event for event in Training(task, config).run() if isinstance(event, EpochDone)]


def test_a_plateau_lowers_the_rate() -> None:
    """Better, worse, worse (a plateau), worse, worse (another), better, worse."""
    config = TrainConfig(
        schedule="plateau", plateau_factor=0.5, plateau_patience=2, learning_rate=0.4, optimizer="sgd", epochs=7
    )
    events = epochs_of(Scripted([1.0, 0.9, 0.8, 0.7, 0.6, 1.1, 1.0]), config)
    # An event has the rate that its epoch ended with; a plateau is judged after it.
    assert [event.rate for event in events] == pytest.approx([0.4, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1])
    assert [event.best for event in events] == [True, False, False, False, False, True, False]


def test_patience_counts_epochs_without_a_better_result() -> None:
    config = TrainConfig(epochs=9, patience=2, learning_rate=0.01, schedule="constant")
    events = list(Training(Scripted([1.0, 2.0, 1.5, 1.6, 9.0]), config).run())
    (finished,) = [event for event in events if isinstance(event, Finished)]
    assert (finished.reason, finished.epochs_done, finished.best_epoch) == ("patience", 4, 2)


@pytest.mark.parametrize(("keep", "kept"), [("best", 1), ("last", 3)])
def test_the_kept_epoch_has_the_weights_that_it_ended_with(tmp_path: Path, keep: str, kept: int) -> None:
    config = TrainConfig(epochs=4, learning_rate=0.05, schedule="constant", keep=keep)
    task = Scripted([0.5, 0.9, 0.8, 0.7])
    symbols = ("<s>", "</s>", "<unk>", "a", "b", "c")
    head = ModelFile(
        config=task.model.config,
        source_vocabulary=Vocabulary(tuple("?abcdef"), "char", unknown=0),
        target_vocabulary=Vocabulary(symbols, "word", start=0, end=1, unknown=2),
        text={"normalisation": "NFC", "longest_source": 5, "longest_target": 4},
        data={},
        training=config,
        history=[],
        metrics={},
        versions={},
    )
    files = RunFiles.of(tmp_path / "m.pkl")
    list(Session(Training(task, config), head, files, resumed=False).run())
    saved = weights(files.model)
    for epoch, then in enumerate(task.weights):
        same = saved == {name: array.tobytes() for name, array in then.items()}
        assert same == (epoch == kept)
    assert read_head(files.model).metrics["epoch"] == kept + 1


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "momentum", "adamw"])
def test_whole_training_runs_on_strict_arrays(optimizer: str) -> None:
    """Every line of the loop, with the results of plain NumPy."""
    more = {"weight_decay": 0.01, "clip": 0.5, "label_smoothing": 0.1, "weight_averaging": 0.5}
    config = TrainConfig(epochs=2, learning_rate=0.02, optimizer=optimizer, **more)
    runs = []
    for backend in (StrictBackend("float64"), get_backend("cpu", "float64")):
        task = Scripted([0.1, 0.2], backend, peeky=True, attention="dot", dropout=0.2)
        events = epochs_of(task, config)
        runs.append((task.model.parameters.to_host(), [event.train_loss for event in events]))
    (strict, strict_losses), (plain, plain_losses) = runs
    assert strict_losses == pytest.approx(plain_losses, rel=1e-10)
    before = small_model(peeky=True, attention="dot").parameters.to_host()
    assert all((plain[name] != value).any() for name, value in before.items())
    for name, value in plain.items():
        np.testing.assert_allclose(strict[name], value, rtol=1e-8, atol=1e-11)


def test_a_step_is_told_what_the_options_say() -> None:
    told, rates = list[tuple[object, ...]](), list[float]()

    class Listening(Scripted):
        def step(self, epoch, step, context, forcing):
            how = context.label_smoothing, context.activation_penalty, context.temporal_penalty
            told.append((context.dropout_key, context.gradients, *how, forcing))
            context.activation_penalty = context.temporal_penalty = 0.0  # these rows differ in length
            return replace(super().step(epoch, step, context, forcing), rate_factor=0.5)

    options = {"label_smoothing": 0.1, "activation_penalty": 0.2, "temporal_penalty": 0.3, "teacher_forcing": 0.25}
    config = TrainConfig(epochs=2, seed=7, learning_rate=0.02, schedule="constant", **options)
    training = Training(Listening([0.1, 0.2]), config)
    update = training._optimizer.step
    training._optimizer.step = lambda number, rate, loss: rates.append(rate) or update(number, rate, loss)
    list(training.run())
    keys = [(7, epoch, step) for epoch in range(2) for step in range(3)]
    assert told == [(key, True, 0.1, 0.2, 0.3, 0.25) for key in keys]
    assert rates == [0.01] * 6


def test_a_warning_is_an_event() -> None:
    assert Warned("x").as_dict() == {"event": "warning", "version": 1, "message": "x"}
