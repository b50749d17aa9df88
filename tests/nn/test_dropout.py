"""Dropout of every kind: what is dropped, what is shared between steps, and what a mask does."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING, parameters_of

from seq2seq_cli.backend import Packing, reference
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding

ONE_STEP = Packing.even(200, 1)


def test_a_mask_repeats_and_scales() -> None:
    x = DRAW.standard_normal((200, 50))
    y, back = Dropout("d", 0.4)(x, ONE_STEP, training_run(BACKEND, dropout=True))
    kept = y != 0
    assert 0.55 < kept.mean() < 0.65
    np.testing.assert_allclose(y, reference.dropout(x, kept, 0.4), rtol=1e-14)
    np.testing.assert_allclose(back(np.ones_like(x)), reference.dropout(np.ones_like(x), kept, 0.4), rtol=1e-14)
    again, _ = Dropout("d", 0.4)(x, ONE_STEP, training_run(BACKEND, dropout=True))
    np.testing.assert_array_equal(y, again)
    other, _ = Dropout("e", 0.4)(x, ONE_STEP, training_run(BACKEND, dropout=True))
    assert (other != y).any()


def test_a_step_has_its_part_of_the_whole_mask() -> None:
    x = DRAW.standard_normal((10, 4))
    whole, _ = Dropout("d", 0.5)(x, Packing.even(10, 1), training_run(BACKEND, dropout=True))
    context = training_run(BACKEND, dropout=True)
    context.window = (3, 10)
    part, _ = Dropout("d", 0.5)(x[3:7], Packing.even(4, 1), context)
    np.testing.assert_array_equal(part, whole[3:7])


def test_a_variational_mask_is_the_same_at_every_step_and_others_are_not() -> None:
    packing, ones = Packing([6, 6, 4, 1]), np.ones((17, 30))
    for variational in (True, False):
        layer = Dropout("d", 0.5, variational_dropout=variational)
        y, back = layer(ones, packing, training_run(BACKEND, dropout=True))
        same = [bool((y[start : start + count] == y[:count]).all()) for start, count in packing.steps[1:]]
        assert same == [variational] * 5
        np.testing.assert_array_equal(back(ones), y)
        assert len({y[row].tobytes() for row in range(4)}) == 4  # each row of the batch has a mask of its own


def test_nothing_is_dropped_without_a_key() -> None:
    x = DRAW.standard_normal((7, 3))
    y, _ = Dropout("d", 0.5)(x, PACKING, training_run(BACKEND))
    assert y is x


def test_a_stale_backward_is_refused() -> None:
    layer, x, context = Dropout("d", 0.5), np.ones((PACKING.total, 3)), training_run(BACKEND, dropout=True)
    _, old = layer(x, PACKING, context)
    y, back = layer(x, PACKING, context)
    with pytest.raises(StaleBackwardError):
        old(y)
    back(y)
    with pytest.raises(StaleBackwardError):
        back(y)


def test_embedding_dropout_drops_whole_symbols_wherever_they_stand() -> None:
    entries = parameters_of(Embedding.spec("e", 40, 3))
    table, layer = entries["e.weight"].value, Embedding(entries["e.weight"], dropout=0.5)
    ids = DRAW.integers(0, 40, 300)
    rows, back = layer(ids, training_run(BACKEND, dropout=True))
    dropped = {symbol: bool((rows[ids == symbol] == 0).all()) for symbol in set(ids.tolist())}
    assert 0.25 < np.mean(list(dropped.values())) < 0.75
    for row, symbol in zip(rows, ids.tolist(), strict=True):
        np.testing.assert_allclose(row, 0 if dropped[symbol] else 2 * table[symbol])
    back(np.ones_like(rows))
    for symbol, gone in dropped.items():
        np.testing.assert_allclose(entries["e.weight"].gradient[symbol], 0 if gone else 2 * (ids == symbol).sum())
