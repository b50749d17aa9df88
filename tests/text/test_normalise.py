"""The normal form of text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.normalise import normalise


@given(st.text())
def test_normalising_twice_is_normalising_once(text) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_an_accent_joins_its_letter() -> None:
    assert normalise("e\u0301") == "\u00e9"
    assert normalise("\u1100\u1161") == "\uac00"
    assert normalise("plain") == "plain"
