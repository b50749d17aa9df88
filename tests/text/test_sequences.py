"""Rows of ids, packed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.sequences import Sequences

ROWS = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=8)


@given(ROWS, st.booleans(), st.data())
def test_packed_rows_are_the_rows_step_by_step(rows, reverse, data) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=6))
    ids, packing, order = Sequences(rows).pack(np.array(chosen), reverse=reverse)
    lengths = [len(rows[chosen[place]]) for place in order]
    assert lengths == sorted(lengths, reverse=True)
    assert sorted(order.tolist()) == list(range(len(chosen)))
    found: list[list[int]] = [[] for _ in chosen]
    for number, row in zip(ids.tolist(), packing.row_of.tolist(), strict=True):
        found[order[row]].append(number)
    assert found == [rows[row][::-1] if reverse else rows[row] for row in chosen]


def test_rows_of_one_length_keep_their_order() -> None:
    _, _, order = Sequences([[1], [2], [3, 3], [4]]).pack(np.array([0, 1, 2, 3]))
    assert order.tolist() == [2, 0, 1, 3]
