"""Alignments: against the weights of every single step, in the order of the source, whatever the model reads first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import file_of, small_model, small_translator
from strict_backend import StrictBackend

from seq2seq_cli.api.translator import Translator
from seq2seq_cli.backend import Packing
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference import alignments
from seq2seq_cli.inference.alignments import Alignment, attended_places
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.models import windows
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.text.vocabulary import Vocabulary

SOURCES = ["abc", "fedcba", "a", "ffff", "bead", "cabbedfac", "dadbeef", "ecafbd"]
ASKED = AnswerOptions(alignments=True, max_length=9)


def by_steps(translator: Translator, source: str, symbols: tuple[str, ...]) -> list[int]:
    """Return the places that a model attends to while it is led through an answer, one step after the other."""
    codec, model, places = translator.codec, translator.model, []
    with model.inference() as context:
        own = replace(context, attended=[])
        state = model.start(SourceBatch.pack(codec.sources([source]), np.arange(1), reverse=codec.reverse), own)
        last = codec.start
        for symbol in symbols:
            _, state = model.step(np.array([last]), state, own)
            places.append(int(own.attended.pop()[0, 0].argmax()))
            last = codec.target.symbols.index(symbol)
    return [len(source) - 1 - place for place in places] if codec.reverse else places


VARIANTS = [{}, {"readout": True, "copying": True}, {"reverse": True, "bidirectional": True, "peeky": True}]


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_alignments_are_those_of_every_step(variant, beam, monkeypatch) -> None:
    translator = small_translator(attention="general", **variant)
    options = replace(ASKED, beam=beam, n_best=beam)
    answers = translator.answers([*SOURCES, ""], options)
    assert answers.pop().alignment is None
    seen = set()
    for source, answer in zip(SOURCES, answers, strict=True):
        for one in (answer, *answer.others):
            assert one.alignment is not None
            assert (one.alignment.source, "".join(one.alignment.target)) == (tuple(source), one.text)
            assert list(one.alignment.places) == by_steps(translator, source, one.alignment.target)
            seen |= set(one.alignment.places)
    assert len(seen) > 2
    monkeypatch.setattr(windows, "LARGEST_ARRAY", 100)  # answers are read a few symbols at a time
    assert [one.alignment for one in translator.answers(SOURCES, options)] == [one.alignment for one in answers]
    plain = translator.answers(SOURCES, replace(options, alignments=False))
    assert plain == [
        replace(one, alignment=None, others=tuple(replace(other, alignment=None) for other in one.others))
        for one in answers
    ]


def test_the_form_that_aligners_write() -> None:
    assert Alignment(tuple("abc"), tuple("xyz"), (0, None, 2)).pharaoh() == "0-0 2-2"


def test_weights_may_come_step_by_step() -> None:
    """As from a decoder that reads what it attended to at the step before."""
    packing, draw = Packing(np.array([3, 3, 1])), np.random.default_rng(0)
    whole = draw.random((3, 3, 5))
    steps = [whole[:rows, step : step + 1] for step, (_, rows) in enumerate(packing.steps)]
    backend = NumPyBackend("float64")
    expected = np.concatenate(alignments._packed_places(backend, [whole], packing))
    np.testing.assert_array_equal(np.concatenate(alignments._packed_places(backend, steps, packing)), expected)


@pytest.mark.parametrize("variant", [{}, {"readout": True, "copying": True}], ids=str)
def test_strict_arrays_find_the_same(variant) -> None:
    answers = [(0, [2, 3, 4]), (1, []), (2, [5]), (0, [3, 3]), (1, [4, 4, 2, 5])]
    found = []
    for backend in (StrictBackend("float64"), NumPyBackend("float64")):
        model = small_model(backend, attention="additive", **variant)
        with model.inference() as context:
            source = SourceBatch.pack(Sequences([[1, 2, 3], [4], [5, 6, 1, 2]]), np.arange(3), reverse=False)
            found.append(attended_places(model, model.start(source, context), 0, answers, context))
    assert [len(places) for places in found[0]] == [3, 0, 1, 2, 4]
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_fills_a_row_is_not_aligned() -> None:
    vocabulary = Vocabulary((*"abcd", "_", " "), "char", start=4, blank=5)
    config = {"padding": "symbol", "source_width": 6, "target_width": 5, "reverse": True}
    model = small_model(source_vocab_size=6, target_vocab_size=6, attention="dot", **config)
    model.parameters["decoder.output.bias"].value[:] = [5, 0, 0, 0, 0, 5]
    translator = Translator(file_of(model, vocabulary, vocabulary, longest_source=6, longest_target=5))
    for answer in translator.answers(["abc", "dcbadc", "a"], AnswerOptions(alignments=True)):
        assert answer.alignment is not None
        assert "".join(answer.alignment.target) == answer.text
        assert all(place is None or place < len(answer.alignment.source) for place in answer.alignment.places)


@pytest.mark.parametrize("reverse", [False, True])
def test_an_unknown_symbol_of_an_answer_becomes_the_source_symbol_attended_to(reverse) -> None:
    translator = small_translator(attention="dot", reverse=reverse)
    translator.model.parameters["decoder.output.bias"].value[2] += 4.0
    sources = ["abc", "fxedéa", "z"]
    marked = translator.answers(sources, ASKED)
    copied = translator.answers(sources, replace(ASKED, copy_unknown=True, alignments=False))
    assert sum("<unk>" in answer.text for answer in marked) >= 2
    for source, before, after in zip(sources, marked, copied, strict=True):
        alignment = before.alignment
        assert alignment is not None
        expected = [
            source[place] if symbol == "<unk>" else symbol
            for symbol, place in zip(alignment.target, alignment.places, strict=True)
        ]
        assert (after.text, after.log_probability) == ("".join(expected), before.log_probability)
        assert after.alignment is None


def test_models_without_attention_are_refused_by_name() -> None:
    for options, words in ((ASKED, "`alignments`"), (AnswerOptions(copy_unknown=True), "unknown='copy'")):
        with pytest.raises(UsageError, match=words):
            small_translator(peeky=True).answers(["abc"], options)
