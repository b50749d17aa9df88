"""What programs may give: right, or one sentence that names the argument; and copies of what is loaded."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import small_generator, small_translator

import seq2seq_cli
from seq2seq_cli import AnswerOptions, Cache, Conversation, DataError, Sampling, UsageError

FIXTURE = Path(__file__).parent.parent / "fixtures" / "format3" / "seq2seq.pkl"
WORDS = ["abc", "de"]


def test_texts_come_in_any_form_that_has_an_order() -> None:
    translator, writer = small_translator(), small_generator()
    right = translator.translate(WORDS)
    for given in (tuple(WORDS), iter(WORDS), (word for word in WORDS), np.array(WORDS), ["abc\n", "de\r\n"]):
        assert translator.translate(given) == right
    assert translator.translate("abc") == right[:1]
    assert translator.translate([]) == translator.translate(iter(())) == []
    assert writer.score("the cat") == writer.score(["the cat\n"])
    assert writer.generate("the", length=2) == writer.generate(iter(["the"]), length=2)
    assert writer.generate("the", length=3, skip="sees") == writer.generate("the", length=3, skip=["sees"])
    talk = Conversation(translator)
    assert talk.replies("abc") == talk.replies(iter(["abc"])) == right[:1]
    assert talk.replies([None, "abc"]) == ["", right[0]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (b"abc", r"`rows` must be texts, not of type bytes: decode them"),
        (["abc", b"de"], r"`rows` must be texts; number 2 is of type bytes: decode them"),
        (None, r"`rows` must be texts, not None"),
        ([["abc"]], r"number 1 is of type list"),
        ({"abc": "de"}, r"not of type dict"),
        (5, r"not of type int"),
        (["abc", "d\ne"], r"`rows`: number 2 has a line end within"),
    ],
)
def test_what_is_no_text_is_refused_by_name(given, message: str) -> None:
    with pytest.raises(DataError if "line end" in message else UsageError, match=message):
        small_translator().translate(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("ab", "rows of .source, target., not of type str"),
        (["ab"], "number 1 is 'ab'"),
        ([("a", "b"), ("a", "b", "c")], "number 2 is .'a', 'b', 'c'."),
        ([("a", None)], "two texts each"),
        ([(b"a", b"b")], "two texts each"),
        ({"a": "b"}, "not of type dict"),
        (None, "not None"),
    ],
)
def test_what_is_no_pair_is_refused_by_its_number(given, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        small_translator().evaluate(given)


def test_pairs_come_in_any_form() -> None:
    translator = small_translator()
    right = translator.evaluate([("a", "b"), ("c", "d")]).as_dict()
    for given in ([["a", "b"], ["c", "d"]], (pair for pair in [("a", "b"), ("c", "d")]), np.array(["ab", "cd"])):
        rows = [tuple(text) for text in given] if isinstance(given, np.ndarray) else given
        assert translator.evaluate(rows).as_dict() == right
    assert translator.evaluate([("a\n", "b\r\n"), ("c", "d")]).as_dict() == right
    with pytest.raises(DataError, match="there are no pairs"):
        translator.evaluate([])
    with pytest.raises(UsageError, match="there is no metric 'blue'; did you mean bleu"):
        translator.evaluate([("a", "b")], metrics=["blue"])
    with pytest.raises(UsageError, match="`errors` must be a whole number of at least 0, not -1"):
        translator.evaluate([("a", "b")], errors=-1)


NUMBERS = {"batch_size": 2, "beam": 2, "max_length": 4, "no_repeat": 2, "n_best": 1}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("wrong", [-1, True, 1.5, "3", float("nan"), 10**30, [1]])
def test_a_number_that_is_none_is_refused_by_name(name: str, wrong: object) -> None:
    with pytest.raises(UsageError, match=f"`{name}` must be a whole number"):
        AnswerOptions(**{name: wrong})


def test_numbers_of_numpy_are_numbers() -> None:
    translator = small_translator()
    for kind in (np.int64, np.int32, np.uint8):
        given = AnswerOptions(**{name: kind(value) for name, value in NUMBERS.items()})
        assert given == AnswerOptions(**NUMBERS)
        assert translator.translate(WORDS, given) == translator.translate(WORDS, AnswerOptions(**NUMBERS))
    sampling = Sampling(np.float32(0.5), np.int8(2), np.float64(0.75), np.int64(3))
    assert sampling == Sampling(0.5, 2, 0.75, 3)
    assert type(sampling.temperature) is float and type(sampling.seed) is int
    assert Cache(np.int64(3), np.float32(1), np.float64(0.5)) == Cache(3, 1.0, 0.5)
    options = AnswerOptions(sampling=sampling)
    assert translator.translate(WORDS, options, first_stream_id=np.int64(4)) == translator.translate(
        WORDS, options, first_stream_id=4
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sampling(temperature=0), "`temperature` must be a number above 0"),
        (lambda: Sampling(top_p="x"), "`top_p` must be a number above 0 and at most 1"),
        (lambda: Sampling(seed=1.5), "`seed` must be a whole number"),
        (lambda: Cache(0), "`size` must be a whole number of at least 1"),
        (lambda: Cache(3, float("nan")), "`sharpness` must be a number of at least 0"),
        (lambda: Cache(3, 1, 1.0), "`share` must be a number from 0 to 0.999"),
        (lambda: AnswerOptions(sampling={"seed": 1}), r"`sampling` must be made by Sampling\(…\), or none"),
        (lambda: AnswerOptions(prefix=b"a"), "`prefix` must be a text"),
        (lambda: AnswerOptions(scores=1), "`scores` must be true or false"),
        (lambda: small_translator().translate("a", {"beam": 2}), r"`options` must be made by AnswerOptions\(…\)"),
        (lambda: small_translator().translate("a", first_stream_id=-1), "`first_stream_id` must be a whole number"),
        (lambda: small_generator().generate("the", length=-1), "`length` must be a whole number"),
        (lambda: small_generator().generate("the", samples=0), "`samples` must be a whole number"),
        (lambda: small_generator().generate(b"the"), "`prompts` must be texts, not of type bytes"),
        (lambda: small_generator().generate("the", sampling=1), r"`sampling` must be made by Sampling\(…\)"),
        (lambda: small_generator().stream("the", until=3), "`until` must be a text, not 3"),  # at the call
        (lambda: small_generator().stream(["the"]), "`prompt` must be a text"),
        (lambda: small_generator().evaluate(["the"]), "`text` must be a text"),
        (lambda: small_generator().evaluate("the", streams=0), "`streams` must be a whole number"),
        (lambda: small_generator().evaluate("the", as_book=True, cache=Cache()), "`as_book` has no effect with"),
        (lambda: Conversation(small_translator()).replies([3]), "`texts` must be texts; number 1 is of type int"),
        (lambda: Conversation(small_translator(), 3), r"`options` must be made by AnswerOptions\(…\)"),
        (lambda: seq2seq_cli.load(None), "`path` must be a path, not None"),
        (lambda: seq2seq_cli.load(b"x.pkl"), "`path` must be a path, not of type bytes"),
        (lambda: seq2seq_cli.load(FIXTURE, device=0), "`device` must be cpu, cuda, cuda:N or auto, not 0"),
        (lambda: seq2seq_cli.load(FIXTURE, precision=32), "`precision` must be float32, float64 or bf16, not 32"),
        (lambda: seq2seq_cli.load_ensemble([FIXTURE, 3]), "`paths` must be a path, not of type int"),
        (lambda: small_translator().save(3), "`path` must be a path, not of type int"),
    ],
)
def test_other_arguments_are_checked_at_the_call(make, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_paths_are_texts_or_path_objects() -> None:
    path = str(FIXTURE)
    right = seq2seq_cli.load(FIXTURE).translate("12+3")
    for loaded in (seq2seq_cli.load(path), seq2seq_cli.load_ensemble(path), seq2seq_cli.load_ensemble(iter([FIXTURE]))):
        assert loaded.translate("12+3") == right
    assert seq2seq_cli.read_log(str(FIXTURE.with_suffix(".jsonl"))) == seq2seq_cli.read_log(
        FIXTURE.with_suffix(".jsonl")
    )


COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda loaded: pickle.loads(pickle.dumps(loaded)),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_answers_as_its_original_and_has_weights_of_its_own(how: str) -> None:
    translator, writer = small_translator(), small_generator()
    right, written = translator.answers(WORDS), writer.generate("the", length=3)
    for loaded, ask, answers in (
        (translator, lambda one: one.answers(WORDS), right),
        (writer, lambda one: one.generate("the", length=3), written),
    ):
        loaded.model.parameters["decoder.output.bias"].value[...] += 0.0  # what is copied is what it has now
        other = COPIES[how](loaded)
        assert ask(other) == answers
        assert other.model.parameters.values_flat is not loaded.model.parameters.values_flat
        entry = other.model.parameters["decoder.output.bias"]
        assert np.shares_memory(entry.value, other.model.parameters.values_flat)
        entry.value[0] += 100
        assert ask(other) != answers
        assert ask(loaded) == answers
    other = COPIES[how](Conversation(translator))
    assert other.reply("abc") == right[0].text


@pytest.mark.parametrize("how", COPIES)
def test_copies_keep_what_was_changed_and_work_together(how: str) -> None:
    trained = small_translator()
    trained.model.parameters["decoder.output.bias"].value[3] += 50
    assert COPIES[how](trained).translate(WORDS) == trained.translate(WORDS) != small_translator().translate(WORDS)
    together = seq2seq_cli.load_ensemble([FIXTURE, FIXTURE])
    assert COPIES[how](together).translate(["12+3"]) == together.translate(["12+3"])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12, where a library has threads
def test_a_forked_process_answers_as_its_parent() -> None:
    if sys.platform == "darwin":
        pytest.skip("Apple's libraries do not survive a fork")
    translator = small_translator()
    right = translator.translate(WORDS)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(translator.translate, WORDS) == [[answer] for answer in right]
