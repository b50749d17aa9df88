"""Beam search: against all answers there are, against greedy search, and in any company."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from fakes import BigramModel, TableModel, TableState
from helpers import IDS_OF_LETTERS, file_of, small_model, small_translator
from strict_backend import StrictBackend

from seq2seq_cli.api.translator import Translator
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import decode
from seq2seq_cli.inference.beam import beam_search, largest
from seq2seq_cli.inference.hypotheses import BeamOptions, Hypothesis
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.text.vocabulary import Vocabulary

ROWS = [IDS_OF_LETTERS[n : n + 1 + n % 4] for n in range(12)]
# Symbols of the small models' targets: 0 is the start, 1 the end, 2 to 5 are letters.
OPTIONS = SearchOptions(max_length=3, end=1, banned=(0,))
VARIANTS = [
    {},
    {"peeky": True},
    {"attention": "general", "cell": "gru"},
    {"attention": "additive", "layers": 2},
    {"attention": "general", "readout": True, "copying": True},
]


def source_batch(rows: list[list[int]] = ROWS, *, reverse: bool = False) -> SourceBatch:
    return SourceBatch.pack(Sequences(rows), np.arange(len(rows)), reverse=reverse)


def beam(model: Seq2Seq, options: SearchOptions, how: BeamOptions, rows: list[list[int]] = ROWS):
    with model.inference() as context:
        state = model.start(source_batch(rows), context)
        return beam_search(model, state, np.zeros(state.rows, dtype=int), options, how, context)


def all_answers(model: Seq2Seq, row: list[int], how: BeamOptions) -> list[Hypothesis]:
    """Return every answer of at most `OPTIONS.max_length` symbols with its score, the best first."""
    found = []
    with model.inference() as context:
        for length in range(OPTIONS.max_length + 1):
            for letters in product(range(2, 6), repeat=length):
                state, total, last = model.start(source_batch([row]), context), 0.0, 0
                ends = length < OPTIONS.max_length
                for symbol in (*letters, 1) if ends else letters:
                    log_probs, state = model.step(np.array([last]), state, context)
                    total, last = total + float(log_probs[0, symbol]), symbol
                penalty = ((5 + length + 1) / 6) ** how.length_penalty if ends else 1.0
                found.append(Hypothesis(list(letters), total, total / penalty, ends))
    return sorted(found, key=lambda hypothesis: -hypothesis.score)


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_beam_as_wide_as_all_there_is_finds_the_best_answers(variant, length_penalty) -> None:
    how = BeamOptions(90, n_best=5, length_penalty=length_penalty)
    model = small_model(seed=3, **variant)
    for row, found in zip(ROWS[:4], beam(model, OPTIONS, how, ROWS[:4]), strict=True):
        best = all_answers(model, row, how)
        assert len(best) == 1 + 4 + 16 + 64
        for one, expected in zip(found, best, strict=True):
            assert (one.ids, one.finished) == (expected.ids, expected.finished)
            assert one.log_prob == pytest.approx(expected.log_prob, rel=1e-9)
            assert one.score == pytest.approx(expected.score, rel=1e-9)
        # One answer alone is looked for no longer than needed, and is the same.
        (alone,) = beam(model, OPTIONS, replace(how, n_best=1), [row])[0]
        assert alone.ids == best[0].ids


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_beam_of_one_is_greedy_search(variant) -> None:
    model, options = small_model(**variant), replace(OPTIONS, max_length=12)
    with model.inference() as context:
        greedy = decode(model, source_batch(), 0, options, context)
    found = [hypotheses[0] for hypotheses in beam(model, options, BeamOptions(1))]
    assert [one.ids for one in found] == greedy.ids
    assert [one.finished for one in found] == greedy.finished.tolist()
    np.testing.assert_allclose([one.log_prob for one in found], greedy.log_probs + greedy.end_log_probs, rtol=1e-9)


@pytest.mark.parametrize("starts", [[0], [4, 4, 4, 0], [0, 4, 4, 4, 0]], ids=str)
def test_the_greedy_beginning_keeps_its_place(starts: list[int]) -> None:
    """Plain beam search loses the most probable answer here: after two symbols its beginning is the third best.

    Rows that begin with 4 are done at once, and dropped: what is known of the others must go with them.
    """
    table = np.zeros((7, 7))  # 0 the start, 1 the end
    table[0, [2, 3, 4]] = 0.40, 0.35, 0.25
    table[2, [4, 5, 6, 1]] = 0.28, 0.24, 0.24, 0.24  # 0.4 * 0.28 = 0.112, and the end is sure after it
    table[3, [5, 6, 1]] = 0.45, 0.45, 0.10  # 0.35 * 0.45 = 0.1575 twice, each ending with 0.5
    table[4, 1] = 1.0
    table[5, [1, 2]] = table[6, [1, 2]] = 0.5
    model = BigramModel(table)
    with model.inference() as context:
        start, options = np.array(starts), SearchOptions(6, end=1, banned=(0,))
        every = beam_search(model, TableState(start), start, options, BeamOptions(2), context)
    for first, (found,) in zip(starts, every, strict=True):
        right = ([], 1.0) if first == 4 else ([2, 4], pytest.approx(0.112))
        assert (found.ids, np.exp(found.log_prob)) == right


def test_the_best_answer_is_never_less_probable_than_the_greedy_one() -> None:
    better = 0
    for seed in range(12):
        model, options = small_model(seed=seed, attention="dot"), replace(OPTIONS, max_length=8)
        for name in parameter_shapes(model.config):
            model.parameters[name].value[...] *= 2.0  # sure of itself, and often wrong
        with model.inference() as context:
            greedy = decode(model, source_batch(), 0, options, context)
        totals = greedy.log_probs + greedy.end_log_probs
        for width in (2, 5):
            for one, total in zip(beam(model, options, BeamOptions(width)), totals, strict=True):
                assert one[0].log_prob >= total - 1e-9
                better += one[0].log_prob > total + 1e-9
    assert better > 50


def test_an_ending_counts_where_it_is_among_the_best() -> None:
    """And an answer that ended stays as it is while others go on."""
    # A row's next symbol depends on the step alone: end 0.30, letters 0.36 and 0.34; then the end is sure.
    model = TableModel({0: [[0.0, 0.30, 0.36, 0.34], [0.0, 1.0, 0.0, 0.0]]})

    def found(width: int, **how: float):
        with model.inference() as context:
            options = SearchOptions(5, end=1, banned=(0,))
            start = np.zeros(1, dtype=int)
            return beam_search(model, TableState(start), start, options, BeamOptions(width, **how), context)[0]

    assert [one.ids for one in found(2, n_best=2)] == [[2], [3]]  # the end is the third best at first
    assert [one.ids for one in found(3, n_best=3)] == [[2], [3], []]
    np.testing.assert_allclose(np.exp([one.log_prob for one in found(3, n_best=3)]), [0.36, 0.34, 0.30])
    assert [one.score for one in found(3, n_best=3, length_penalty=1)] == pytest.approx(
        [np.log(0.36) / (7 / 6), np.log(0.34) / (7 / 6), np.log(0.30)]
    )


def test_nothing_better_is_lost_by_stopping_and_rows_that_are_done_are_dropped() -> None:
    early, late = [[0.0, 0.5, 0.3, 0.2]] * 6, [[0.0, 0.0, 0.6, 0.4]] * 5 + [[0.0, 1.0, 0.0, 0.0]]
    model = TableModel({0: early, 1: late})

    def found(keys: list[int], how: BeamOptions):
        model.stepped.clear()
        with model.inference() as context:
            options = SearchOptions(6, end=1, banned=(0,))
            start = np.zeros(len(keys), dtype=int)
            return beam_search(model, TableState(np.array(keys)), start, options, how, context)

    assert [one[0].ids for one in found([0, 0, 0, 1], BeamOptions(2))] == [[], [], [], [2] * 5]
    assert model.stepped == [4, 2, 2, 2, 2, 2]  # beginnings: one of each row first, then two of those that go on
    # With a high penalty a long answer wins: (5 log 0.3 + log 0.5) / (11 / 6)^5 = -0.32 against log 0.5 = -0.69.
    assert [one.ids for one in found([0], BeamOptions(2, length_penalty=5.0))[0]] == [[2] * 5]
    assert len(model.stepped) == 6


def test_answers_of_one_width() -> None:
    model, how = small_model(seed=2, peeky=True), BeamOptions(40, n_best=3)
    with model.inference() as context:
        for row in ROWS[:3]:
            state = model.start(source_batch([row]), context)
            found = beam_search(model, state, np.zeros(1, dtype=int), SearchOptions(2), how, context)[0]
            totals = {}
            for pair in product(range(6), repeat=2):
                state, total, last = model.start(source_batch([row]), context), 0.0, 0
                for symbol in pair:
                    log_probs, state = model.step(np.array([last]), state, context)
                    total, last = total + float(log_probs[0, symbol]), symbol
                totals[pair] = total
            best = sorted(totals, key=lambda pair: -totals[pair])
            assert [tuple(one.ids) for one in found] == best
            assert all(one.finished for one in found)


def test_the_largest_numbers_of_each_row() -> None:
    values = np.array([[0.5, 2.0, 2.0, -1.0], [3.0, float("-inf"), float("-inf"), float("-inf")]])
    places, found = largest(NumPyBackend("float64"), values.copy(), 3)
    assert places[0].tolist() == [1, 2, 0]
    assert found.tolist() == [[2.0, 2.0, 0.5], [3.0, float("-inf"), float("-inf")]]
    assert places[1, 0] == 0


class Hasty(NumPyBackend):
    """Looks at what was chosen only now and then, as a GPU does."""

    steps_per_fetch = 3


@pytest.mark.parametrize("how", [BeamOptions(3), BeamOptions(4, n_best=4, length_penalty=1.0)], ids=str)
def test_looking_only_now_and_then_changes_nothing(how) -> None:
    options = replace(OPTIONS, max_length=10)
    plain, hasty = (
        beam(small_model(backend("float64"), attention="dot"), options, how) for backend in (NumPyBackend, Hasty)
    )
    assert hasty == plain


COPYING = {"attention": "general", "attention_weights": "entmax", "readout": True, "copying": True}


@pytest.mark.parametrize("variant", [{"peeky": True, "attention": "additive"}, COPYING], ids=str)
@pytest.mark.parametrize("end", [1, None])
def test_strict_arrays_find_the_same(end, variant) -> None:
    results = []
    for backend in (StrictBackend("float64"), NumPyBackend("float64")):
        model = small_model(backend, **variant)
        how = BeamOptions(3, n_best=3, length_penalty=0.5)
        results.append(beam(model, SearchOptions(7, end, (0, 2)), how))
    strict, plain = results
    for one, other in zip(strict, plain, strict=True):
        assert [found.ids for found in one] == [found.ids for found in other]
        np.testing.assert_allclose([found.score for found in one], [found.score for found in other], rtol=1e-9)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_an_answer_is_the_same_in_any_batch_order_and_company(precision, length_penalty) -> None:
    translator = small_translator(precision, peeky=True, attention="general", reverse=True)
    draw = np.random.default_rng(0)
    sources = ["".join(draw.choice(list("abcdef"), size)) for size in draw.integers(1, 9, 80)]
    options = AnswerOptions(beam=5, n_best=3, length_penalty=length_penalty, max_length=12)
    whole = translator.answers(sources, options)
    shuffled = draw.permutation(len(sources))
    mixed = translator.answers([sources[place] for place in shuffled], replace(options, batch_size=9))
    runs = [translator.answers(sources, replace(options, batch_size=size)) for size in (1, 7, 64)]
    runs.append([mixed[place] for place in np.argsort(shuffled)])
    tolerance = 1e-9 if precision == "float64" else 1e-5
    for again in runs:
        for one, expected in zip(again, whole, strict=True):
            found, wanted = (one, *one.others), (expected, *expected.others)
            assert [answer.text for answer in found] == [answer.text for answer in wanted]
            for answer, right in zip(found, wanted, strict=True):
                assert answer.log_probability == pytest.approx(right.log_probability, rel=tolerance)
                assert answer.score == pytest.approx(right.score, rel=tolerance)


def test_answers_of_a_translator_are_ranked_and_distinct() -> None:
    translator = small_translator(attention="dot")
    sources = ["abc", "", "fedcba", "a"]
    answers = translator.answers(sources, AnswerOptions(beam=6, n_best=4, max_length=8))
    assert (answers[1].text, answers[1].log_probability, answers[1].others) == ("", None, ())
    for answer in (answers[0], *answers[2:]):
        all_of_them = (answer, *answer.others)
        assert len({one.text for one in all_of_them}) == 4
        scores = [one.score for one in all_of_them]
        assert scores == sorted(scores, reverse=True)
    assert translator.translate(sources, AnswerOptions(beam=6, max_length=8)) == [answer.text for answer in answers]


@pytest.mark.parametrize("exponent", [0.0, 0.7, 1.0])
def test_answers_of_a_translator_are_ranked_with_the_penalty_that_is_asked_for(exponent: float) -> None:
    translator, sources = small_translator(attention="dot"), ["abc", "fedcba", "a"]
    translator.model.parameters["decoder.output.bias"].value[[1, 2]] += [1.5, -50.0]  # most end, none is unknown
    options = AnswerOptions(beam=6, n_best=4, max_length=8, length_penalty=exponent)
    ended = 0
    for answer in translator.answers(sources, options):
        for one in (answer, *answer.others):
            symbols = len(translator.codec.target.tokens(one.text)) + 1
            penalty = ((5 + symbols) / 6) ** exponent if one.finished else 1.0
            assert one.score == pytest.approx(one.log_probability / penalty)
            ended += one.finished
    assert ended > 8


def test_texts_that_are_the_same_count_once() -> None:
    source = Vocabulary(("<unk>", *"abcdef"), "char", unknown=0)
    target = Vocabulary(("<s>", "</s>", "<unk>", "a", "aa", "aaa"), "char", start=0, end=1, unknown=2)
    model = small_model(attention="dot")
    translator = Translator(file_of(model, source, target, longest_source=6, longest_target=6))
    model.parameters["decoder.output.bias"].value[2] -= 50
    answer = translator.answers(["abc"], AnswerOptions(beam=40, n_best=5, max_length=3))[0]
    texts = [answer.text, *(one.text for one in answer.others)]
    assert len(set(texts)) == len(texts) == 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"beam": 0}, "`beam` must be a whole number from 1"),
        ({"beam": 2, "n_best": 3}, "at most `beam`"),
        ({"beam": 2, "sampling": Sampling()}, "leave out one"),
        ({"length_penalty": -1.0}, "a number from 0"),
        ({"length_penalty": 0.5}, "has no effect without `beam` above 1"),
        ({"max_length": 0}, "`max_length`"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, words) -> None:
    with pytest.raises(UsageError, match=words):
        AnswerOptions(**options)
