"""Captions of one's own: tables, lists of parts, and images or features beside them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.prepare.caption_options import CaptionPrepOptions
from seq2seq_cli.data.prepare.captions import (
    check_size,
    join_captions,
    read_lists,
    read_table,
    read_values,
    split_captions,
)
from seq2seq_cli.errors import DataError, UsageError

ROWS = [(f"{n}.png", f"caption {n} {which}") for n in range(10) for which in "ab"]
NAMES = [f"{n}.png" for n in range(10)]
FEW = CaptionPrepOptions(valid=4, test=4, size=8)


def images_in(folder, names=NAMES, sides=(8, 12)):
    Image = pytest.importorskip("PIL.Image")
    folder.mkdir()
    for number, name in enumerate(names):
        Image.new("RGB", sides, (number, 2 * number, 30)).save(folder / name)
    return folder


def test_the_tables_that_people_have_are_read(tmp_path) -> None:
    (tmp_path / "a.csv").write_text('image,caption\na.jpg,"one, two"\na.jpg,three\n')
    rows, notes = read_table(tmp_path / "a.csv", CaptionPrepOptions(), Problems())
    assert rows == [("a.jpg", "one, two"), ("a.jpg", "three")]
    assert notes == [f"{tmp_path}/a.csv: images are in column image, captions in caption (`csv` names others)"]
    # Flickr8k's own form: the number of a caption stands behind the image's name.
    (tmp_path / "a.token").write_text("a.jpg#0\tone\na.jpg#1\ttwo\na.jpg#2\ttwo\nb#1.jpg\tthree\nnothing\n")
    problems = Problems()
    rows, notes = read_table(tmp_path / "a.token", CaptionPrepOptions(), problems)
    assert rows == [("a.jpg", "one"), ("a.jpg", "two"), ("b#1.jpg", "three")]
    assert (notes, problems.count) == ([], 1)
    (tmp_path / "b.txt").write_text("text,file\none,a.jpg\n")
    rows, _ = read_table(tmp_path / "b.txt", CaptionPrepOptions(csv="file,text"), Problems())
    assert rows == [("a.jpg", "one")]


def test_all_captions_of_an_image_are_in_one_part() -> None:
    parts, notes = split_captions(ROWS, {}, FEW)
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 12, "valid": 4, "test": 4}
    assert notes == []
    of_parts = [{name for name, _ in rows} for rows in parts.values()]
    assert sum(map(len, of_parts)) == 10
    assert split_captions(ROWS, {}, FEW) == (parts, notes)


def test_lists_say_what_is_in_a_part(tmp_path) -> None:
    (tmp_path / "t").write_text("3.png\n\n1.png\n3.png\n")
    (tmp_path / "v").write_text("2.png\nnone.png\n")
    lists = read_lists({"train": tmp_path / "t", "valid": tmp_path / "v"}, Problems())
    parts, notes = split_captions(ROWS, lists, CaptionPrepOptions())
    assert parts == {"train": [ROWS[2], ROWS[3], ROWS[6], ROWS[7]], "valid": [ROWS[4], ROWS[5]]}
    assert notes == ["left 7 images out: no list names them", "1 image of the lists have no caption in the table"]
    (tmp_path / "v").write_text("1.png\n")
    with pytest.raises(DataError, match=r"v: 1.png stands in .*t too; an image is in one part"):
        read_lists({"train": tmp_path / "t", "valid": tmp_path / "v"}, Problems())
    with pytest.raises(DataError, match="give `train_list` too"):
        split_captions(ROWS, {"valid": ["1.png"]}, CaptionPrepOptions())
    with pytest.raises(DataError, match="no image of `train_list` has a caption"):
        split_captions(ROWS, {"train": ["x"]}, CaptionPrepOptions())
    with pytest.raises(DataError, match="not one usable row"):
        split_captions([], {}, CaptionPrepOptions())


def test_images_become_a_dataset_without_those_that_are_damaged(tmp_path) -> None:
    folder = images_in(tmp_path / "images")
    (folder / "3.png").write_bytes(b"damaged")
    (folder / "5.png").unlink()
    problems = Problems()
    values = read_values(folder, NAMES, FEW, problems)
    assert sorted(set(NAMES) - set(values)) == ["3.png", "5.png"]
    assert problems.count == 2
    dataset = join_captions({"train": ROWS[:14], "test": ROWS[14:]}, values, FEW, split=True)
    assert dataset.counts == {"train": 10, "test": 6}
    train = dataset.part("train")
    assert train.names == [name for name in NAMES[:7] if name not in ("3.png", "5.png")]
    assert all((image == values[name]).all() for name, image in zip(train.names, train.values, strict=True))
    assert dataset.description["options"] == {"target_level": "word", "size": 8, "valid": 4, "test": 4, "seed": 0}
    with pytest.raises(DataError, match="nothing is left for train"):
        join_captions({"train": ROWS[6:8], "test": ROWS[14:]}, values, FEW, split=True)
    with pytest.raises(DataError, match=r"3\.png: it is no image"):
        read_values(folder, NAMES, FEW, Problems(strict=True))
    with pytest.raises(DataError, match="not one image that the table names"):
        read_values(folder, ["none.png"], FEW, Problems())


def test_features_of_unequal_places_are_filled_up(tmp_path) -> None:
    places = [1 + n % 3 for n in range(9)]
    np.savez(tmp_path / "f.npz", **{f"{n}.png": np.full((places[n], 5), n) for n in range(9)})
    problems = Problems()
    values = read_values(tmp_path / "f.npz", NAMES, FEW, problems)
    assert problems.summary()[0].endswith("it has no array named 9.png")
    dataset = join_captions({"train": ROWS}, values, FEW, split=False)
    train = dataset.part("train")
    assert train.values.shape == (9, 3, 5)
    assert ((~np.isnan(train.values)).all(axis=2).sum(axis=1) == places).all()
    assert dataset.description["options"] == {"target_level": "word"}


def test_names_are_found_in_whatever_normal_form_they_are_kept(tmp_path) -> None:
    """Lines are read in form C; macOS and what it packs have names in form D."""
    composed = ["Caf\u00e9.png", "b.png"]
    kept = [unicodedata.normalize("NFD", name) for name in composed]
    problems = Problems()
    assert set(read_values(images_in(tmp_path / "images", kept), composed, FEW, problems)) == set(composed)
    np.savez(tmp_path / "f.npz", **{name: np.ones((1, 2)) for name in kept})
    assert set(read_values(tmp_path / "f.npz", composed, FEW, problems)) == set(composed)
    assert problems.count == 0


def test_what_is_neither_a_folder_nor_features_is_refused(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(DataError, match=r"a.txt: it is neither a folder of images nor"):
        read_values(tmp_path / "a.txt", NAMES, FEW, Problems())
    with pytest.raises(DataError, match="no such folder or file"):
        read_values(tmp_path / "none", NAMES, FEW, Problems())
    with pytest.raises(UsageError, match="`size` has no effect on features"):
        check_size(tmp_path / "a.npy", {"size": 9})
    check_size(tmp_path, {"size": 9})


def test_a_table_names_nothing_outside_the_folder(tmp_path) -> None:
    folder = images_in(tmp_path / "images")
    (tmp_path / "private.png").write_bytes((folder / "1.png").read_bytes())
    strange = ["../private.png", str(tmp_path / "private.png"), "x/../../private.png", "..", "../images/1.png"]
    problems = Problems()
    values = read_values(folder, ["1.png", "x/../1.png", *strange], FEW, problems)
    assert "1.png" in values
    assert not set(strange) & set(values)
    assert sum("leads out of the folder" in line for line in problems.shown) >= 4


def test_a_table_in_another_form_is_told_which_option_takes_it(tmp_path) -> None:
    (tmp_path / "table.txt").write_text("image,caption\n" + "".join(f"{n}.png,a picture of {n}\n" for n in range(9)))
    with pytest.raises(DataError, match=r"not one line is image, tab, caption; .* `csv=image,caption` takes"):
        read_table(tmp_path / "table.txt", CaptionPrepOptions(), Problems())


def test_a_few_long_features_among_many_short_ones_are_refused(monkeypatch) -> None:
    values = {name: np.zeros((1, 4), dtype=np.float32) for name in NAMES}
    long = {**values, NAMES[0]: np.zeros((1000, 4), dtype=np.float32)}
    join_captions({"train": ROWS}, long, FEW, split=False)
    monkeypatch.setattr("seq2seq_cli.data.prepare.captions.FILLED_FREELY", 1000)
    monkeypatch.setattr("seq2seq_cli.data.prepare.captions.MOST_FILLED", 5)
    join_captions({"train": ROWS}, values, FEW, split=False)
    with pytest.raises(DataError, match=f"1,000 places, and filled to as many, all {len(NAMES)} take"):
        join_captions({"train": ROWS}, long, FEW, split=False)
