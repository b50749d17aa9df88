"""The data that a model was trained on, found or made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seq2seq_cli.data.folder import describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.errors import DataError
from seq2seq_cli.model_file.content import ModelFile, read_head
from seq2seq_cli.model_file.provenance import dataset_for, dataset_of

FOLDER = Path(__file__).parent.parent / "fixtures" / "format1"
PAIRS, TEXT = describe(PAIRS_FORMAT, "x", {"train": [("a", "b")]}, {}), describe(TEXT_FORMAT, "x", {"train": "a\n"}, {})


def model(**data) -> ModelFile:
    file = read_head(FOLDER / "seq2seq.pkl")
    return replace(file, data={**file.data, **data})


def test_recorded_options_make_the_same_data() -> None:
    dataset, warnings = dataset_of(model())
    assert dataset.description["sha256"] == model().data["sha256"]
    assert len(dataset.part("train")) == 1200
    assert warnings == []
    _, warnings = dataset_of(model(sha256={}))
    assert warnings == ["the data differs from what the model was trained on"]


def test_a_recorded_folder_is_read_again(tmp_path) -> None:
    write_folder(tmp_path / "d", PAIRS)
    dataset, warnings = dataset_of(model(path=str(tmp_path / "d"), sha256=PAIRS.description["sha256"]))
    assert dataset == PAIRS
    assert warnings == []


def test_data_of_another_kind_is_refused(tmp_path) -> None:
    write_folder(tmp_path / "d", TEXT)
    with pytest.raises(DataError, match="holds a text; this seq2seq model learned from pairs"):
        dataset_for(model(), tmp_path / "d")
    with pytest.raises(DataError, match="what it was trained on holds a text"):
        dataset_of(model(kind="python", options={}))
    with pytest.raises(DataError, match="does not say"):
        dataset_of(replace(model(), data={}))
