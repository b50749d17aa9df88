"""Training that begins with a model: its weights, its vocabularies as they were or grown, its options and data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import dataset_of_text, run_in_parts, weights

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.folder import Dataset, describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import ModelFileError, S2SError, UsageError
from seq2seq_cli.model_file.content import read_model_file
from seq2seq_cli.training.events import EpochDone, Finished, Warned
from seq2seq_cli.training.fine_tuning import Beginning

SMALL = {"hidden_size": 16, "embedding_size": 8, "batch_size": 16}
STILL = {"learning_rate": 0.0, "schedule": "constant", "epochs": 1}
"""A run in which nothing moves, so that what it began with can be seen."""


def words(letters: str, level: str = "char") -> Dataset:
    """Return words to copy, of some letters."""
    draw = np.random.default_rng(0)
    rows = sorted({"".join(draw.choice(list(letters), size=draw.integers(1, 6))) for _ in range(300)})
    draw.shuffle(rows)
    pairs = [(" ".join(word), " ".join(word)) if level == "word" else (str(word), str(word)) for word in rows]
    parts = {"train": pairs[40:], "valid": pairs[:20], "test": pairs[20:40]}
    return describe(PAIRS_FORMAT, "x", parts, {}, levels={"source": level, "target": level})


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("model") / "abc.pkl"
    list(seq2seq_cli.train(words("abc"), output=path, epochs=3, attention=True, **SMALL))
    return path


def begun(model: Path, data: object, output: Path, **options: object) -> list[object]:
    return list(seq2seq_cli.train(data, output=output, init_from=model, **options))


def test_a_model_begins_with_anothers_weights(model, tmp_path) -> None:
    begun(model, words("abc"), tmp_path / "m.pkl", **STILL)
    old, new = read_model_file(model), read_model_file(tmp_path / "m.pkl")
    assert weights(tmp_path / "m.pkl") == weights(model)
    assert (new.config, new.source_vocabulary, new.target_vocabulary) == (
        old.config,
        old.source_vocabulary,
        old.target_vocabulary,
    )
    assert (new.training.epochs, new.training.batch_size) == (1, 16)  # given, and the model's
    assert len(new.history) == 1


def test_it_learns_from_there(model, tmp_path) -> None:
    first = [
        event for event in begun(model, words("abc"), tmp_path / "m.pkl", epochs=1) if isinstance(event, EpochDone)
    ]
    fresh = seq2seq_cli.train(words("abc"), output=tmp_path / "f.pkl", epochs=1, attention=True, **SMALL)
    assert first[0].valid_loss < next(event for event in fresh if isinstance(event, EpochDone)).valid_loss


def test_more_epochs_of_a_run_that_is_done(tmp_path, monkeypatch) -> None:
    """Without data and options they are the model's."""
    monkeypatch.chdir(tmp_path)
    options = {"digits": 1, "train": 64, "valid": 8, "test": 8}
    sums = generate(AdditionOptions(**options))
    list(seq2seq_cli.train(sums, output="m.pkl", epochs=1, reverse=True, **SMALL))
    events = begun(Path("m.pkl"), None, Path("more.pkl"), epochs=2)
    assert [event.epochs_done for event in events if isinstance(event, Finished)] == [2]
    assert read_model_file(Path("more.pkl")).data["sha256"] == sums.description["sha256"]
    assert read_model_file(Path("more.pkl")).config.reverse


def test_unknown_symbols_are_said(model, tmp_path) -> None:
    events = begun(model, words("abcxy"), tmp_path / "m.pkl", **STILL)
    said = [event.message for event in events if isinstance(event, Warned) and "vocabulary of" in event.message]
    for side, message in zip(("source", "target"), said, strict=True):
        assert message.startswith(f"the {side} vocabulary of {model} lacks 2 symbols of the training part: ")
        assert message.endswith(("'x' 'y'; `grow_vocabulary` adds them", "'y' 'x'; `grow_vocabulary` adds them"))
    assert weights(tmp_path / "m.pkl") == weights(model)


@pytest.mark.parametrize("level", ["char", "word"])
def test_a_vocabulary_grows(tmp_path, level) -> None:
    """Old symbols keep their ids and weights; new ones come behind them and are learned."""
    list(seq2seq_cli.train(words("abc", level), output=tmp_path / "old.pkl", epochs=2, attention=True, **SMALL))
    old = read_model_file(tmp_path / "old.pkl")
    data = words("abcxy", level)
    events = begun(tmp_path / "old.pkl", data, tmp_path / "m.pkl", grow_vocabulary=True, **STILL)
    said = [event.message for event in events if isinstance(event, Warned) and "vocabulary of" in event.message]
    assert [message.split(": ")[0] for message in said] == [
        f"the source vocabulary of {tmp_path / 'old.pkl'} grows from 4 to 6 symbols",
        f"the target vocabulary of {tmp_path / 'old.pkl'} grows from 6 to 8 symbols",
    ]
    new = read_model_file(tmp_path / "m.pkl")
    assert new.target_vocabulary.symbols[:6] == old.target_vocabulary.symbols
    assert set(new.target_vocabulary.symbols[6:]) == {"x", "y"}
    changed = set()
    for name, value in old.weights.items():
        kept = new.weights[name][tuple(map(slice, value.shape))]
        np.testing.assert_array_equal(kept, value)
        if new.weights[name].shape != value.shape:
            changed.add(name)
            assert np.isfinite(new.weights[name]).all()
    assert changed == {
        "encoder.embedding.weight",
        "decoder.embedding.weight",
        "decoder.output.weight",
        "decoder.output.attention",
        "decoder.output.bias",
    }
    grown = {"grow_vocabulary": True, "epochs": 30, "learning_rate": 0.01}
    begun(tmp_path / "old.pkl", data, tmp_path / "learned.pkl", **grown)
    answers = seq2seq_cli.load_translator(tmp_path / "learned.pkl").translate(["x y" if level == "word" else "xy"])
    assert set("".join(answers)) <= set("xyabc ")
    assert set("".join(answers)) & set("xy")


