"""Cutting a text, and putting it together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import UsageError
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.cutting import AS_IT_STANDS, Cutting
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.vocabulary import Vocabulary

APART = Cutting(normalisation="NFD")
TEXTS = ["각하 값", "été à Ḋublin", "\u1e69 q\u0323\u0307", "가격 한국"]


@given(st.text())
def test_characters_that_are_apart_come_back_together(text) -> None:
    text = normalise(text)
    assert APART.join(APART.cut(text, "char"), "char") == text
    assert AS_IT_STANDS.join(AS_IT_STANDS.cut(text, "char"), "char") == text


def test_a_vocabulary_of_letters_knows_syllables_that_it_never_saw() -> None:
    vocabulary = Vocabulary.build(TEXTS, "char", target=True, cutting=APART)
    assert len(vocabulary.encode("각")) == 3
    assert vocabulary.unknown_among(vocabulary.tokens("학값")) == []
    assert vocabulary.unknown_among(vocabulary.tokens("뷁")) == ["\u1107", "\u1170", "\u11b0"]
    assert vocabulary.decode(vocabulary.encode("학간")) == "학간"
    assert Vocabulary.from_dict(vocabulary.as_dict()) == vocabulary
    codec = PairCodec(vocabulary, vocabulary, reverse=True)
    assert codec.decode(codec.encode_target("한국 ṩ")) == "한국 ṩ"


def test_units_and_words_are_taken_apart_too() -> None:
    pytest.importorskip("sentencepiece")
    units = Vocabulary.of_subwords(TEXTS, cutting=APART)
    words = Vocabulary.build(TEXTS, "word", target=False, cutting=APART)
    for text in TEXTS:
        assert units.decode(units.encode(text)) == normalise(text)
        assert words.decode(words.encode(text)) == normalise(text)
    assert units.decode(units.encode("학간")) == "학간"


def test_a_file_can_name_no_other_way() -> None:
    with pytest.raises(UsageError, match="normalisation"):
        Cutting(normalisation="NFKD")
