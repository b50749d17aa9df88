"""Answers of a seq2seq model to sources, as text: batched by length, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.batches import INDEX_COST, batches, rows_at_once
from seq2seq_cli.inference.beam import beam_search
from seq2seq_cli.inference.hypotheses import BeamOptions, Hypothesis
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import Decoded, SearchOptions, collect, search
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.types import Ids


@dataclass(frozen=True)
class Answer:
    """An answer and its score."""

    text: str
    log_probability: float | None
    """Natural logarithm, summed over the answer's symbols and its end; None where nothing was answered."""
    finished: bool = True
    """False where the answer was cut at the most symbols allowed."""
    score: float | None = None
    """What answers are ranked by: the log-probability, of a beam's answers over the length penalty."""
    others: tuple[Answer, ...] = ()
    """The next best answers, where more than one was asked for."""


def longest_answer(longest_target: int) -> int:
    """Return how many symbols an answer may have by default, from the longest target in training."""
    return max(2 * longest_target, longest_target + 16)


def search_options(codec: PairCodec, max_length: int, sampling: Sampling | None) -> SearchOptions:
    """Return how a model answers.

    The start symbol never comes out. (The book's vocabularies are as they are: there it is an ordinary character.)

    Args:
        codec: the model's.
        max_length: the most symbols of an answer; rows of fixed width have that width.
        sampling: how to draw; None is greedy.
    """
    if codec.target_width:
        return SearchOptions(codec.target_width, sampling=sampling)
    return SearchOptions(max_length, codec.target.end, (codec.start,), sampling)


def decode(
    model: Seq2Seq,
    batch: SourceBatch,
    start: int,
    options: SearchOptions,
    context: ForwardContext,
    stream_ids: Ids | None = None,
) -> Decoded:
    """Answer one batch of sources, greedily or drawn.

    Args:
        model: the model.
        batch: packed sources.
        start: the id that the decoder reads first.
        options: how to answer.
        context: of the call.
        stream_ids: (N,) the rows' numbers, which with the seed fix their random streams; by default 0 to N - 1.
    """
    state = model.start(batch, context)
    steps = search(model, state, np.full(state.rows, start), options, context, stream_ids)
    return collect(steps, state.rows, options.end)


def answer_texts(
    model: Seq2Seq,
    codec: PairCodec,
    texts: Sequence[str],
    *,
    max_length: int,
    options: AnswerOptions | None = None,
    first_stream_id: int = 0,
) -> list[Answer]:
    """Answer each source; an empty source has an empty answer, and no log-probability.

    Args:
        model: the model.
        codec: its codec.
        texts: sources.
        max_length: the most symbols of an answer, unless the options say so.
        options: how to answer; by default greedily.
        first_stream_id: the number of the first row, which fixes the rows' random streams.
    """
    options = options or AnswerOptions()
    answers = [Answer("", None)] * len(texts)
    encoded = [(number, ids) for number, text in enumerate(texts) if text and (ids := codec.encode_source(text))]
    sources = Sequences([ids for _, ids in encoded])
    numbers = np.array([number for number, _ in encoded], dtype=np.int64)
    wanted = search_options(codec, options.max_length or max_length, options.sampling)
    most = rows_at_once(options.batch_size, options.beam * max(model.symbol_cost, INDEX_COST * wanted.max_length))
    source_cost = max(model.source_cost, options.beam * model.memory_cost)
    with model.inference() as context:
        for rows in batches(sources.lengths, most, source_cost):
            batch = SourceBatch.pack(sources, rows, reverse=codec.reverse)
            found = _hypotheses(model, batch, codec.start, wanted, options, context, numbers[rows] + first_stream_id)
            for number, hypotheses in zip(numbers[rows].tolist(), found, strict=True):
                answers[number] = _answer(codec, hypotheses, options.n_best)
    return answers


def _hypotheses(
    model: Seq2Seq,
    batch: SourceBatch,
    start: int,
    wanted: SearchOptions,
    options: AnswerOptions,
    context: ForwardContext,
    stream_ids: Ids,
) -> list[list[Hypothesis]]:
    """Answer a batch by the search that is asked for: for each source what was found, the best first."""
    if options.beam > 1:
        state, beam = model.start(batch, context), BeamOptions(options.beam, options.n_best, options.length_penalty)
        return beam_search(model, state, np.full(state.rows, start), wanted, beam, context)
    found = decode(model, batch, start, wanted, context, stream_ids)
    totals = (found.log_probs + found.end_log_probs).tolist()
    rows = zip(found.ids, totals, totals, found.finished.tolist(), strict=True)
    return [[Hypothesis(*row)] for row in rows]


def _answer(codec: PairCodec, hypotheses: Sequence[Hypothesis], n_best: int) -> Answer:
    """Return the best answer, with the next best of other texts beside it."""
    distinct: dict[str, Answer] = {}
    for found in hypotheses:
        text = codec.decode(found.ids)
        if text not in distinct:
            distinct[text] = Answer(text, found.log_prob, found.finished, found.score)
        if len(distinct) == n_best:
            break
    if not distinct:
        return Answer("", None, finished=False)  # the model holds every answer for impossible
    best, *others = distinct.values()
    return replace(best, others=tuple(others))
