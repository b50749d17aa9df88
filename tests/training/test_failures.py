"""Runs that can't go on, and what is said of them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers import dataset_of_text
from scripted import Scripted

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import TrainingError, UsageError
from seq2seq_cli.training.events import Diverged, EpochDone, Progress, read_log
from seq2seq_cli.training.failures import check_memory, has_diverged, memory_of_a_batch
from seq2seq_cli.training.loop import Training


@pytest.mark.parametrize("loss", [13.9, 1e9, math.inf, math.nan])
def test_an_epoch_that_explodes_is_never_the_best_and_ends_the_run(loss) -> None:
    training, events = Training(Scripted([-1.0, -loss, -0.5]), TrainConfig(epochs=3, learning_rate=0.5)), []
    with pytest.raises(
        TrainingError, match=r"`learning_rate` of 0.5 is too large for adam here: try .*0.003`; the best"
    ):
        events.extend(training.run())
    told = [type(event) for event in events[1:] if not isinstance(event, Progress)]
    assert told == [EpochDone, Diverged]
    assert events[-1] == Diverged(2, loss if math.isfinite(loss) else None)
    json.loads(json.dumps(events[-1].as_dict(), allow_nan=False))
    assert (training.state.best_epoch, training.state.epoch, len(training.state.history)) == (1, 1, 1)
    with pytest.raises(TrainingError, match=r"0\.003`$"):  # in the first epoch there is nothing to keep
        list(Training(Scripted([-loss]), TrainConfig(epochs=3, learning_rate=0.5)).run())


def test_what_learning_has_is_no_divergence() -> None:
    for symbols in (2, 13, 10_000, 1_000_000):
        assert not has_diverged(math.log(symbols), symbols)  # a model that knows nothing
        assert not has_diverged(1.4 * math.log(symbols), symbols)
    assert has_diverged(math.log(1e6) + 0.01, 10_000)
    assert not has_diverged(math.log(1e6) + 0.01, 10_000, within=True)
    assert has_diverged(50, 10_000, within=True)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_rate_of_another_optimizer_writes_no_model(tmp_path: Path, keep: str) -> None:
    options = {
        "epochs": 2,
        "optimizer": "adam",
        "lr": 2000.0,
        "batch_size": 4,
        "hidden": 8,
        "embedding": 8,
        "keep": keep,
    }
    session = new_session(dataset_of_text(), output=tmp_path / "m.pkl", options=options)[0]
    with pytest.raises(TrainingError, match="diverged"):
        list(session.run())
    assert not (tmp_path / "m.pkl").exists()
    assert isinstance(read_log(tmp_path / "m.jsonl")[-1], Diverged)


def test_a_model_larger_than_the_machine_is_refused_by_its_options_name(tmp_path: Path) -> None:
    for name in ("hidden_size", "embedding_size"):
        with pytest.raises(
            UsageError, match=f"GiB to train, and there are .* here: give a smaller `{name}` than 1,048"
        ):
            check_memory(ModelConfig(**{name: 1 << 20, "target_vocab_size": 1 << 20}), TrainConfig(), 4)
    check_memory(ModelConfig(), TrainConfig(), 8)
    with pytest.raises(UsageError, match="`hidden_size`"):
        seq2seq_cli.train(dataset_of_text(), output=tmp_path / "m.pkl", hidden=1 << 20, embedding=8, tied=False)


def test_a_batch_that_does_not_fit_names_its_option() -> None:
    for options, text, name in (
        ({}, False, "`batch_size`,"),
        ({"batch_symbols": 9}, False, "`batch_symbols`,"),
        ({}, True, "`batch_size` or `bptt`"),
    ):
        with (
            pytest.raises(TrainingError, match=f"give a smaller {name}"),
            memory_of_a_batch(TrainConfig(**options), text),
        ):
            np.empty(1 << 50)
