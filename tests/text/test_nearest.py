"""What is named in place of a symbol that a model does not know."""

from __future__ import annotations

import pytest

from seq2seq_cli.text.nearest import nearest_symbols, unknown_named
from seq2seq_cli.text.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("word", "symbols", "nearest"),
    [
        ("King", ["being", "bring", "Being", "king", "ring"], ["king", "ring", "being"]),  # capitals count least
        ("KING", ["being", "king"], ["king", "being"]),
        ("cafe", ["cave", "café"], ["café", "cave"]),
        ("Straße", ["strasse", "street"], ["strasse"]),
        ("안냥", ["안개", "안녕", "사과"], ["안녕", "안개"]),  # by its letters, of which one differs
        ("teh", ["ten", "the"], ["ten", "the"]),  # two that change places are one mistake
        ("zzz", ["king", "queen"], []),
        ("ab", ["ab\x1b", "a\n"], []),
    ],
)
def test_the_nearest_are_spelled_alike(word, symbols, nearest) -> None:
    assert nearest_symbols(word, symbols) == nearest


def test_of_equally_near_ones_the_more_frequent_are_taken() -> None:
    symbols = ["cat", "bat", "rat", "mat", "hat"]
    assert nearest_symbols("zat", symbols) == ["cat", "bat", "rat"]
    assert nearest_symbols("zat", reversed(symbols)) == ["hat", "mat", "rat"]


def test_words_are_named_with_the_nearest_and_characters_with_all() -> None:
    words = Vocabulary.build(["the king and the queen"], "word", target=False)
    assert unknown_named(["King", "zzz"], words) == "King (nearest: king), zzz"
    digits = Vocabulary.build(["0 1+2"], "char", target=False)
    assert unknown_named(["한", " "], digits) == "한 blank (it knows + 0 1 2 blank)"
    many = Vocabulary.build(["".join(map(chr, range(0x4E00, 0x4E80)))], "char", target=False)
    assert unknown_named(list("abcdefghij"), many) == "a b c d e f g h and 2 more"


def test_units_are_named_as_they_stand_in_a_text() -> None:
    pytest.importorskip("sentencepiece")
    units = Vocabulary.of_subwords(["the king and the queen"] * 50)
    (unknown,) = units.unknown_among(units.tokens("한"))
    assert unknown_named([unknown], units) == "한"
