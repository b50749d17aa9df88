"""Texts: symbols, vocabularies, subword units, typesetting, the built-in text."""

from __future__ import annotations

import pytest
from helpers import TEXT

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.text_codec import TextCodec, text_vocabulary
from seq2seq_cli.text.vocabulary import Vocabulary


def test_words_and_characters_of_a_text() -> None:
    text = "a bb a\n\n<unk> N\n"
    words = text_vocabulary(text, "word")
    assert words.symbols == ("<unk>", "<eos>", "a", "N", "bb")
    assert TextCodec(words).encode("a zz\n<eos>").tolist() == [2, 0, 1, 1, 1]
    in_order = text_vocabulary(text, "word", by_appearance=True)
    assert in_order.symbols == ("a", "bb", "<eos>", "<unk>", "N")
    characters = text_vocabulary("ab\nb", "char")
    assert characters.symbols == ("<unk>", "\n", "b", "a")
    assert TextCodec(characters).encode("b\nz").tolist() == [2, 1, 0]
    assert text_vocabulary(text, "word", max_size=3).symbols == ("<unk>", "<eos>", "a")


def test_subword_units_come_back_as_they_were() -> None:
    pytest.importorskip("sentencepiece")
    vocabulary = text_vocabulary(TEXT, "subword", max_size=40)
    assert Vocabulary.from_dict(vocabulary.as_dict()) == vocabulary
    codec = TextCodec(vocabulary)
    ids = codec.encode("the cat sees\nthe owl\n")
    assert (ids == codec.line_end).sum() == 2
    symbols = [vocabulary.symbols[i] for i in ids]
    assert Detokeniser("subword").text(symbols) == "the cat sees\nthe owl\n"
    assert vocabulary.join(vocabulary.tokens("the frog")) == "the frog"
    page = text_vocabulary("one\u2028two\n" * 40, "subword", max_size=20)  # no line ends inside
    assert TextCodec(page).unknown not in TextCodec(page).encode("one\u2028two\n")
    with pytest.raises(DataError, match="subword model"):
        Vocabulary.from_dict({**vocabulary.as_dict(), "subwords": None})
    with pytest.raises(DataError, match="damaged"):
        Vocabulary.from_dict({**vocabulary.as_dict(), "subwords": b"no model"}).tokens("the")
    with pytest.raises(DataError, match="no subword units"):
        text_vocabulary("", "subword")


def test_text_is_set_as_people_write() -> None:
    words = ["he", "said", "(", "in", "$", "N", ")", "it", "'s", "n't", ",", "you", "know", ".", "<eos>", "yes", "?"]
    assert Detokeniser("word").text(words) == "he said (in $N) it'sn't, you know.\nyes?"
    assert Detokeniser("char").text(list("a b\n")) == "a b\n"
