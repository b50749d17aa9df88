"""The book's pickles: their numbers, and the refusal of what does not fit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers import small_batch

from seq2seq_cli.backend import get_backend
from seq2seq_cli.cli.import_ import import_
from seq2seq_cli.errors import DataError, ModelFileError
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.model_file.book_import import convert_book_pickle
from seq2seq_cli.models.build import build_seq2seq


def test_a_book_pickle_gives_the_books_numbers(tmp_path) -> None:
    """A peeky model of the book, computed here as the book's code does, and imported."""
    draw = np.random.default_rng(0)
    V, D, H = 5, 2, 3
    shapes = [(V, D), (D, 4 * H), (H, 4 * H), (4 * H,), (V, D), (H + D, 4 * H), (H, 4 * H), (4 * H,), (2 * H, V), (V,)]
    arrays = [draw.standard_normal(shape).astype(np.float16) for shape in shapes]
    path = tmp_path / "book.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=3))
    config, weights = convert_book_pickle(path, "peeky", vocab_size=V, source_width=3, target_width=2, reverse=False)

    def lstm(x, h, c, wx, wh, b):  # the book's gate order is f g i o
        f, g, i, o = np.split(x @ wx + h @ wh + b, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        return np.tanh(c) / (1 + np.exp(-o)), c

    ee, ex, eh, eb, de, dx, dh, db, aw, ab = (array.astype(np.float64) for array in arrays)
    h, c = np.zeros(H), np.zeros(H)
    for symbol in (1, 4, 2):
        h, c = lstm(ee[symbol], h, c, ex, eh, eb)
    vector, c = h, np.zeros(H)
    expected = []
    for symbol in (0, 3):
        h, c = lstm(np.concatenate((vector, de[symbol])), h, c, dx, dh, db)
        expected.append(np.concatenate((vector, h)) @ aw + ab)

    model = build_seq2seq(config, get_backend("cpu", "float64"))
    model.parameters.assign(weights)
    batch = small_batch([[1, 4, 2]], [[3, 0]])
    with model.inference() as context:
        logits, _ = model.forward(batch, batch.inputs, context)
        logits = logits.copy()
    np.testing.assert_allclose(logits, expected, rtol=1e-6)


def test_book_pickles_that_do_not_fit_say_so(tmp_path) -> None:
    path = tmp_path / "book.pkl"
    sizes = {"vocab_size": 5, "source_width": 3, "target_width": 2, "reverse": False}
    path.write_bytes(pickle.dumps([np.zeros((2, 2), dtype=np.float16) for _ in range(6)], protocol=3))
    with pytest.raises(ModelFileError, match="list of 10 arrays"):
        convert_book_pickle(path, "attention", **sizes)
    path.write_bytes(pickle.dumps([np.zeros((2, 2), dtype=np.float16) for _ in range(10)], protocol=3))
    with pytest.raises(ModelFileError, match="vocabulary"):
        convert_book_pickle(path, "attention", **sizes)
    path.write_bytes(pickle.dumps([np.zeros(5, dtype=np.int32) for _ in range(10)], protocol=3))
    with pytest.raises(ModelFileError, match="floating-point"):
        convert_book_pickle(path, "seq2seq", **sizes)
    path.write_bytes(pickle.dumps([np.full((2, 2), 1e300)] + [np.zeros((2, 2)) for _ in range(9)], protocol=3))
    with pytest.raises(ModelFileError, match="too large"):
        convert_book_pickle(path, "seq2seq", **sizes)
    one = np.zeros((1000, 1000))
    path.write_bytes(pickle.dumps([one] * 10, protocol=3))
    with pytest.raises(ModelFileError, match="used twice"):
        convert_book_pickle(path, "seq2seq", **sizes)


def test_the_real_book_pickles_are_read(shared_data) -> None:
    arrays = read_pickle(shared_data / "book" / "Rnnlm.pkl", foreign=True)
    assert [array.shape for array in arrays] == [(10000, 100), (100, 400), (100, 400), (400,), (100, 10000), (10000,)]
    assert {array.dtype for array in arrays} == {"<f2"}


def test_lines_of_any_width_are_no_file_of_the_books(tmp_path) -> None:
    """Every row would be filled to the widest one."""
    path = tmp_path / "data.txt"
    path.write_text(f"1+1_2\n{'9' * 20_000}_1\n")
    (tmp_path / "arrays.pkl").write_bytes(pickle.dumps([np.zeros((2, 2))], protocol=3))
    with pytest.raises(DataError, match=r"data\.txt: a line is wider than 16,384 characters"):
        import_(tmp_path / "arrays.pkl", "seq2seq", path, tmp_path / "m.pkl")
    assert not (tmp_path / "m.pkl").exists()
