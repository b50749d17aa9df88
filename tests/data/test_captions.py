"""Datasets of captions: lines and arrays that belong together, read as a stranger's."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from captioning import FEATURES, PIXELS, captions_of, padded_features

from seq2seq_cli.data.caption_codec import Features, Images, Scaling
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions, read_values
from seq2seq_cli.data.folder import describe, read_folder, write_folder
from seq2seq_cli.errors import DataError, S2SError
from seq2seq_cli.kinds import CAPTIONS, PAIRS, kind_of_place


def written(folder: Path, reads: str = "images") -> Path:
    parts = {"train": captions_of(reads), "test": Captions([("e", "red")], captions_of(reads).values[:1])}
    write_folder(folder, describe(CAPTIONS_FORMAT, "captions", parts, {}))
    return folder


@pytest.mark.parametrize("reads", ["images", "features"])
def test_a_folder_is_read_as_it_was_written(tmp_path, reads) -> None:
    dataset, warnings = read_folder(written(tmp_path / "d", reads), CAPTIONS_FORMAT)
    assert warnings == []
    assert list(dataset.parts["train"]) == list(captions_of(reads))
    assert dataset.parts["train"].names == ["a", "b", "c", "d"]
    np.testing.assert_array_equal(dataset.parts["train"].values, captions_of(reads).values)
    assert dataset.parts["train"].has_images == (reads == "images")
    assert set(dataset.description["sha256"]) == {"train", "train.npy", "test", "test.npy"}
    assert dataset.counts == {"train": 5, "test": 1}


def test_which_kind_a_folder_is_of_says_the_array_beside_the_lines(tmp_path) -> None:
    folder = written(tmp_path / "d")
    assert kind_of_place(folder) is CAPTIONS
    assert kind_of_place(folder / "train.tsv") is CAPTIONS
    for file in folder.glob("*.npy"):
        file.unlink()
    assert kind_of_place(folder) is PAIRS


def test_an_edit_of_either_file_is_noticed(tmp_path) -> None:
    folder = written(tmp_path / "d")
    lines = folder / "train.tsv"
    lines.write_text(lines.read_text("utf-8").replace("blue one", "a blue one"), "utf-8")
    with (folder / "test.npy").open("r+b") as file:
        file.seek(-1, io.SEEK_END)
        file.write(b"\x07")
    _, warnings = read_folder(folder, CAPTIONS_FORMAT)
    assert [Path(warning.split()[0]).name for warning in warnings] == ["train.tsv", "test.npy"]


def test_a_dataset_is_replaced_whole_and_a_strangers_folder_is_not(tmp_path) -> None:
    folder = written(tmp_path / "d")
    dataset, _ = read_folder(folder, CAPTIONS_FORMAT)
    write_folder(folder, dataset, force=True)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(S2SError, match=r"notes\.txt"):
        write_folder(folder, dataset, force=True)


def test_lines_that_lack_an_image_are_refused_with_the_file(tmp_path) -> None:
    folder = written(tmp_path / "d")
    (folder / "train.tsv").write_text("a\tred\n", "utf-8")
    with pytest.raises(DataError, match=r"train\.npy: there are 1 images in the lines and 4 in the array"):
        read_folder(folder, CAPTIONS_FORMAT)


def npy(array: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


HEADER = npy(PIXELS)
NOT_FINITE = padded_features()
NOT_FINITE[0, 0, 0] = np.inf
HOLE = padded_features()
HOLE[1, 1] = np.nan


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no array"),
        (b"PK\x03\x04 a zip", "it is no array"),
        (HEADER[:100], "it is no array|it has"),
        (HEADER[:-1], "bytes for an array"),
        (HEADER + b"x", "bytes for an array"),
        (HEADER.replace(b"(4, 7, 7, 3)", b"(4, 9, 9, 3)"), "bytes for an array"),
        (HEADER.replace(b"(4, 7, 7, 3)", b"(4, 7, 7,-3)"), "it holds uint8 of shape"),
        (HEADER.replace(b"'|u1'", b"'|O' "), "it holds object|it is no array"),
        (npy(np.array([{}]), allow_pickle=True), "it holds object"),
        (npy(PIXELS.astype("f")), "it holds float32 of shape"),
        (npy(PIXELS[:, :5]), "it holds uint8 of shape"),
        (npy(np.asfortranarray(PIXELS)), "Fortran's order"),
        (npy(padded_features().astype(">f4")), "it holds >f4"),
        (npy(NOT_FINITE), "not finite"),
        (npy(HOLE), "not finite"),
        (npy(np.full((2, 2, 2), np.nan, dtype="f")), "no features at all"),
        (HEADER.replace(b"(4, 7, 7, 3)", b"(4**9**9**9)"), "it is no array"),
    ],
)
def test_an_array_is_not_believed(tmp_path, content, message) -> None:
    path = tmp_path / "train.npy"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_values(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("piece", [1, 200, 1 << 22])
def test_the_scale_is_the_training_parts(monkeypatch, piece) -> None:
    monkeypatch.setattr("seq2seq_cli.data.caption_codec.PIECE", piece)
    scaling = Scaling.of(PIXELS)
    scaled = scaling(PIXELS)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=(0, 1, 2)), 1, atol=1e-5)
    ours = Scaling.of(padded_features())
    flat = np.concatenate(FEATURES).astype(float)
    assert ours.mean == (pytest.approx(flat.mean()),)
    assert ours.deviation == (pytest.approx(flat.std()),)
    assert np.isfinite(Scaling.of(np.zeros((1, 2, 2, 3), dtype=np.uint8))(PIXELS)).all()


def test_features_are_packed_those_of_most_places_first() -> None:
    sources = Features(FEATURES, Scaling((0.0,), (1.0,)))
    values, packing, order = sources.pack(np.array([2, 0, 1, 3]))
    assert packing.lengths.tolist() == [3, 3, 2, 1]
    assert [[2, 0, 1, 3][place] for place in order] == [1, 3, 0, 2]
    for row, entry in enumerate((FEATURES[1], FEATURES[3], FEATURES[0], FEATURES[2])):
        np.testing.assert_array_equal(values[packing.row_of == row], entry)


def test_images_are_packed_in_the_order_asked_for() -> None:
    values, packing, order = Images(list(PIXELS), 4, Scaling((0.0,) * 3, (1.0,) * 3)).pack(np.array([2, 0, 2]))
    np.testing.assert_array_equal(values, PIXELS[[2, 0, 2]])
    assert (packing.lengths.tolist(), order.tolist()) == ([4, 4, 4], [0, 1, 2])


def test_the_description_is_json(tmp_path) -> None:
    description = json.loads((written(tmp_path / "d") / "dataset.json").read_text("utf-8"))
    assert description["levels"] == {"target": "word"}


@pytest.mark.parametrize("header", [b"{'descr': (", b"{", b"\xff", b"[" * 5000, b"{'descr': '<f4', 'shape': (1,", b""])
def test_a_header_that_is_none_is_refused(tmp_path, header) -> None:
    """NumPy reads it as a piece of Python, and raises whatever that makes it raise."""
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n")
    with pytest.raises(DataError, match="no array of NumPy's form"):
        read_values(path)
