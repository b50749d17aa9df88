"""Spans that pass through unharmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.cutting import Cutting
from seq2seq_cli.text.protect import PLACEHOLDERS, Protection, shown
from seq2seq_cli.text.vocabulary import Vocabulary

A, B, C = PLACEHOLDERS[:3]
NUMBERS = Protection(r"\d+", 3)
PAIRS = [("see 12 and 5", "5 nach 12"), ("no 7", "kein 7"), ("so it is", "so ist es")]


def test_spans_are_numbered_in_the_order_of_the_source() -> None:
    hidden, spans = NUMBERS.hide("5 of 12, 5 of 7 and 8")
    assert hidden == f"{A} of {B}, {A} of {C} and 8"
    assert NUMBERS.hide_target("12 and 5, 9", spans) == f"{B} and {A}, 9"
    assert NUMBERS.pairs(PAIRS)[0] == (f"see {A} and {B}", f"{B} nach {A}")


def test_a_span_stands_in_a_target_as_a_whole() -> None:
    links = Protection(r"http:\S+|\d+", 3)
    spans = links.hide("http://x/1 12 http://x")[1]
    assert links.hide_target("um http://x/1: (http://x), 12.", spans) == f"um {A}: ({C}), {B}."
    assert links.hide_target("112 12a http://xy", spans) == "112 12a http://xy".replace("12a", f"{B}a")


def test_an_answer_never_shows_a_placeholder() -> None:
    spans = NUMBERS.hide("12 or 5")[1]
    assert shown(f"{B}, {B} and {A}", spans) == "5, 5 and 12"  # twice where it stands twice
    assert shown("none", spans) == "none"
    assert shown(f"a {C} b", spans) == "a  b"


@given(st.text(), st.sampled_from([r"\d+", r"\S+", ".", r"\w+\b", "(a|b)*", r"\s", ""]))
def test_a_source_comes_back_whatever_is_protected(text, pattern) -> None:
    protection = Protection(pattern)
    hidden, spans = protection.hide(text)
    assert shown(hidden, spans) == "".join("\ufffd" if character in PLACEHOLDERS else character for character in text)


def test_what_looks_like_a_placeholder_is_none() -> None:
    assert NUMBERS.hide(f"1{A}2")[0] == f"{A}\ufffd{B}"
    assert NUMBERS.hide_target(f"1{A}2{C}", NUMBERS.hide("2")[1]) == f"1\ufffd{A}\ufffd"


def test_as_many_places_as_training_needs() -> None:
    assert Protection.learned(r"\d+", PAIRS).places == 2
    many = [(" ".join(map(str, range(40))), "3")]
    assert Protection.learned(r"\d+", many).places == len(PLACEHOLDERS)
    with pytest.raises(UsageError, match="nothing that stands in a source and in its target"):
        Protection.learned("x", PAIRS)
    with pytest.raises(UsageError, match="in a source and in its target"):
        Protection.learned(r"\d+", [("7", "seven")])


def test_a_pattern_that_is_none_is_refused() -> None:
    for pattern, message in (("(", "'\\(' is none"), ("a" * 600, "at most 500"), ("a{99999999999}", "is none")):
        with pytest.raises(UsageError, match=message):
            Protection(pattern)
        with pytest.raises(DataError, match=message):
            Protection.from_dict({"pattern": pattern, "places": 1})
    assert Protection.from_dict(NUMBERS.as_dict()) == NUMBERS
    for wrong in (None, {"pattern": "a"}, {"pattern": 3, "places": 1}, {"pattern": "a", "places": 17}):
        with pytest.raises(DataError, match="what it protects"):
            Protection.from_dict(wrong)


def test_a_pattern_of_quadratic_time_takes_little_of_it() -> None:
    assert Protection("a*b").hide("a" * 1_000_000)[1] == {}


@pytest.mark.parametrize(
    ("level", "cutting"),
    [
        ("char", Cutting()),
        ("char", Cutting(normalisation="NFD")),
        ("word", Cutting()),
        ("word", Cutting(words="punctuation", case="mark")),
        ("subword", Cutting()),
    ],
)
def test_a_placeholder_is_one_symbol_at_every_level(level, cutting) -> None:
    protection = Protection(r"\w+://\S+|\d+", 3)
    texts = [f"See {A} now", f"{B} then (été)", "now"]
    if level == "subword":
        pytest.importorskip("sentencepiece")
        vocabulary = Vocabulary.of_subwords(texts, cutting=cutting, whole=protection.symbols)
    else:
        vocabulary = Vocabulary.build(texts, level, target=True, cutting=cutting, whole=protection.symbols, min_count=1)
    assert set(protection.symbols) <= set(vocabulary.symbols)
    codec = PairCodec(vocabulary, vocabulary, reverse=False, protection=protection)
    source = "See http://x.y/%EF%BC▁￭Q?a=1 12 now 99"
    ids = codec.encode_source(source)
    assert vocabulary.unknown not in ids
    assert codec.decode(ids, source) == source
    target = "99 then http://x.y/%EF%BC▁￭Q?a=1 (été)"
    assert codec.decode(codec.targets([(source, target)]).ids.tolist(), source) == target
