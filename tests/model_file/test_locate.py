"""Which model is taken when none is named."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seq2seq_cli.data.folder import describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.kinds import PAIRS, TEXT
from seq2seq_cli.model_file.content import read_model_file, write_model_file
from seq2seq_cli.model_file.locate import newest_model

FILES = Path(__file__).parents[1] / "fixtures" / "format3"


def model(place: Path, age: int, file: str = "seq2seq.pkl", **data: Any) -> Path:
    """Write a model, so many seconds old, that learned from some data."""
    content = read_model_file(FILES / file)
    place.parent.mkdir(exist_ok=True)
    write_model_file(place, replace(content, data={**content.data, **data}))
    os.utime(place, (1e9 - age, 1e9 - age))
    return place


def test_the_newest_of_the_kind_is_taken(tmp_path) -> None:
    old, new, text = model(tmp_path / "a.pkl", 9), model(tmp_path / "b.pkl", 5), model(tmp_path / "t.pkl", 1, "lm.pkl")
    assert newest_model(PAIRS, tmp_path) == (new, [])
    assert newest_model(TEXT, tmp_path) == newest_model(None, tmp_path) == (text, [])
    new.unlink()
    assert newest_model(PAIRS, tmp_path)[0] == old
    with pytest.raises(ModelFileError, match="there is no language model under"):
        newest_model(TEXT, tmp_path / "none")


def test_a_model_of_the_dataset_at_hand_comes_before_newer_ones(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = describe(PAIRS_FORMAT, "pairs", {"test": [("a", "b")]}, {})
    for name in ("mine", "other"):
        write_folder(tmp_path / "data" / name, dataset if name == "mine" else describe(PAIRS_FORMAT, "x", {}, {}))
    mine = model(tmp_path / "models" / "mine.pkl", 9, path="data/mine", sha256={})
    newer = model(tmp_path / "models" / "newer.pkl", 1, path="data/other", sha256={})
    for data, expected in (
        ("data/mine", mine),
        (tmp_path / "data" / "mine", mine),
        ("data/mine/test.tsv", mine),
        ("data/other", newer),
        ("data/third", newer),
    ):
        assert newest_model(PAIRS, tmp_path / "models", data=Path(data)) == (expected, []), data
    moved = model(tmp_path / "models" / "moved.pkl", 99, path="gone", sha256=dataset.description["sha256"])
    mine.unlink()
    assert newest_model(PAIRS, tmp_path / "models", data=Path("data/mine"))[0] == moved


def test_what_cannot_be_read_hides_no_model(tmp_path) -> None:
    good = model(tmp_path / "good.pkl", 9)
    (tmp_path / "link.pkl").symlink_to("nowhere")
    (tmp_path / "loop.pkl").symlink_to("loop.pkl")
    (tmp_path / "folder.pkl").mkdir()
    os.mkfifo(tmp_path / "pipe.pkl")
    (tmp_path / "empty.pkl").touch()
    (tmp_path / "text.pkl").write_text("no model\n")
    shutil.copy(good, tmp_path / "cut.pkl")
    os.truncate(tmp_path / "cut.pkl", 40)
    found, passed = newest_model(PAIRS, tmp_path)
    assert found == good
    assert sorted(Path(line.partition(":")[0]).name for line in passed) == ["cut.pkl", "empty.pkl", "text.pkl"]
