"""A list that is asked before the model: what it answers, what it leaves, and what it refuses of a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import small_translator

from seq2seq_cli.errors import DataError
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.known_answers import Lexicon
from seq2seq_cli.inference.pipeline import LineParser


def test_a_list_is_read_and_its_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "known.tsv"
    path.write_bytes(b"\xef\xbb\xbfabc\tone\r\nabc\ttwo\nabc\tone\nno tab\nca\xcc\x81\tfe\xcc\x81\n\t \n\xff\tx\n")
    lexicon, warnings = Lexicon.read(path)
    assert len(lexicon) == 2
    assert lexicon.answers("abc") == ("one", "two")
    assert lexicon.answers("c\u00e1") == ("f\u00e9",)  # normal form C, as lines of input are
    assert lexicon.answers("abd") == ()
    assert ("abc" in lexicon, "abd" in lexicon) == (True, False)
    for number, words in ((4, "1 column;"), (6, "empty"), (7, "not UTF-8")):
        assert any(line.startswith(f"{path}:{number}: ") and words in line for line in warnings)
    with pytest.raises(DataError, match="nowhere"):
        Lexicon.read(tmp_path / "nowhere.tsv")


def test_a_list_of_a_programs_own_is_composed_as_sources_are() -> None:
    lexicon = Lexicon([("ca\u0301", "fe\u0301"), ("c\u00e1", "f\u00e9")])
    assert (len(lexicon), lexicon.answers("c\u00e1")) == (1, ("f\u00e9",))
    (answer,) = small_translator().answers(["ca\u0301"], AnswerOptions(known=lexicon))
    assert (answer.text, answer.origin) == ("f\u00e9", "lexicon")


@pytest.mark.parametrize("how", [AnswerOptions(), AnswerOptions(beam=3, n_best=2)], ids=["greedy", "beam"])
def test_the_list_answers_what_it_knows_and_the_model_the_rest(how: AnswerOptions) -> None:
    translator = small_translator(attention="dot")
    sources = ["abc", "fed", "", "abc", "xyz", "a"]
    known = Lexicon([("abc", "one"), ("abc", "two"), ("abc", "three"), ("xyz", "known")])
    by_model = translator.answers(sources, how)
    answers = translator.answers(sources, replace(how, known=known))
    listed = Answer("one", None, origin="lexicon")
    if how.n_best > 1:
        listed = replace(listed, others=(Answer("two", None, origin="lexicon"),))
    assert answers[0] == answers[3] == listed
    assert answers[4] == Answer("known", None, origin="lexicon")
    for place in (1, 2, 5):
        assert answers[place].text == by_model[place].text
        assert answers[place].origin == "model"
    assert translator.answers(["xyz"], replace(how, known=known))[0].text == "known"


def test_what_is_drawn_does_not_depend_on_the_list() -> None:
    from seq2seq_cli.inference.sampling import Sampling

    translator, how = small_translator(), AnswerOptions(sampling=Sampling(seed=3))
    sources = ["abc", "fed", "abc", "a"]
    free = translator.translate(sources, how)
    held = translator.translate(sources, replace(how, known=Lexicon([("fed", "x")])))
    assert held == [free[0], "x", *free[2:]]


def test_a_line_that_the_list_knows_has_nothing_unknown() -> None:
    translator = small_translator()
    known = Lexicon([("xyz", "known"), ("aaaaaaaa", "long")])
    parser = LineParser(translator.codec.source, "error", longest=5, known=known)
    rows = [parser.row(line) for line in (b"xyz", b"aaaaaaaa", b"xy", b"abc")]
    assert [row.status for row in rows] == ["sound", "sound", "refused", "sound"]
    assert parser.problems == {"with unknown symbols": 1}
    dropping = LineParser(translator.codec.source, "drop", known=known)
    assert [dropping.row(line).text for line in (b"xyz", b"axb")] == ["xyz", "ab"]
