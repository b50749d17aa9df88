"""`seq2seq_cli.train`: what it takes, and that all of it is checked when it is called."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

import seq2seq_cli
from seq2seq_cli import DataError, S2SError, Started, UsageError, Warned

SMALL = {"epochs": 1, "hidden": 8, "embedding": 4, "device": "cpu"}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Return a dataset's folder, one line of which is none of a dataset."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    lines = [f"{number}\t{number + 1}" for number in range(40)]
    (folder / "train.tsv").write_text("\n".join([*lines, "no tab here"]) + "\n", "utf-8")
    (folder / "valid.tsv").write_text("3\t4\n", "utf-8")
    return folder


def test_numbers_of_numpy_and_every_spelling_are_options(pairs: Path, tmp_path: Path) -> None:
    given = {
        "hidden": np.int64(8),
        "embedding-size": np.int32(4),
        "epochs": np.uint8(1),
        "learning-rate": np.float32(0.25),
        "dropout": np.float64(0.0),
        "reverse": np.bool_(True),
        "attention": np.str_("general"),
    }
    events = list(seq2seq_cli.train(pairs, output=tmp_path / "a.pkl", **given))
    config = seq2seq_cli.load_translator(str(tmp_path / "a.pkl")).file.config
    assert (config.hidden_size, config.embedding_size, config.attention, config.reverse) == (8, 4, "general", True)
    assert [event.reason for event in events if hasattr(event, "reason")] == ["epochs"]


def test_warnings_about_the_data_come_first(pairs: Path, tmp_path: Path) -> None:
    first, *others = seq2seq_cli.train(str(pairs), output=tmp_path / "a.pkl", **SMALL)
    assert isinstance(first, Warned)
    assert "train.tsv:41" in first.message
    assert any(isinstance(event, Started) for event in others)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden": 8.0}, "`hidden` must be a whole number"),
        ({"hidden": "8"}, "`hidden` must be a whole number"),
        ({"hidden": True}, "`hidden` must be a whole number"),
        ({"learning_rate": float("nan")}, "`learning_rate` must be a number from 0"),
        ({"reverse": 1}, "`reverse` must be true or false"),
        ({"lm": "yes"}, "`lm` must be true or false"),
        ({"force": "yes"}, "`force` must be true or false"),
        ({"grow_vocabulary": 1}, "`grow_vocabulary` must be true or false"),
        ({"lr": 1.0, "learning_rate": 2.0}, "`lr` and `learning_rate` are one option"),
        ({"learning_rat": 1.0}, "there is no option `learning_rat`; did you mean learning_rate?"),
        ({"learning-rat": 1.0}, "there is no option `learning-rat`; did you mean learning_rate?"),
        ({"init_form": "a.pkl"}, "there is no option `init_form`; did you mean init_from?"),
        ({"preset": 3}, "there is no preset 3"),
        ({"device": "tpu"}, "`device` must be cpu, cuda"),
        ({"output": 3}, "`output` must be a path, not of type int"),
        ({"output": b"a.pkl"}, "`output` must be a path, not of type bytes"),
        ({"init_from": 3}, "`init_from` must be a path, not of type int"),
        ({"data": 3}, "`data` must be a dataset or the path of one, not of type int"),
        ({"data": [("a", "b")]}, "`data` must be a dataset or the path of one, not of type list"),
        ({"data": "absent"}, "there is no dataset in absent"),
    ],
)
def test_what_is_wrong_is_said_at_the_call(given, message: str, tmp_path: Path) -> None:
    with pytest.raises(S2SError) as raised:
        seq2seq_cli.train(**{"output": tmp_path / "a.pkl", **SMALL, **given})  # and not at the first event
    assert message in str(raised.value)
    assert isinstance(raised.value, DataError if "there is no dataset" in message else UsageError)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_nobody_asks_for_leaves_nothing_and_holds_its_place_no_longer(pairs: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.pkl"
    run = seq2seq_cli.train(pairs, output=output, **SMALL)
    with pytest.raises(S2SError, match="another run is writing"):
        seq2seq_cli.train(pairs, output=output, **SMALL)
    del run
    gc.collect()
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]
    assert any(isinstance(event, Started) for event in seq2seq_cli.train(pairs, output=output, **SMALL))
