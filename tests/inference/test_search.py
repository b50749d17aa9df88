"""The search loop: greedy and drawn, what may not come out, rows that end, and what a prompt costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import TableModel, TableState
from helpers import IDS_OF_LETTERS, small_generator, small_model, small_translator
from strict_backend import StrictBackend

from seq2seq_cli.api import text_generator
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.inference import answers
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import decode
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions, collect, search
from seq2seq_cli.models.output import OutputLayers
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.text.sequences import Sequences

# V = 4: a start symbol, an end symbol and two letters. Row 0 ends at once, row 1 after one letter, row 2 never.
END_NOW, LETTER, OTHER = [0.1, 0.6, 0.2, 0.1], [0.0, 0.2, 0.5, 0.3], [0.4, 0.1, 0.2, 0.3]
TABLES = {0: [END_NOW] * 4, 1: [LETTER, END_NOW, END_NOW, END_NOW], 2: [LETTER, OTHER, LETTER, OTHER]}


def found(model: TableModel, keys: list[int], options: SearchOptions):
    with model.inference() as context:
        steps = search(model, TableState(np.array(keys)), np.zeros(len(keys), dtype=int), options, context)
        return collect(steps, len(keys), options.end)


def test_greedy_search_by_hand() -> None:
    model = TableModel(TABLES)
    result = found(model, [2, 0, 1], SearchOptions(4, end=1, banned=(0,)))
    assert result.ids == [[2, 3, 2, 3], [], [2]]  # without the ban, row 2 would say 0 at its second step
    np.testing.assert_allclose(np.exp(result.log_probs), [0.5 * 0.3 * 0.5 * 0.3, 1, 0.5])
    np.testing.assert_allclose(np.exp(result.end_log_probs), [1, 0.6, 0.6])
    assert result.finished.tolist() == [False, True, True]
    assert found(model, [2], SearchOptions(2, end=1)).ids == [[2, 0]]
    fixed = found(model, [0, 1], SearchOptions(3))
    assert fixed.ids == [[1, 1, 1], [2, 1, 1]]
    assert fixed.finished.all()
    assert fixed.end_log_probs.tolist() == [0, 0]


def test_rows_that_have_ended_are_stepped_over_no_more() -> None:
    model = TableModel(TABLES)
    assert found(model, [0] * 6 + [2, 1], SearchOptions(4, end=1, banned=(0,))).ids[6] == [2, 3, 2, 3]
    assert model.stepped == [8, 2, 1, 1]
    model.stepped.clear()
    found(model, [0], SearchOptions(4, end=1))
    assert model.stepped == [1]  # nothing is stepped when all have ended
    model.stepped.clear()
    found(model, [2] * 9 + [0], SearchOptions(3, end=1, banned=(0,)))
    assert model.stepped == [10, 10, 10]  # one of ten is not worth the copy of the others


def test_a_models_own_rows_are_dropped(monkeypatch) -> None:
    model = small_model(peeky=True, attention="dot")
    stepped: list[int] = []
    step = Seq2Seq.step

    def counting(self, ids, state, context):
        stepped.append(state.rows)
        assert len(ids) == state.rows == len(state.prepared.keys) == len(state.prepared.output_input)
        return step(self, ids, state, context)

    monkeypatch.setattr(Seq2Seq, "step", counting)
    rows = [list(row) for row in np.random.default_rng(1).integers(0, 7, (40, 3))]
    source = SourceBatch.pack(Sequences(rows), np.arange(40), reverse=False)
    with model.inference() as context:
        result = decode(model, source, 0, SearchOptions(20, end=1, sampling=Sampling()), context)
    lengths = np.array([len(ids) + ended for ids, ended in zip(result.ids, result.finished, strict=True)])
    needed = [int((lengths > step).sum()) for step in range(lengths.max())]
    assert len(stepped) == len(needed)
    assert stepped[-1] < 10 < stepped[0]
    assert all(need <= held <= max(need / 0.75 + 1, 1) for held, need in zip(stepped[1:], needed[1:], strict=True))


class Hasty(NumPyBackend):
    """Looks at what was chosen only now and then, as a GPU does."""

    steps_per_fetch = 3


@pytest.mark.parametrize("sampling", [None, Sampling(seed=4), Sampling(top_k=2, seed=4)], ids=str)
def test_looking_only_now_and_then_changes_nothing(sampling) -> None:
    keys, options = [2, 0, 1, 2, 1, 0, 2], SearchOptions(4, end=1, banned=(0,), sampling=sampling)
    plain, hasty = (found(TableModel(TABLES, backend("float64")), keys, options) for backend in (NumPyBackend, Hasty))
    assert hasty.ids == plain.ids
    np.testing.assert_array_equal(hasty.log_probs, plain.log_probs)
    np.testing.assert_array_equal(hasty.finished, plain.finished)


@pytest.mark.parametrize("sampling", [None, Sampling(temperature=3.0)], ids=["greedy", "drawn"])
def test_the_start_symbol_never_comes_out(sampling) -> None:
    """It would be left out of the text and kept in the score."""
    translator = small_translator()
    translator.model.parameters["decoder.output.bias"].value[0] += 5.0  # the start symbol is the most probable by far
    codec = translator.codec
    batch = SourceBatch.pack(codec.sources(["abc", "fed", "a"]), np.arange(3), reverse=False)
    with translator.model.inference() as context:
        options = answers.search_options(codec, 30, sampling)
        result = decode(translator.model, batch, codec.start, options, context)
    assert all(codec.start not in ids for ids in result.ids)
    assert (result.log_probs + result.end_log_probs < -3).all()  # in the model's own distribution


@pytest.mark.parametrize("sampling", [None, Sampling(temperature=1.5, seed=2)], ids=["greedy", "drawn"])
def test_an_answer_is_the_same_in_any_batch_order_and_company(sampling) -> None:
    translator = small_translator(peeky=True, attention="general", reverse=True)
    draw = np.random.default_rng(0)
    sources = ["".join(draw.choice(list("abcdef"), size)) for size in draw.integers(0, 9, 60)]
    options = AnswerOptions(sampling=sampling, max_length=12)
    whole = translator.answers(sources, options)
    for batch_size in (1, 7):
        again = translator.answers(sources, replace(options, batch_size=batch_size))
        for found_, expected in zip(again, whole, strict=True):
            assert (found_.text, found_.finished) == (expected.text, expected.finished)
            assert found_.log_probability == (expected.log_probability and pytest.approx(expected.log_probability))
    turned = translator.answers(sources[::-1], options)
    if sampling is None:
        assert [answer.text for answer in turned[::-1]] == [answer.text for answer in whole]
    alone = [
        translator.answers([source], options, first_stream_id=number)[0].text for number, source in enumerate(sources)
    ]
    assert alone == [answer.text for answer in whole]


PROMPTS = ["the cat", "", "a dog sees the cat", "the"]


@pytest.mark.parametrize("sampling", [None, Sampling(seed=3), Sampling(temperature=2, top_k=4, seed=3)], ids=str)
def test_texts_are_the_same_alone_streamed_and_in_small_batches(sampling, monkeypatch) -> None:
    writer = small_generator(layers=2)
    options = {"length": 15, "sampling": sampling, "until": "<eos>"}
    writer.model.parameters["decoder.output.bias"].value[1] += 3.0  # some texts end
    together = writer.generate(PROMPTS, samples=3, **options)
    assert {len(text.symbols) for text in together} != {15}
    streamed = [tuple(writer.stream(PROMPTS[n // 3], stream_id=n, **options)) for n in range(12)]
    assert [text.symbols for text in together] == streamed
    pieces = ["".join(writer.stream_text(PROMPTS[n // 3], stream_id=n, **options)) for n in range(12)]
    assert [text.text for text in together] == pieces
    monkeypatch.setattr(text_generator, "ROWS", 5)  # three groups of prompts' samples
    again = writer.generate(PROMPTS, samples=3, **options)
    assert [text.symbols for text in again] == streamed
    for text, other in zip(again, together, strict=True):
        assert text.log_probability == pytest.approx(other.log_probability, rel=1e-9)


def test_prompts_are_read_once_for_all_samples_and_never_scored(monkeypatch) -> None:
    writer = small_generator()
    read: list[int] = []
    scored: list[int] = []
    outputs, join = type(writer.model).outputs, OutputLayers.join

    def reading(self, ids, packing, state, context):
        read.append(packing.total)
        return outputs(self, ids, packing, state, context)

    def scoring(self, h, *rest):
        scored.append(len(h))
        return join(self, h, *rest)

    monkeypatch.setattr(type(writer.model), "outputs", reading)
    monkeypatch.setattr(OutputLayers, "join", scoring)
    writer.generate("the cat sees the dog", length=3, samples=50, sampling=Sampling())
    assert read == [5, 50, 50, 50]  # the line end and four words; the fifth is what the first step reads
    assert scored == [50, 50, 50]


def test_an_until_symbol_is_in_neither_text_nor_score() -> None:
    writer = small_generator()
    (text,) = writer.generate("the", length=50, until="<eos>", sampling=Sampling(seed=1), skip=())
    assert len(text.symbols) < 50
    ids = [writer.codec.line_end, *writer.codec.encode_line("the"), *(writer.codec.ids[s] for s in text.symbols)]
    from seq2seq_cli.evaluation.text import score_text

    losses = score_text(writer.model, np.array(ids[1:]), ids[0]).losses
    assert text.log_probability == pytest.approx(-losses[1:].sum(), rel=1e-9)


def test_texts_come_as_they_are_written() -> None:
    writer = small_generator()
    texts = writer.iterate("the", length=2, samples=10**9, sampling=Sampling())
    assert len({next(texts).symbols for _ in range(600)}) > 10
    texts.close()
    assert writer.generate([]) == []


@pytest.mark.parametrize("sampling", [None, Sampling(seed=3), Sampling(top_k=3, top_p=0.8, seed=3)], ids=str)
def test_strict_arrays_find_the_same(sampling) -> None:
    results = []
    rows = [IDS_OF_LETTERS[n : n + 1 + n % 4] for n in range(9)]
    for backend in (StrictBackend("float64"), NumPyBackend("float64")):
        model = small_model(backend, peeky=True, attention="additive")
        source = SourceBatch.pack(Sequences(rows), np.arange(9), reverse=True)
        with model.inference() as context:
            results.append(decode(model, source, 0, SearchOptions(8, 1, (0, 2), sampling), context))
    strict, plain = results
    assert strict.ids == plain.ids
    np.testing.assert_allclose(strict.log_probs, plain.log_probs, rtol=1e-9)
