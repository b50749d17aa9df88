"""Training that may take so long and no longer."""

from __future__ import annotations

import time

import pytest

import seq2seq_cli
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import UsageError
from seq2seq_cli.training.clock import Clock
from seq2seq_cli.training.events import EpochDone, Finished

SUMS = generate(AdditionOptions(digits=2, train=600, valid=60, test=60))


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400)])
def test_a_time_is_a_number_and_a_unit(written, seconds) -> None:
    assert TrainConfig(time=written).seconds == seconds


@pytest.mark.parametrize("written", ["10", "m", "-3m", "0s", "10 m", "1e3s", "nan", "9999999s"])
def test_what_is_no_time_is_refused(written) -> None:
    with pytest.raises(UsageError, match="as 90s, 10m or 2h"):
        TrainConfig(time=written)


def test_a_run_ends_in_time_and_its_rate_has_come_down(tmp_path) -> None:
    begun = time.perf_counter()
    options = {"epochs": 100_000, "time": "2s", "hidden_size": 16}
    events = list(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", **options))
    (finished,) = (event for event in events if isinstance(event, Finished))
    last = [event for event in events if isinstance(event, EpochDone)][-1]
    assert finished.reason == "time"
    assert 1 < finished.seconds < time.perf_counter() - begun
    assert last.rate < 0.05 * TrainConfig().learning_rate
    assert (tmp_path / "m.pkl").is_file()


def test_enough_time_changes_nothing(tmp_path) -> None:
    runs = [
        list(seq2seq_cli.train(SUMS, output=tmp_path / f"{limit}.pkl", epochs=2, hidden_size=8, time=limit))
        for limit in (None, "10h")
    ]
    losses = [[event.train_loss for event in run if isinstance(event, EpochDone)] for run in runs]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert runs[1][-2].reason == "epochs"


def test_a_clock_keeps_time_for_measuring() -> None:
    clock = Clock(10.0, 6.0)
    assert 0.6 <= clock.share < 0.7
    clock.measured(5.0)
    assert clock.is_over
    assert Clock(None, 1e9).share == 0
