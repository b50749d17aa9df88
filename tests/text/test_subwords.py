"""Subword units: every character of the training text is known, and blanks are kept."""

from __future__ import annotations

import pytest
from helpers import TEXT

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.vocabulary import Vocabulary

pytest.importorskip("sentencepiece")


def test_subword_units_come_back_as_they_were() -> None:
    vocabulary = Vocabulary.of_text(TEXT, "subword", max_size=40)
    assert Vocabulary.from_dict(vocabulary.as_dict()) == vocabulary
    codec = TextCodec(vocabulary)
    ids = codec.encode("the cat sees\nthe owl\n")
    assert (ids == codec.line_end).sum() == 2
    symbols = [vocabulary.symbols[i] for i in ids]
    assert Detokeniser("subword").text(symbols) == "the cat sees\nthe owl\n"
    assert vocabulary.join(vocabulary.tokens("the frog")) == "the frog"
    page = Vocabulary.of_text("one\u2028two\n" * 40, "subword", max_size=20)  # no line ends inside
    assert TextCodec(page).unknown not in TextCodec(page).encode("one\u2028two\n")
    with pytest.raises(DataError, match="subword model"):
        Vocabulary.from_dict({**vocabulary.as_dict(), "subwords": None})
    with pytest.raises(DataError, match="damaged"):
        Vocabulary.from_dict({**vocabulary.as_dict(), "subwords": b"no model"}).tokens("the")
    with pytest.raises(DataError, match="no subword units"):
        Vocabulary.of_text("", "subword")


LONG = "word " * 2000 + "\u00a7"
"""A line of more bytes than SentencePiece takes by default, with a character that stands nowhere else."""


def test_no_symbol_of_the_training_text_is_unknown() -> None:
    text = f'the  cat   sat \n on the mat\there\n{LONG}\na\u00a0b\n\n  \n"quoted", he said: \u4e2d\u6587\n' * 2
    codec = TextCodec(Vocabulary.of_text(text, "subword", max_size=120))
    ids = codec.encode(text)
    assert codec.unknown not in ids
    assert Detokeniser("subword").text([codec.vocabulary.symbols[i] for i in ids]) == text


def test_what_sentencepiece_keeps_for_itself_is_unknown_and_nothing_else() -> None:
    vocabulary = Vocabulary.of_text("a\u2585b c\nx y z\n" * 20, "subword", max_size=20)
    tokens = {vocabulary.symbols[i] for i in vocabulary.encode("abc")}
    assert "<unk>" not in tokens
    assert vocabulary.unknown in vocabulary.encode("\u2585")


def test_blanks_come_back_as_they_were() -> None:
    vocabulary = Vocabulary.of_text("two  blanks and   three \n" * 30, "subword", max_size=40)
    for line in ("two  three", " and ", "blanks   "):
        assert vocabulary.decode(vocabulary.encode(line)) == line
