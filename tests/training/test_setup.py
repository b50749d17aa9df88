"""Beginning a run: what the options say arrives in vocabularies, first values and parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import dataset_of_text

from seq2seq_cli.api.train import new_session
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.folder import Dataset, describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.errors import DataError
from seq2seq_cli.models.spec import parameter_specs
from seq2seq_cli.nn.initialisers import initialise
from seq2seq_cli.training.session import Session

# Sources hold a 1 time, b 2, c 3 and so on to h; targets the same in capitals.
COUNTED = "".join(letter * count for count, letter in enumerate("abcdefgh", 1))
ROWS = [(letter, letter.upper()) for letter in COUNTED]
PAIRS = describe(PAIRS_FORMAT, "pairs", {"train": ROWS, "valid": ROWS[:4], "test": ROWS[4:9]}, {})
WORDS = {"train": " ".join(COUNTED) + " \n" * 9, "valid": "h g f\n", "test": "a b\n"}
TEXT = describe(TEXT_FORMAT, "text", WORDS, {}, levels={"text": "word"})
SMALL = {"hidden_size": 8, "embedding_size": 8, "batch_size": 2}


def session_of(folder, dataset: Dataset[Any], **options: object) -> Session:
    return new_session(dataset, output=folder / "m.pkl", options={**SMALL, **options})[0]


def letters(symbols: tuple[str, ...]) -> str:
    return "".join(sorted(symbol for symbol in symbols if len(symbol) == 1 and symbol.isalpha()))


@pytest.mark.parametrize(
    ("options", "known"),
    [({}, "abcdefgh"), ({"min_count": 2}, "bcdefgh"), ({"min_count": 6}, "fgh"), ({"max_vocabulary": 8}, None)],
    ids=str,
)
def test_rare_symbols_are_unknown_if_asked(tmp_path, options, known: str | None) -> None:
    """Of so many symbols those are kept that stand there most often; special symbols take places too."""
    head = session_of(tmp_path, PAIRS, **options).head
    for vocabulary, written in ((head.source_vocabulary, str), (head.target_vocabulary, str.upper)):
        found = letters(vocabulary.symbols)
        if known is None:
            assert len(vocabulary) == 8
            assert found == written("abcdefgh"[-len(found) :])
            assert 4 <= len(found) < 8
        else:
            assert found == written(known)


@pytest.mark.parametrize(
    ("options", "known"), [({}, "abcdefgh"), ({"min_count": 3}, "cdefgh"), ({"max_vocabulary": 8}, "cdefgh")], ids=str
)
def test_rare_words_of_a_text_are_unknown_if_asked(tmp_path, options, known: str) -> None:
    vocabulary = session_of(tmp_path, TEXT, **options).head.target_vocabulary
    assert letters(vocabulary.symbols) == known
    assert len(vocabulary) == len(known) + 2  # the unknown symbol, and the line's end


@pytest.mark.parametrize("scheme", ["s2s", "book"])
@pytest.mark.parametrize("dataset", [PAIRS, TEXT], ids=["pairs", "text"])
def test_weights_begin_as_the_scheme_and_the_seed_say(tmp_path, dataset, scheme: str) -> None:
    session = session_of(tmp_path, dataset, initialisation=scheme, seed=5, precision="float64")
    config = session.training.model.config
    assert isinstance(config, ModelConfig)
    expected = initialise(parameter_specs(config), scheme, 5)
    found = session.training.model.parameters.to_host()
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def test_the_part_that_is_measured_is_the_one_that_is_named(tmp_path) -> None:
    assert session_of(tmp_path / "a", PAIRS).training.task.valid_size == 4
    assert session_of(tmp_path / "b", PAIRS, eval_part="test", keep="last").training.task.valid_size == 5
    text = dataset_of_text()
    for name in ("valid", "test"):
        session = session_of(tmp_path / name, text, keep="last", eval_part=name)
        ids = session.training.task._codec.encode(text.parts[name])
        np.testing.assert_array_equal(session.training.task._valid, ids)
    with pytest.raises(DataError, match="no part 'test'"):
        only = describe(PAIRS_FORMAT, "pairs", {"train": ROWS, "valid": ROWS[:4]}, {})
        session_of(tmp_path / "c", only, eval_part="test", keep="last")


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_numbers_have_the_precision_that_is_asked_for(tmp_path, precision: str) -> None:
    training = session_of(tmp_path, PAIRS, precision=precision).training
    assert training.model.parameters.values_flat.dtype == precision
    assert {array.dtype.name for array in training.arrays().values()} == {precision}


def test_a_row_that_is_longer_than_a_model_can_be_is_said_before_the_work(tmp_path) -> None:
    rows = [*ROWS, ("a" * 70_000, "a b")]
    long = describe(PAIRS_FORMAT, "pairs", {"train": rows, "valid": ROWS[:4]}, {})
    with pytest.raises(
        DataError, match=r"longest source of train has 70,000 symbols; 65,536 are the most.*source_level"
    ):
        session_of(tmp_path, long)
    session_of(tmp_path, long, source_level="word")
