"""Training: what it yields, what it keeps, and that it is the same to the bit when repeated or resumed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers import run_in_parts, weights

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.data.folder import Dataset, describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import DataError, ModelFileError, S2SError, TrainingError, UsageError
from seq2seq_cli.model_file.content import read_head
from seq2seq_cli.model_file.provenance import dataset_of
from seq2seq_cli.training.events import EpochDone, Finished, NotFinite
from seq2seq_cli.training.files import claim_free
from seq2seq_cli.training.schedules import learning_rate, teacher_forcing_ratio
from seq2seq_cli.training.session import resume

pytestmark = pytest.mark.slow

SUMS = generate(AdditionOptions(digits=2, train=600, valid=60, test=60))
SMALL = {"hidden_size": 16, "embedding_size": 8}


def copying(length: int = 4, count: int = 1500, reverse: bool = False) -> Dataset:
    draw = np.random.default_rng(0)
    words = {"".join(draw.choice(list("abcd"), size=draw.integers(1, length + 1))) for _ in range(20 * count)}
    rows = [(word, word[::-1] if reverse else word) for word in sorted(words)]
    draw.shuffle(rows)
    rows = [(str(source), str(target)) for source, target in rows]
    return describe(PAIRS_FORMAT, "pairs", {"train": rows[40:], "valid": rows[:40], "test": rows[:40]}, {})


@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("copy", {"peeky": True, "reverse": True}),
        ("copy", {"attention": "dot", "layers": 2}),
        ("reverse", {"bidirectional": True, "attention": "additive"}),
        ("reverse", {"attention": "general", "teacher_forcing": 0.5}),
        ("reverse", {"attention": "dot", "readout": True, "copying": True}),
    ],
    ids=str,
)
def test_toy_tasks_are_learned(tmp_path, task, options) -> None:
    dataset = copying(reverse=task == "reverse")
    events = list(
        seq2seq_cli.train(
            dataset,
            output=tmp_path / "m.pkl",
            epochs=45,
            batch_size=16,
            learning_rate=0.01,
            hidden_size=32,
            embedding_size=8,
            **options,
        )
    )
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert max(event.valid_exact_match for event in epochs) >= 0.9
    model = seq2seq_cli.load(tmp_path / "m.pkl")
    source, target = dataset.parts["test"][0]
    assert len(model.translate([source, ""])) == 2
    assert model.translate([""]) == [""]
    report = model.evaluate(dataset.parts["test"], errors=3)
    assert report.free_running_exact_match >= 0.9
    assert report.free_running_exact_match_low < report.free_running_exact_match <= report.free_running_exact_match_high
    assert report.mistakes_in_all == round((1 - report.free_running_exact_match) * report.sources)
    assert target


def test_the_same_seed_gives_the_same_weights(tmp_path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        options = {"epochs": 2, "seed": seed, "dropout": 0.2, "teacher_forcing": 0.7, **SMALL}
        list(seq2seq_cli.train(SUMS, output=tmp_path / f"{name}.pkl", **options))
    assert weights(tmp_path / "a.pkl") == weights(tmp_path / "b.pkl")
    assert weights(tmp_path / "a.pkl") != weights(tmp_path / "c.pkl")


@pytest.mark.parametrize(
    "options",
    [
        {"peeky": True, "dropout": 0.2},
        {"attention": "dot", "teacher_forcing": 0.5, "teacher_forcing_unit": "sequence", "optimizer": "momentum"},
        {
            "schedule": "plateau",
            "optimizer": "sgd",
            "learning_rate": 0.5,
            "teacher_forcing": 0.5,
            "teacher_forcing_decay": "linear",
        },
        {"layers": 2, "bidirectional": True, "optimizer": "adamw", "weight_decay": 0.01, "schedule": "cosine"},
        {"attention": "dot", "readout": True, "copying": True, "dropout": 0.2, "teacher_forcing": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("steps", [1, 7, 12])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, options, steps) -> None:
    """Stopped in the middle of an epoch, between two, and more than once."""
    settings = {"epochs": 3, "batch_size": 60, **SMALL, **options}  # ten steps an epoch
    monkeypatch.chdir(tmp_path)
    write_folder(Path("sums"), SUMS)
    list(seq2seq_cli.train("sums", output="whole.pkl", **settings))
    session, _, _ = new_session("sums", output="parts.pkl", options=settings)
    assert run_in_parts(session, steps).reason == "epochs"
    assert weights(Path("parts.pkl")) == weights(Path("whole.pkl"))
    whole, parts = (read_head(Path(name)).history for name in ("whole.pkl", "parts.pkl"))
    assert [{**entry, "seconds": 0, "tokens_per_second": 0} for entry in parts] == [
        {**entry, "seconds": 0, "tokens_per_second": 0} for entry in whole
    ]
    assert not Path("parts.checkpoint").exists()
    logged = [json.loads(line) for line in Path("parts.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in logged if entry["event"] == "epoch"] == [1, 2, 3]


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path) -> None:
    settings = {"epochs": 3, "batch_size": 60, **SMALL}
    list(seq2seq_cli.train(SUMS, output=tmp_path / "whole.pkl", **settings))
    events = seq2seq_cli.train(SUMS, output=tmp_path / "parts.pkl", **settings)
    for event in events:  # abandoned in the middle of the third epoch, as a killed process would
        if isinstance(event, EpochDone) and event.epoch == 2:
            next(events)
            next(events)
            break
    del events
    session, _ = resume(tmp_path / "parts.checkpoint")
    list(session.run())
    assert weights(tmp_path / "parts.pkl") == weights(tmp_path / "whole.pkl")


def test_training_on_changed_data_does_not_go_on(tmp_path) -> None:
    write_folder(tmp_path / "sums", SUMS)
    session, _, _ = new_session(str(tmp_path / "sums"), output=tmp_path / "m.pkl", options={**SMALL, "epochs": 2})
    list(session.run(lambda: True))
    with (tmp_path / "sums" / "train.tsv").open("a") as file:
        file.write("1+1\t2\n")
    with pytest.raises(DataError, match="changed"):
        resume(tmp_path / "m.checkpoint")


def test_a_model_knows_its_data(tmp_path) -> None:
    list(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", epochs=1, **SMALL))
    model = seq2seq_cli.load(tmp_path / "m.pkl")
    dataset, warnings = dataset_of(model.file)
    assert dataset.parts == SUMS.parts
    assert warnings == []
    with pytest.raises(ModelFileError, match="not a checkpoint"):
        resume(tmp_path / "m.pkl")


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_model(tmp_path) -> None:
    """One bad step in the second epoch; the batches after it would have been good again."""
    session = new_session(SUMS, output=tmp_path / "m.pkl", options={**SMALL, "epochs": 3, "batch_size": 60})[0]
    training, original = session.training, session.training.model.loss
    before: dict[str, np.ndarray] = {}

    def loss(batch, context, inputs=None):
        (mean, losses), back = original(batch, context, inputs)
        if (training.state.epoch, training.state.step) == (1, 3):
            before.update(training.model.parameters.to_host())
            mean = mean * np.nan
        return (mean, losses), back

    training.model.loss = loss
    events = []
    with pytest.raises(TrainingError, match="epoch 2, step 4"):
        events.extend(session.run())
    after = training.model.parameters.to_host()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)
    logged = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text().splitlines()]
    assert logged[-1] == NotFinite(2, 4).as_dict()
    assert read_head(tmp_path / "m.pkl").metrics["epoch"] == 1
    assert resume(tmp_path / "m.checkpoint")[0].training.state.epoch == 1


def test_patience_stops_and_the_best_epoch_is_kept(tmp_path) -> None:
    settings = {"epochs": 30, "patience": 2, "learning_rate": 0.0, "schedule": "constant", **SMALL}
    events = list(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", **settings))
    (finished,) = [event for event in events if isinstance(event, Finished)]
    assert finished.reason == "patience"
    assert finished.epochs_done == 3
    assert read_head(tmp_path / "m.pkl").metrics["epoch"] == finished.best_epoch == 1


def test_the_last_epoch_is_kept_on_request(tmp_path) -> None:
    settings = {"epochs": 3, "keep": "last", "learning_rate": 0.0, "schedule": "constant", **SMALL}
    list(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", **settings))
    assert read_head(tmp_path / "m.pkl").metrics["epoch"] == 3


def test_the_test_part_never_chooses_a_model(tmp_path) -> None:
    with pytest.raises(UsageError, match="keep"):
        next(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", eval_part="test"))


def test_the_books_preset_fills_rows_with_blanks(tmp_path) -> None:
    list(seq2seq_cli.train(SUMS, output=tmp_path / "m.pkl", preset="book-addition", epochs=1, hidden_size=16))
    model = seq2seq_cli.load(tmp_path / "m.pkl")
    config = model.file.config
    assert (config.padding, config.source_width, config.target_width, config.bridge) == ("symbol", 5, 3, "h")
    assert model.file.source_vocabulary == model.file.target_vocabulary
    assert model.evaluate(SUMS.parts["test"]).sources == len(SUMS.parts["test"])
    with pytest.raises(UsageError, match="char"):
        new_session(SUMS, output=tmp_path / "w.pkl", options={"padding": "symbol", "target_level": "word"})


def test_names_and_existing_files(tmp_path) -> None:
    assert claim_free("sums", "plain", tmp_path).files.model.name == "sums-plain.pkl"
    (tmp_path / "sums-plain.pkl").touch()
    (tmp_path / "sums-plain-2.checkpoint").touch()
    assert claim_free("sums", "plain", tmp_path).files.model.name == "sums-plain-3.pkl"
    with pytest.raises(S2SError, match="`force=True`"):
        next(seq2seq_cli.train(SUMS, output=tmp_path / "sums-plain.pkl"))
    with pytest.raises(DataError, match="no part"):
        next(seq2seq_cli.train(Dataset({"train": []}, PAIRS_FORMAT), output=tmp_path / "x.pkl"))


@pytest.mark.parametrize("schedule", ["constant", "one-cycle", "cosine", "plateau"])
def test_rates_stay_between_zero_and_their_peak(schedule) -> None:
    config = TrainConfig(schedule=schedule, learning_rate=0.5)
    rates = [learning_rate(config, position / 100, 0) for position in range(101)]
    assert all(0 <= rate <= 0.5 for rate in rates)
    assert max(rates) == pytest.approx(0.5)
    if schedule in ("one-cycle", "cosine"):
        assert rates[10] == pytest.approx(0.5)
        assert rates[-1] == pytest.approx(0.0005)
    assert learning_rate(TrainConfig(schedule="plateau", learning_rate=0.5), 0.5, 2) == 0.125


@pytest.mark.parametrize("decay", ["none", "linear", "exponential", "inverse-sigmoid"])
def test_teacher_forcing_falls_from_one_to_its_share(decay) -> None:
    config = TrainConfig(teacher_forcing=0.25, teacher_forcing_decay=decay)
    ratios = [teacher_forcing_ratio(config, position / 10) for position in range(11)]
    assert ratios[-1] == pytest.approx(0.25)
    assert ratios[0] == pytest.approx(0.25 if decay == "none" else 1.0)
    assert ratios == sorted(ratios, reverse=True)


@pytest.mark.parametrize("unit", ["token", "sequence", "batch"])
def test_coins_decide_for_tokens_sequences_or_batches(tmp_path, unit) -> None:
    options = {**SMALL, "teacher_forcing": 0.5, "teacher_forcing_unit": unit, "batch_size": 100}
    task = new_session(SUMS, output=tmp_path / "m.pkl", options=options)[0].training.task
    from seq2seq_cli.data.batching import make_batch

    batch = make_batch(task._sources, task._targets, np.arange(100), reverse=False, start=0)
    coins = [task._coins(batch, 0.5, 0, step) for step in range(40)]
    assert np.mean(coins) == pytest.approx(0.5, abs=0.2)
    rows = batch.packing.row_of
    per_row = [len(set(zip(rows.tolist(), draws.tolist(), strict=True))) for draws in coins]
    if unit == "token":
        assert min(per_row) > 110
    elif unit == "sequence":
        assert set(per_row) == {100}
        assert 20 < sum(coins[0][:100]) < 80
    else:
        assert all(len(set(draws.tolist())) == 1 for draws in coins)


def test_options_are_checked_when_they_are_made() -> None:
    for bad in ({"hidden_size": "3"}, {"attention": "x"}, {"dropout": 1.0}, {"hidden_size": 3, "bidirectional": True}):
        with pytest.raises(UsageError):
            ModelConfig(**bad)
    for bad in ({"patience": 0}, {"learning_rate": float("nan")}, {"epochs": True}):
        with pytest.raises(UsageError):
            TrainConfig(**bad)
    assert NotFinite(1, 2).as_dict() == {"event": "not-finite", "version": 1, "epoch": 1, "step": 2}
