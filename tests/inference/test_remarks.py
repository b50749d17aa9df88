"""What somebody is told at once of a line that they type."""

from __future__ import annotations

import pytest

from seq2seq_cli.inference.pipeline import LineParser
from seq2seq_cli.inference.remarks import remarks
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.vocabulary import Vocabulary

SUMS = Vocabulary.build(["01+2"], "char", target=False)
WORDS = Vocabulary.build(["the king sleeps"], "word", target=False)


@pytest.mark.parametrize(
    ("vocabulary", "policy", "line", "words"),
    [
        (SUMS, "mark", "1+1", []),
        (SUMS, "mark", "한국", ["한 국 (it knows + 0 1 2)", "reads <unk> instead; the answer rests on nothing"]),
        (SUMS, "mark", "1+9", ["know 9 (it", "the answer rests on 2 characters that it knows (`unknown` mark)"]),
        (SUMS, "copy", "9", ["reads <unk> instead", "(`unknown` copy)"]),
        (WORDS, "drop", "the King", ["King (nearest: king). It is left out; the answer rests on 1 word that it"]),
        (WORDS, "drop", "a b the king", ["a, b. They are left out; the answer rests on 2 words that it knows"]),
        (WORDS, "drop", "zzz", ["zzz. The line has no answer (`unknown` drop)"]),
        (WORDS, "error", "the zzz", ["zzz. The line has no answer (`unknown` error)"]),
        (SUMS, "mark", "1" * 9, ["more than 8 symbols, and the rest is not read"]),
    ],
)
def test_what_is_unknown_is_named_and_what_is_left(vocabulary, policy, line, words) -> None:
    parser = LineParser(vocabulary, policy, longest=8)
    found = remarks(parser.row(line.encode()), parser, "answer")
    assert len(found) == bool(words)
    assert all(word in found[0] for word in words), found
    assert remarks(parser.row(b"1" if vocabulary is SUMS else b"the"), parser, "answer") == []  # of its own line alone


def test_a_line_may_have_several_problems() -> None:
    parser = LineParser(SUMS, "mark", longest=2)
    first, second, third = remarks(parser.row(b"1\xff1+1"), parser, "score")
    assert first == "the line is not UTF-8; it has its score all the same (`unknown` mark)"
    assert "more than 2 symbols" in second
    assert "the score rests on 1 character that it knows" in third


def test_what_is_protected_is_not_unknown() -> None:
    protection = Protection(r"\d{3}", 1)
    vocabulary = Vocabulary.build(["ab"], "char", target=False, whole=protection.symbols)
    parser = LineParser(vocabulary, protection=protection)
    assert remarks(parser.row(b"a999"), parser, "answer") == []
    assert "know c" in remarks(parser.row(b"c999"), parser, "answer")[0]
