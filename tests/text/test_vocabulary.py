"""Vocabularies: symbols, their ids, and what is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.vocabulary import Vocabulary


@given(st.lists(st.text(), min_size=1))
def test_known_characters_come_back(texts) -> None:
    vocabulary = Vocabulary.build(texts, "char", target=True)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text
        assert vocabulary.unknown_among(vocabulary.tokens(text)) == []
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
    assert vocabulary.unknown_among(vocabulary.tokens("a d x d")) == ["d", "x"]
    assert len(Vocabulary.build(["b a b c"], "word", target=True, max_size=4)) == 4


def test_a_fixed_width_vocabulary_is_the_books() -> None:
    vocabulary = Vocabulary.fixed_width([("1+2", "3"), ("10+2", "12")], 5, 3)
    assert vocabulary.symbols == ("1", "+", "2", " ", "_", "3", "0")
    full = Vocabulary.fixed_width([("12", "3")], 2, 1)  # no blank in the file, and still one in the vocabulary
    assert full.symbols == ("1", "2", "_", "3", " ")


@pytest.mark.parametrize(
    "change", [{"start": 9}, {"level": "line"}, {"symbols": ["a", "a"]}, {"symbols": []}, {"end": True}, {"x": 1}]
)
def test_a_broken_vocabulary_is_refused(change) -> None:
    values = Vocabulary.build(["ab"], "char", target=True).as_dict()
    with pytest.raises(DataError):
        Vocabulary.from_dict({**values, **change})


@given(st.lists(st.text(alphabet="abc <>\n"), min_size=1), st.sampled_from(["char", "word"]))
def test_all_vocabularies_order_symbols_in_one_way(texts, level) -> None:
    """The most frequent first, ties in the symbols' order: of sources, of targets, of a text."""
    made = [Vocabulary.build(texts, level, target=target) for target in (False, True)]
    made.append(Vocabulary.of_text("".join(text + "\n" for text in texts), level))
    special = {"<s>", "</s>", "<unk>", "<eos>", "\n"}
    source, target, text = ([symbol for symbol in v.symbols if symbol not in special] for v in made)
    assert source == target == text


def test_a_text_can_hold_what_a_side_of_pairs_cannot() -> None:
    text = Vocabulary.of_text("the <unk> <eos>\n", "word")
    assert text.unknown_among(text.tokens("the <unk> cat")) == ["cat"]
    assert text.encode("<eos>") == [text.end]
    side = Vocabulary.build(["the <unk> </s>"], "word", target=True)
    assert side.unknown_among(side.tokens("the <unk> </s>")) == ["<unk>", "</s>"]


@pytest.mark.parametrize("limits", [{"max_size": 0}, {"max_size": 3}, {"min_count": 1_000_000}])
def test_limits_that_leave_no_symbol_are_refused(limits) -> None:
    for make in (
        lambda: Vocabulary.build(["a b"], "word", target=True, **limits),
        lambda: Vocabulary.of_text("a b\n", "word", **{**limits, "max_size": min(limits.get("max_size", 2), 2)}),
    ):
        with pytest.raises(DataError, match="no symbol"):
            make()
