"""Vocabularies: symbols, their ids, and what is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.pair_codec import PairCodec
from seq2seq_cli.text.vocabulary import Vocabulary


@given(st.lists(st.text(), min_size=1))
def test_known_characters_come_back(texts) -> None:
    vocabulary = Vocabulary.build(texts, "char", target=True)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text
        assert vocabulary.unknown_symbols(text) == []
    assert Vocabulary.from_dict(vocabulary.as_dict()) == vocabulary


@given(st.lists(st.text(), min_size=1))
def test_known_words_come_back(texts) -> None:
    vocabulary = Vocabulary.build(texts, "word", target=True)
    for text in texts:
        words = text.split()
        if not {"<s>", "</s>", "<unk>"} & set(words):
            assert vocabulary.decode(vocabulary.encode(text)) == " ".join(words)


def test_words_that_look_like_special_symbols_are_unknown() -> None:
    vocabulary = Vocabulary.build(["a </s> <s> b <unk>"], "word", target=True)
    assert len(vocabulary) == 5
    assert vocabulary.encode("</s> <s> <unk> a") == [2, 2, 2, vocabulary.symbols.index("a")]


def test_rare_symbols_are_unknown_and_order_is_fixed() -> None:
    vocabulary = Vocabulary.build(["b a b c a b", "a d"], "word", target=False, min_count=2)
    assert vocabulary.symbols == ("<unk>", "a", "b")
    assert vocabulary.unknown_symbols("a d x d") == ["d", "x"]
    assert len(Vocabulary.build(["b a b c"], "word", target=True, max_size=4)) == 4


def test_a_fixed_width_vocabulary_is_the_books() -> None:
    vocabulary = Vocabulary.fixed_width([("1+2", "3"), ("10+2", "12")], 5, 3)
    assert vocabulary.symbols == ("1", "+", "2", " ", "_", "3", "0")
    codec = PairCodec(vocabulary, vocabulary, reverse=True, source_width=5, target_width=3)
    assert codec.encode_source("1+2") == [0, 1, 2, 3, 3]
    assert codec.decode(codec.encode_target("12")) == "12"
    with pytest.raises(DataError, match="at most 5"):
        codec.encode_source("100+200")


@pytest.mark.parametrize(
    "change", [{"start": 9}, {"level": "line"}, {"symbols": ["a", "a"]}, {"symbols": []}, {"end": True}, {"x": 1}]
)
def test_a_broken_vocabulary_is_refused(change) -> None:
    values = Vocabulary.build(["ab"], "char", target=True).as_dict()
    with pytest.raises(DataError):
        Vocabulary.from_dict({**values, **change})
