"""Reading features that somebody made of images: every form that is stated, and nothing else."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest

from seq2seq_cli.data.readers.features import read_feature_file, read_features
from seq2seq_cli.errors import DataError

DRAW = np.random.default_rng(0)


def saved(path, value):
    np.save(path, value)
    return path


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", ">f4"])
@pytest.mark.parametrize("shape", [(6,), (1, 6), (3, 6)])
def test_one_images_features_are_vectors(tmp_path, dtype, shape) -> None:
    value = DRAW.integers(-9, 9, shape).astype(dtype)
    found = read_features(saved(tmp_path / "a.npy", value), 3, 6)
    assert found.dtype == np.float32
    assert (found == np.atleast_2d(value)).all()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((4, 6)), "it holds 4 vectors of 6 numbers; this model reads at most 3 of 6"),
        (np.zeros((2, 5)), "it holds 2 vectors of 5 numbers"),
        (np.zeros((1, 2, 6)), r"features are numbers \(places, numbers\)"),
        (np.zeros((0, 6)), "features are numbers"),
        (np.array(["a"]), "features are numbers"),
        (np.array([{}], dtype=object), "no array of NumPy's forms"),
        (np.full((2, 6), np.inf), "not finite"),
        (np.full((2, 6), np.nan), "no features at all"),
        (np.array([[np.nan] + [0] * 5]), "not finite"),
    ],
)
def test_what_a_model_cannot_read_is_refused(tmp_path, value, message) -> None:
    np.save(tmp_path / "a.npy", value, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        read_features(tmp_path / "a.npy", 3, 6)


def test_places_that_are_not_there_are_left_out(tmp_path) -> None:
    value = np.array([[1.0, 2], [3, 4], [np.nan, np.nan]])
    assert read_features(saved(tmp_path / "a.npy", value), 3, 2).tolist() == [[1, 2], [3, 4]]


def test_many_images_by_name_and_in_order(tmp_path) -> None:
    values = {f"{name}.jpg": DRAW.standard_normal((places, 4)) for name, places in zip("abc", (2, 3, 1), strict=True)}
    np.savez(tmp_path / "f.npz", **values)
    found = read_feature_file(tmp_path / "f.npz", ["c.jpg", "none.jpg", "a.jpg"])
    assert list(found) == ["c.jpg", "a.jpg"]
    assert all(np.allclose(found[name], values[name]) for name in found)
    flat = saved(tmp_path / "f.npy", DRAW.standard_normal((3, 4)))
    assert {name: value.shape for name, value in read_feature_file(flat, list("abc")).items()} == {
        "a": (1, 4),
        "b": (1, 4),
        "c": (1, 4),
    }
    with pytest.raises(DataError, match="it has 3 entries and the table 2 images"):
        read_feature_file(flat, ["a", "b"])
    with pytest.raises(DataError, match=r"features are \(images, numbers\)"):
        read_feature_file(saved(tmp_path / "g.npy", np.zeros(3)), list("abc"))
    np.savez(tmp_path / "f.npz", a=np.zeros((1, 4)), b=np.zeros((1, 5)))
    with pytest.raises(DataError, match="some vectors have 4 numbers and some 5"):
        read_feature_file(tmp_path / "f.npz", ["a", "b"])


@pytest.mark.parametrize("form", ["npy", "npz"])
def test_a_damaged_file_is_an_error_with_its_name(tmp_path, form) -> None:
    values = DRAW.standard_normal((3, 4)).astype("f")
    path = tmp_path / f"f.{form}"
    if form == "npy":
        np.save(path, values)
    else:
        np.savez_compressed(path, a=values, b=values, c=values)
    content, failed = path.read_bytes(), 0
    for number in range(80):
        wrong = bytearray(content[: DRAW.integers(0, len(content))] if number % 2 else content)
        for place in DRAW.integers(0, max(1, len(wrong)), 3 if wrong else 0):
            wrong[place] = DRAW.integers(256)
        path.write_bytes(wrong)
        try:
            read_feature_file(path, list("abc"))
        except DataError as error:
            failed += 1
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)
    assert failed > 20
    with pytest.raises(DataError, match="No such file"):
        read_feature_file(tmp_path / "none.npz", ["a"])


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch) -> None:
    np.savez_compressed(tmp_path / "f.npz", a=np.zeros((1000, 100)))
    assert read_feature_file(tmp_path / "f.npz", ["a"])["a"].shape == (1000, 100)
    monkeypatch.setattr("seq2seq_cli.data.readers.features.UNPACKED_FREELY", 100_000)
    for read in (lambda path: read_feature_file(path, ["a"]), lambda path: read_features(path, 9, 9)):
        with pytest.raises(DataError, match="claim to unpack to 800,"):
            read(tmp_path / "f.npz")


def test_what_is_refused_says_why_and_never_to_unpickle_it(tmp_path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    (tmp_path / "packed.npz").write_bytes(gzip.compress(b"x" * 99))
    descr = {"descr": "<f4", "fortran_order": False}
    headers = {"call": "__import__('os')", "claim": {**descr, "shape": (10**12,)}, "minus": {**descr, "shape": (-1, 4)}}
    for name, header in headers.items():
        line = f"{header}\n".encode()
        (tmp_path / f"{name}.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line)
    np.save(tmp_path / "huge.npy", np.full((1, 4), 1e300))  # which single precision can't hold
    np.save(tmp_path / "long.npy", np.zeros((1, 1 << 15, 1), dtype="f4"))
    paths = [path for path in tmp_path.iterdir() if path.suffix != ".py"]
    assert len(paths) == 7
    for path in paths:
        with pytest.raises(DataError) as caught:
            read_feature_file(path, ["a"])
        assert str(caught.value).startswith(str(path))
        assert not re.search(r"pickle|object at|Error|\n", str(caught.value))


def test_a_header_that_claims_more_than_there_is_is_refused(tmp_path) -> None:
    header = np.lib.format
    with (tmp_path / "f.npy").open("wb") as file:
        header.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (10**10, 4)})
        file.write(bytes(64))
    with pytest.raises(DataError, match="no array of NumPy's forms"):
        read_features(tmp_path / "f.npy", 9, 4)
