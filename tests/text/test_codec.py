"""Codecs: between text and ids, of pairs and of texts."""

from __future__ import annotations

import pytest

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.codec import PairCodec, TextCodec
from seq2seq_cli.text.vocabulary import Vocabulary


def test_words_and_characters_of_a_text() -> None:
    text = "a bb a\n\n<unk> N\n"
    words = Vocabulary.of_text(text, "word")
    assert words.symbols == ("<unk>", "<eos>", "a", "N", "bb")
    assert TextCodec(words).encode("a zz\n<eos>").tolist() == [2, 0, 1, 1, 1]
    in_order = Vocabulary.of_text(text, "word", by_appearance=True)
    assert in_order.symbols == ("a", "bb", "<eos>", "<unk>", "N")
    characters = Vocabulary.of_text("ab\nb", "char")
    assert characters.symbols == ("<unk>", "\n", "b", "a")
    assert TextCodec(characters).encode("b\nz").tolist() == [2, 1, 0]
    assert Vocabulary.of_text(text, "word", max_size=3).symbols == ("<unk>", "<eos>", "a")


def test_rows_of_the_book_are_filled_to_their_width() -> None:
    vocabulary = Vocabulary.fixed_width([("1+2", "3"), ("10+2", "12")], 5, 3)
    codec = PairCodec(vocabulary, vocabulary, reverse=True, source_width=5, target_width=3)
    assert codec.encode_source("1+2") == [0, 1, 2, 3, 3]
    assert codec.decode(codec.encode_target("12")) == "12"
    with pytest.raises(DataError, match="at most 5"):
        codec.encode_source("100+200")


def test_a_target_ends_and_a_source_does_not() -> None:
    source, target = (Vocabulary.build(["ab"], "char", target=side) for side in (False, True))
    codec = PairCodec(source, target, reverse=True)
    assert codec.encode_source("abz") == [1, 2, 0]
    assert codec.encode_target("ba") == [4, 3, target.end]
    assert codec.decode([4, 3, target.end]) == "ba"
    with pytest.raises(DataError, match="no start symbol"):
        _ = PairCodec(source, source, reverse=False).start
    with pytest.raises(DataError, match="line end"):
        TextCodec(source)


def test_a_source_is_copied_as_the_same_symbols_of_the_target_or_as_the_unknown_one() -> None:
    source = Vocabulary.build(["<s> a b c"], "word", target=False)
    target = Vocabulary.build(["c x a"], "word", target=True)
    copied_as = PairCodec(source, target, reverse=False).copied_as
    assert copied_as is not None
    named = dict(zip(source.symbols, (target.symbols[i] for i in copied_as), strict=True))
    assert named == {"<unk>": "<unk>", "<s>": "<unk>", "a": "a", "b": "<unk>", "c": "c"}
    book = Vocabulary.fixed_width([("1+2", "3")], 5, 3)
    assert PairCodec(book, book, reverse=False).copied_as is None