def test_rare_symbols_stay_unknown(model, tmp_path) -> None:
    data = words("abc")
    rows = [*data.parts["train"], ("x", "y"), ("xq", "q"), ("q", "q")]
    data = describe(PAIRS_FORMAT, "x", {**data.parts, "train": rows}, {})
    begun(model, data, tmp_path / "m.pkl", grow_vocabulary=True, min_count=2, **STILL)
    file = read_model_file(tmp_path / "m.pkl")
    assert file.source_vocabulary.symbols[4:] == ("q", "x")
    assert file.target_vocabulary.symbols[6:] == ("q",)


def test_a_language_model_grows(tmp_path) -> None:
    list(seq2seq_cli.train(dataset_of_text(), output=tmp_path / "lm.pkl", epochs=1, hidden_size=8, embedding_size=8))
    text = dataset_of_text("the yak sees the bee .\n" * 20)
    begun(tmp_path / "lm.pkl", text, tmp_path / "m.pkl", grow_vocabulary=True, **STILL)
    old, new = (read_model_file(tmp_path / f"{name}.pkl") for name in ("lm", "m"))
    assert new.target_vocabulary.symbols == (*old.target_vocabulary.symbols, "yak")
    for name, value in old.weights.items():
        np.testing.assert_array_equal(new.weights[name][tuple(map(slice, value.shape))], value)


def test_a_run_that_began_with_a_model_goes_on_to_the_bit(model, tmp_path) -> None:
    data, options = tmp_path / "d", {"epochs": 2, "dropout": 0.0}
    write_folder(data, words("abcxy"))
    begun(model, data, tmp_path / "whole.pkl", grow_vocabulary=True, **options)
    begins = Beginning(model, grow=True)
    session = new_session(data, output=tmp_path / "m.pkl", options=options, begins=begins)[0]
    assert run_in_parts(session, 7).reason == "epochs"
    assert weights(tmp_path / "m.pkl") == weights(tmp_path / "whole.pkl")


@pytest.mark.parametrize(
    ("options", "words_of_it"),
    [
        ({"hidden_size": 32}, "`hidden_size` is decided by .*abc.pkl, which has 16"),
        ({"attention": False}, "`attention` is decided by"),
        ({"bidirectional": True}, "`bidirectional` is decided by"),
        ({"source_level": "word"}, "`source_level` is decided by"),
        ({"min_count": 2}, "`min_count` is decided by"),
        ({"max_vocabulary": 100}, "`max_vocabulary` is decided by"),
        ({"lm": True}, "learns from a text"),
        ({"preset": "lm-small"}, "is for a text"),
    ],
    ids=str,
)
def test_what_the_model_has_decided_is_not_asked_again(model, tmp_path, options, words_of_it) -> None:
    with pytest.raises(UsageError, match=words_of_it):
        begun(model, words("abc"), tmp_path / "m.pkl", **options)
    assert list(tmp_path.iterdir()) == []


def test_options_that_agree_with_the_model_may_be_given(model, tmp_path) -> None:
    begun(model, words("abc"), tmp_path / "m.pkl", hidden_size=16, attention=True, **STILL)
    assert weights(tmp_path / "m.pkl") == weights(model)


def test_other_data_and_no_model(model, tmp_path) -> None:
    with pytest.raises(UsageError, match="holds a text"):
        begun(model, dataset_of_text(), tmp_path / "m.pkl")
    with pytest.raises(UsageError, match="`grow_vocabulary` has no effect without `init_from`"):
        seq2seq_cli.train(words("abc"), output=tmp_path / "m.pkl", grow_vocabulary=True)
    (tmp_path / "no.pkl").write_text("no model")
    with pytest.raises(ModelFileError):
        begun(tmp_path / "no.pkl", words("abc"), tmp_path / "m.pkl")


def test_a_books_model_goes_on_with_its_widths(tmp_path) -> None:
    options = AdditionOptions(digits=2, train=100, valid=10, test=10)
    list(
        seq2seq_cli.train(generate(options), output=tmp_path / "b.pkl", preset="book-addition", epochs=1, hidden_size=8)
    )
    begun(tmp_path / "b.pkl", generate(options), tmp_path / "m.pkl", **STILL)
    assert weights(tmp_path / "m.pkl") == weights(tmp_path / "b.pkl")
    wide = AdditionOptions(digits=4, train=100, valid=10, test=10)
    with pytest.raises(S2SError, match="this model was trained with at most"):
        begun(tmp_path / "b.pkl", generate(wide), tmp_path / "w.pkl", **STILL)
