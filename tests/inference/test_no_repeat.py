"""The guard against loops: against a plain definition, in every search, and on strict arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import BigramModel, TableState
from helpers import IDS_OF_LETTERS, small_model, small_translator
from strict_backend import StrictBackend

from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.beam import beam_search
from seq2seq_cli.inference.hypotheses import BeamOptions
from seq2seq_cli.inference.no_repeat import NoRepeat
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions, collect, search
from seq2seq_cli.text.sequences import Sequences


def runs_of(ids: list, size: int) -> list[tuple]:
    return [tuple(ids[first : first + size]) for first in range(len(ids) - size + 1)]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_what_is_forbidden_is_what_would_repeat(size) -> None:
    draw = np.random.default_rng(size)
    said, V = draw.integers(0, 4, (12, 9)), 5
    guard = NoRepeat(NumPyBackend("float64"), size, said[0, :2].tolist(), 12)
    said[:, :2] = said[0, :2]
    for step in range(2, 10):
        log_probs = guard(np.zeros((12, V)))
        for row in range(12):
            before = runs_of(said[row, :step].tolist(), size)
            allowed = [(*said[row, step - size + 1 : step].tolist(), symbol) not in before for symbol in range(V)]
            assert np.isfinite(log_probs[row]).tolist() == allowed
        if step < 9:
            guard.add(said[:, step])
            parents = draw.permutation(12)
            guard.follow(parents)
            said = said[parents]
    guard.take(np.array([3, 5]))
    np.testing.assert_array_equal(guard(np.zeros((2, V))), log_probs[[3, 5]])


HOW = [AnswerOptions(), AnswerOptions(sampling=Sampling(seed=1)), AnswerOptions(beam=4, n_best=4)]


@pytest.mark.parametrize("how", HOW, ids=["greedy", "drawn", "beam"])
def test_no_answer_repeats_itself(how) -> None:
    translator = small_translator(attention="dot")
    translator.model.parameters["decoder.output.bias"].value[[1, 2]] -= [2.0, 50.0]  # answers do not end soon
    sources = ["abc", "fedcba", "a", "ffff", "bead", "cabbed"]
    looping = translator.answers(sources, replace(how, max_length=20))
    assert any(len(set(runs_of(list(one.text), 2))) < len(one.text) - 1 for one in looping)
    for size in (1, 2):
        for answer in translator.answers(sources, replace(how, max_length=20, no_repeat=size)):
            for one in (answer, *answer.others):
                pieces = runs_of(list(one.text), size)
                assert len(set(pieces)) == len(pieces)
    begun = translator.answers(sources, replace(how, max_length=20, no_repeat=1, prefix="ab"))
    assert all(answer.text.count("a") == answer.text.count("b") == 1 for answer in begun)


@pytest.mark.parametrize("width", [1, 2])
def test_what_was_said_goes_with_rows_when_others_are_done(width: int) -> None:
    """0 starts, 1 ends, 2 and 3 follow each other for ever; rows that begin with 4 end at once and are dropped."""
    table = np.zeros((5, 5))
    table[0, [2, 3]] = 0.6, 0.4
    table[2, [3, 1]] = table[3, [2, 1]] = 0.99, 0.01
    table[4, 1] = 1.0
    model, options = BigramModel(table), SearchOptions(9, end=1, banned=(0,), no_repeat=2)
    starts = np.array([4, 4, 0, 4, 4, 4])
    with model.inference() as context:
        if width == 1:
            found = collect(search(model, TableState(starts), starts, options, context), 6, 1).ids
        else:
            of_rows = beam_search(model, TableState(starts), starts, options, BeamOptions(width), context)
            found = [one.ids for one, *_ in of_rows]
    assert found == [[], [], [2, 3, 2], [], [], []]  # 2 3 would come twice


def test_a_model_of_one_width_can_not_have_it() -> None:
    from seq2seq_cli.config import ModelConfig
    from seq2seq_cli.inference.answer_options import check_options

    config = ModelConfig(padding="symbol", source_width=4, target_width=5, source_vocab_size=3, target_vocab_size=3)
    with pytest.raises(UsageError, match="`no_repeat` has no effect"):
        check_options(AnswerOptions(no_repeat=2), config)


def test_strict_arrays_find_the_same() -> None:
    rows = [IDS_OF_LETTERS[n : n + 1 + n % 4] for n in range(9)]
    greedy, found = [], []
    for backend in (StrictBackend("float64"), NumPyBackend("float64")):
        model = small_model(backend, attention="general")
        options = SearchOptions(9, 1, (0,), no_repeat=2)
        with model.inference() as context:
            state = model.start(SourceBatch.pack(Sequences(rows), np.arange(9), reverse=False), context)
            start = np.zeros(9, dtype=int)
            greedy.append(collect(search(model, state, start, options, context), 9, 1).ids)
            of_rows = beam_search(model, state, start, options, BeamOptions(3), context)
            found.append([one.ids for of_row in of_rows for one in of_row])
    assert greedy[0] == greedy[1]
    assert found[0] == found[1]
