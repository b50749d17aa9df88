"""Splitting rows and lines into parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.data.split import held_out, split_by_key, split_lines
from seq2seq_cli.errors import DataError, UsageError


@given(st.lists(st.tuples(st.sampled_from("aAbBcdef"), st.text(max_size=2)), min_size=1), st.integers(0, 9))
def test_a_source_is_never_in_two_parts(pairs, count) -> None:
    parts = split_by_key(
        pairs, {"train": 0, "valid": count, "test": count}, key=str.casefold, shuffle=lambda keys: None
    )
    assert sorted(pair for part in parts.values() for pair in part) == sorted(pairs)
    folded = [{source.casefold() for source, _ in part} for part in parts.values()]
    assert sum(map(len, folded)) == len(set().union(*folded))


@given(st.lists(st.text(alphabet="ab "), min_size=4, max_size=60), st.floats(0, 0.4), st.integers(0, 1))
def test_lines_stay_in_order_and_none_is_lost(lines, valid, test) -> None:
    parts = split_lines(lines, valid, test)
    assert list(parts) == [name for name in ("train", "valid", "test") if name in parts]
    assert "".join(parts.values()) == "".join(f"{line}\n" for line in lines)
    assert parts.get("valid", "").count("\n") == round(valid * len(lines))
    assert parts.get("test", "").count("\n") == test


def test_shares_and_counts_of_held_out_rows() -> None:
    assert held_out(200, {"valid": 0.1, "test": 30}, "rows") == {"valid": 20, "test": 30}
    assert held_out(10, {"valid": 0, "test": 1.0}, "rows") == {"valid": 0, "test": 1}
    with pytest.raises(DataError, match="10 rows are too few for 10 in valid and test"):
        held_out(10, {"valid": 5, "test": 5}, "rows")
    for value in (-1, 1.5, float("nan")):
        with pytest.raises(UsageError, match="share below 1 or a count"):
            held_out(10, {"valid": value}, "rows")


def test_a_part_has_as_many_rows_as_were_asked_for_or_its_last_group_more() -> None:
    pairs = [(f"s{n // 3}", str(n)) for n in range(90)]  # three rows a source
    parts = split_by_key(pairs, {"train": 0, "valid": 10, "test": 9}, key=str, shuffle=lambda keys: keys.reverse())
    assert {name: len(part) for name, part in parts.items()} == {"train": 69, "valid": 12, "test": 9}
    assert parts["test"][0] == ("s29", "87")  # the order is the shuffle's
