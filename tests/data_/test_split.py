"""Splitting rows and lines into parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.data.split import split_by_key


@given(st.lists(st.tuples(st.sampled_from("aAbBcdef"), st.text(max_size=2)), min_size=1), st.integers(0, 9))
def test_a_source_is_never_in_two_parts(pairs, count) -> None:
    parts = split_by_key(
        pairs, {"train": 0, "valid": count, "test": count}, key=str.casefold, shuffle=lambda keys: None
    )
    assert sorted(pair for part in parts.values() for pair in part) == sorted(pairs)
    folded = [{source.casefold() for source, _ in part} for part in parts.values()]
    assert sum(map(len, folded)) == len(set().union(*folded))
