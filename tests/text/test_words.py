"""Words, punctuation and case come apart and back together, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seq2seq_cli.text.cutting import Cutting
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.text.words import CAPITAL, CAPITALS, cut_words, join_words

ODD = st.text("aBé .,(\"' \u00a0\t\n\u0301\uffed\u21e7\u21ea\uff0505dǅİßŉ한\u200d「_ﬁ\u1f88中①\u0130\ufdd0\U0001f600")


@settings(max_examples=400)
@given(st.text() | ODD, st.booleans())
@example("\uff05ffed \u21e7a", True)
@example("  a  (b)... ", True)
def test_every_text_comes_back_to_the_last_blank(text, mark_case) -> None:
    tokens = cut_words(text, mark_case=mark_case)
    assert join_words(tokens) == text
    assert not any(" " in token or not token for token in tokens)


@given(st.text() | ODD)
def test_words_cut_at_blanks_come_back_with_single_blanks(text) -> None:
    cutting = Cutting(case="mark")
    assert cutting.join(cutting.cut(text, "word"), "word") == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ('It\'s "so", he said.', '⇧ it ￭\'￭ s "￭ so ￭" ￭, he said ￭.'),
        ("(NATO) iPhone, I", "(￭ ⇪ nato ￭) iPhone ￭, ⇧ i"),
        ("see ((a))", "see (￭ (￭ a ￭) ￭)"),
        ("3.14 e\u0301te\u0301", "3 ￭.￭ 14 e\u0301te\u0301"),
        ("हिन्दी है।", "हिन्दी है ￭।"),
        ("a  b", "a ￭\uff050020 ￭\uff050020￭ b"),
    ],
)
def test_what_is_apart(text, tokens) -> None:
    found = cut_words(text, mark_case=True)
    assert " ".join(found) == tokens
    assert join_words(found) == text


def test_marks_that_a_model_wrote_where_they_mean_nothing_are_left_out() -> None:
    assert join_words([CAPITAL]) == ""
    assert join_words([CAPITAL, CAPITALS, "a", CAPITALS, "￭.", CAPITAL]) == "A."
    assert join_words(["￭,", "b￭"]) == ", b"
    assert join_words([CAPITALS, "<unk>", "b"]) == "<unk> b"


def test_case_and_punctuation_cost_no_words() -> None:
    texts = ["The house, the HOUSE.", "the (House)"]
    apart = Vocabulary.build(texts, "word", target=True, cutting=Cutting(words="punctuation", case="mark"))
    blanks = Vocabulary.build(texts, "word", target=True)
    assert {"the", "house", CAPITAL, CAPITALS, "￭,", "￭.", "(￭", "￭)"} == set(apart.symbols[3:])
    assert apart.decode(apart.encode("THE house (the) House.")) == "THE house (the) House."
    assert "<unk>" in blanks.decode(blanks.encode("THE house (the) House."))
    assert Vocabulary.from_dict(apart.as_dict()) == apart
