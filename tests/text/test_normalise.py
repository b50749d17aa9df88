"""The normal form of text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.text.normalise import alphabet_sizes, decomposed, normalise


@given(st.text())
def test_normalising_twice_is_normalising_once(text) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_an_accent_joins_its_letter() -> None:
    assert normalise("e\u0301") == "\u00e9"
    assert normalise("\u1100\u1161") == "\uac00"
    assert normalise("plain") == "plain"


MARKS = "\u0301\u0323\u0302\u05b0\u05bc\u3099\u0327\u1161\u11a8"
"""Marks of several classes, which have an order in a normal form, and Hangul's vowel and final letter."""


@given(st.text() | st.text("aeUo\u1100\uac00\u304b" + MARKS))
def test_taken_apart_and_put_together_is_the_identity(text) -> None:
    assert normalise(decomposed(normalise(text))) == normalise(text)
    assert decomposed(normalise(text)) == decomposed(text)


def test_every_syllable_of_hangul_comes_back() -> None:
    syllables = "".join(map(chr, range(0xAC00, 0xD7A4)))
    assert normalise(decomposed(syllables)) == syllables
    assert alphabet_sizes([syllables]) == {"NFC": 11172, "NFD": 67}


def test_alphabets_are_counted_in_both_forms() -> None:
    assert alphabet_sizes(["été", "e\u0301"]) == {"NFC": 2, "NFD": 3}
    assert alphabet_sizes([]) == {"NFC": 0, "NFD": 0}
