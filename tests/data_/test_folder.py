"""Datasets' folders: written whole, read back, checked."""

from __future__ import annotations

import json

import pytest

from seq2seq_cli.data.folder import Dataset, describe, read_folder, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import DataError, S2SError

DATASET = describe(PAIRS_FORMAT, "pairs", {"train": [("a", "x"), ("b", "y")], "test": [("c", "z")]}, {"seed": 0})


def test_a_dataset_comes_back_and_its_bytes_repeat(tmp_path) -> None:
    for name in "ab":
        write_folder(tmp_path / name, DATASET)
    read, warnings = read_folder(tmp_path / "a", PAIRS_FORMAT)
    assert read == DATASET
    assert warnings == []
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    assert (tmp_path / "a" / "train.tsv").read_text() == "a\tx\nb\ty\n"
    description = json.loads((tmp_path / "a" / "dataset.json").read_text())
    assert description["counts"] == {"train": 2, "test": 1}
    assert str(tmp_path) not in json.dumps(description)


def test_an_edited_part_warns(tmp_path) -> None:
    write_folder(tmp_path / "d", DATASET)
    (tmp_path / "d" / "train.tsv").write_text("a\tx\nb\tY\n")
    read, warnings = read_folder(tmp_path / "d", PAIRS_FORMAT)
    assert read.parts["train"][1] == ("b", "Y")
    assert len(warnings) == 1
    assert "train.tsv was edited" in warnings[0]


def test_an_existing_folder_is_replaced_only_when_forced_and_ours(tmp_path) -> None:
    folder = tmp_path / "d"
    write_folder(folder, DATASET)
    with pytest.raises(S2SError, match="--force"):
        write_folder(folder, DATASET)
    write_folder(folder, DATASET, force=True)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(S2SError, match="thesis"):
        write_folder(folder, DATASET, force=True)
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_lines_that_cannot_be_used_are_named_and_counted(tmp_path) -> None:
    path = tmp_path / "train.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tx\r\nno tab\n\xff\tq\n\ty\nb\tz\tq\ne\xcc\x81\tw")
    dataset, warnings = read_folder(tmp_path, PAIRS_FORMAT)
    assert dataset.parts["train"] == [("a", "x"), ("é", "w")]
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in warnings[:4]] == ["2", "3", "4", "5"]
    assert "4 lines" in warnings[-1]
    with pytest.raises(DataError, match=r"train\.tsv:2: 1 columns"):
        read_folder(tmp_path, PAIRS_FORMAT, strict=True)


def test_missing_data_says_how_to_make_it(tmp_path) -> None:
    with pytest.raises(DataError, match="s2s prep addition"):
        read_folder(tmp_path / "addition", PAIRS_FORMAT)
    (tmp_path / "dataset.json").write_text("{")
    (tmp_path / "test.tsv").write_text("a\tb\n")
    with pytest.raises(DataError, match="not JSON"):
        read_folder(tmp_path, PAIRS_FORMAT)
    with pytest.raises(DataError, match="no part 'valid'"):
        Dataset({"test": [("a", "b")]}, PAIRS_FORMAT).part("valid")
