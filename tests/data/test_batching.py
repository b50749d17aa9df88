"""Batches: what the decoder reads and what it should predict, row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.data.batching import epoch_rows, epoch_rows_by_symbols, make_batch
from seq2seq_cli.text.sequences import Sequences

ROW = st.lists(st.integers(1, 9), min_size=1, max_size=5)
START = 0


@given(st.lists(st.tuples(ROW, ROW), min_size=1, max_size=7), st.booleans())
def test_each_target_reads_its_own_past_and_its_own_source(pairs, reverse) -> None:
    sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
    batch = make_batch(Sequences(sources), Sequences(targets), np.arange(len(pairs)), reverse=reverse, start=START)
    inputs: list[list[int]] = [[] for _ in pairs]
    expected: list[list[int]] = [[] for _ in pairs]
    for place, row in enumerate(batch.packing.row_of.tolist()):
        inputs[row].append(int(batch.inputs[place]))
        expected[row].append(int(batch.targets[place]))
    read: list[list[int]] = [[] for _ in pairs]
    for number, row in zip(batch.source.values.tolist(), batch.source.packing.row_of.tolist(), strict=True):
        read[row].append(number)
    for row, place in enumerate(batch.order.tolist()):
        assert expected[row] == targets[place]
        assert inputs[row] == [START, *targets[place][:-1]]
        assert read[batch.rows[row]] == (sources[place][::-1] if reverse else sources[place])


def test_an_epoch_has_every_row_once_in_an_order_that_its_key_fixes() -> None:
    first, again, other = (epoch_rows(10, 4, key, drop_last=False) for key in ((1, 2), (1, 2), (1, 3)))
    assert sorted(np.concatenate(first).tolist()) == list(range(10))
    assert [len(rows) for rows in first] == [4, 4, 2]
    assert np.concatenate(first).tolist() == np.concatenate(again).tolist() != np.concatenate(other).tolist()
    assert [len(rows) for rows in epoch_rows(10, 4, (1, 2), drop_last=True)] == [4, 4]
    assert [len(rows) for rows in epoch_rows(3, 4, (1, 2), drop_last=True)] == [3]  # never nothing


def test_batches_by_symbols_hold_rows_of_like_length_and_each_row_once() -> None:
    draw = np.random.default_rng(0)
    lengths, others = draw.integers(1, 30, 2000), draw.integers(1, 30, 2000)
    lengths[7] = 500  # longer than a batch
    batches = epoch_rows_by_symbols(lengths, others, 100, (1, 2))
    assert sorted(np.concatenate(batches).tolist()) == list(range(2000))
    sums = [int(lengths[rows].sum()) for rows in batches]
    assert [rows.tolist() for rows in batches if lengths[rows].sum() > 100] == [[7]]
    assert np.mean(sums) > 85
    spread = [int(np.ptp(lengths[rows])) for rows in batches]
    assert np.median(spread) <= 1
    again, other = (epoch_rows_by_symbols(lengths, others, 100, key) for key in ((1, 2), (1, 3)))
    assert [rows.tolist() for rows in batches] == [rows.tolist() for rows in again]
    assert [rows.tolist() for rows in batches] != [rows.tolist() for rows in other]
