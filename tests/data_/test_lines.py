"""Lines of files, and their normal form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.normalise import normalise


@given(st.text())
def test_normalising_twice_is_normalising_once(text) -> None:
    assert normalise(normalise(text)) == normalise(text)
