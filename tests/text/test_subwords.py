"""Subword units: every character of the training text is known, and blanks are kept."""

from __future__ import annotations

import random

import pytest
from helpers import TEXT
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.subwords import SUBWORDS, subword_count
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


def test_what_sentencepiece_keeps_for_itself_is_known_all_the_same() -> None:
    vocabulary = Vocabulary.of_text("a\u2585b c\nx y z\n" * 20, "subword", max_size=20)
    assert "<unk>" not in {vocabulary.symbols[i] for i in vocabulary.encode("abc\u2585")}
    assert vocabulary.unknown in vocabulary.encode("\u2581")


def test_blanks_come_back_as_they_were() -> None:
    vocabulary = Vocabulary.of_text("two  blanks and   three \n" * 30, "subword", max_size=40)
    for line in ("two  three", " and ", "blanks   "):
        assert vocabulary.decode(vocabulary.encode(line)) == line


KINDS = ("unigram", "bpe")
SPECIAL = [*"ab  c\0\t\n\r\u2581\u2585\u2028\u00a0é한각\U0001f600<>s/\ufeff\u200b", "e\u0301", "<s>", "</s>", "<unk>"]
"""What a training text may hold, among it all that SentencePiece keeps for itself or makes symbols of."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 3, 200])
def test_units_of_pairs_know_their_training_text_to_the_last_character(kind, count) -> None:
    draw = random.Random(count)
    lines = ["".join(draw.choices(SPECIAL, k=draw.randrange(1, 13))) for _ in range(count)]
    vocabulary = Vocabulary.of_subwords(lines, kind=kind)
    assert [vocabulary.decode(vocabulary.encode(line)) for line in lines] == lines
    assert not any(vocabulary.unknown in vocabulary.encode(line) for line in lines)
    assert (vocabulary.unknown, vocabulary.start, vocabulary.end) == (0, 1, 2)
    assert Vocabulary.of_subwords(lines, kind=kind) == vocabulary


_KNOWN = Vocabulary.of_subwords(["one  two three", " a man reads a book ", "twelve"] * 4)


@given(st.text("one twhra mdsbokl\ufdd0\u2581", max_size=30))
def test_a_text_in_known_characters_comes_back(text) -> None:
    expected = text.replace("\ufdd0", "<unk>").replace("\u2581", "<unk>")
    found = _KNOWN.decode(_KNOWN.encode(text))
    assert found == text if "<unk>" not in expected else "<unk>" in found


def test_no_text_has_the_special_units_of_pairs() -> None:
    vocabulary = Vocabulary.of_subwords(["<s> one </s> <unk>"] * 9)
    assert vocabulary.decode([1, *vocabulary.encode("<s></s>"), 2]) == "<s></s>"
    assert not {0, 1, 2} & set(vocabulary.encode("<s> </s> <unk>"))


def test_as_many_units_as_suit_the_text() -> None:
    assert subword_count(["the cat " * 5000] * 400) == SUBWORDS
    assert subword_count(["abcdefgh" * 1250]) == 250
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    assert subword_count([many]) == 1004 + subword_count(["a" * 1000]) // 2
    with pytest.raises(DataError, match=r"500 has no room for the 1,000 characters .* at least 1004"):
        Vocabulary.of_subwords([many], size=500)
    assert len(Vocabulary.of_subwords([many], size=1004)) == 1004
    assert len(Vocabulary.of_subwords(["the cat"], size=8000)) < 30
    with pytest.raises(DataError, match="there is no text"):
        Vocabulary.of_subwords(["", ""])


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_no_limit_of_the_library_is_ours(kind) -> None:
    """Its trainer would leave out lines of more than 4,192 bytes, rare characters, and all blanks but single ones."""
    words = [f"w{n % 97}" for n in range(3000)]
    long = " ".join(words) + "  \u00e9\u4e00 end "
    assert len(long.encode()) > 2 * 4192
    lines = ["a b", "c  d", long]
    vocabulary = Vocabulary.of_subwords(lines, kind=kind, size=300)
    for line in (*lines, long * 10, "  a", "b   "):
        assert vocabulary.unknown_among(vocabulary.tokens(line)) == []
        assert vocabulary.join(vocabulary.tokens(line)) == line
    # What only the long line has was learned from it.
    assert {"\u00e9", "\u4e00"} <= set("".join(vocabulary.symbols))
    assert max(map(len, vocabulary.tokens(long[:500]))) > 1


def test_no_symbol_is_a_memory_hog_or_cut_short() -> None:
    """A line of a megabyte, and one without a single blank."""
    vocabulary = Vocabulary.of_subwords(["the cat " * 3, "x" * 5000], kind="unigram", size=60)
    for line in ("the cat " * 130_000, "x" * 200_000):
        assert vocabulary.join(vocabulary.tokens(line)) == line
