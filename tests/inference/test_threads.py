"""What `load` returns may be used by several threads at once: each call has a workspace of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from helpers import small_batch, small_generator, small_model, small_translator, training_run

from seq2seq_cli.evaluation.text import Cache
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.sampling import Sampling

pytestmark = pytest.mark.slow

THREADS, ROUNDS = 4, 12


def together(tasks: list[Callable[[], Any]]) -> None:
    """Run all tasks in four threads, each in another order, and compare with what they give alone."""
    expected = [task() for task in tasks]
    barrier = Barrier(THREADS)

    def work(thread: int) -> list[tuple[int, Any]]:
        order = np.random.default_rng(thread).permutation(np.repeat(np.arange(len(tasks)), ROUNDS)).tolist()
        barrier.wait()
        return [(number, tasks[number]()) for number in order]

    with ThreadPoolExecutor(THREADS) as pool:
        results = [entry for found in pool.map(work, range(THREADS)) for entry in found]
    wrong = sum(found != expected[number] for number, found in results)
    assert wrong == 0, f"{wrong} of {len(results)} results differ"


def test_a_translator_in_four_threads() -> None:
    translator = small_translator("float32", attention="additive", peeky=True, hidden_size=32, layers=2)
    draw = np.random.default_rng(0)
    sources = [["".join(draw.choice(list("abcdef"), n)) for n in draw.integers(1, 9, count)] for count in (3, 40, 120)]
    pairs = [(source, source[::-1]) for source in sources[2]]
    together(
        [
            lambda: translator.answers(sources[0]),
            lambda: translator.answers(sources[1], AnswerOptions(sampling=Sampling(seed=1))),
            lambda: translator.translate(sources[2], AnswerOptions(batch_size=16)),
            lambda: translator.evaluate(pairs),
        ]
    )


def test_a_text_generator_in_four_threads() -> None:
    writer = small_generator("float32", hidden_size=32, layers=2)
    prompts, text = ["the cat", "", "a dog sees"], "the cat sees a dog\na dog sees the cat\n" * 10
    together(
        [
            lambda: writer.generate(prompts, length=15, samples=5, sampling=Sampling(seed=1)),
            lambda: writer.generate(prompts, length=9),
            lambda: list(writer.stream("the", length=20, sampling=Sampling(seed=2))),
            lambda: list(writer.stream_text("a", length=20)),
            lambda: writer.score([*text.splitlines(), ""]),
            lambda: writer.evaluate(text, streams=3).losses.tolist(),
            lambda: writer.evaluate(text, cache=Cache(size=20)).losses.tolist(),
        ]
    )


def test_own_predictions_in_training_leave_other_threads_alone() -> None:
    model, batch = small_model(attention="dot", hidden_size=16), small_batch()
    gold = np.zeros(batch.packing.total, dtype=bool)

    def answer() -> list[float]:
        with model.inference() as context:
            log_probs, _ = model.step(np.array([2] * 4), model.start(batch.source, context), context)
            return log_probs.ravel().tolist()

    together([answer, lambda: model.scheduled_sampling_inputs(batch, gold, training_run(model.backend)).tolist()])


def test_workspaces_go_back_to_the_pool_and_a_stream_keeps_its_own() -> None:
    writer = small_generator()
    first, second = writer.stream("the", length=5), writer.stream("a", length=5)
    expected = list(writer.stream("the", length=5)), list(writer.stream("a", length=5))
    mixed = [(next(first), next(second)) for _ in range(5)]
    assert tuple(map(list, zip(*mixed, strict=True))) == expected
    first.close()
    second.close()
    idle = len(writer.model._idle)
    for _ in range(5):
        writer.generate("the", length=3)
    assert len(writer.model._idle) == idle == 2
