"""Answers of a seq2seq model to sources, as text: batched by length, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.inference.batches import INDEX_COST, ROWS, batches, rows_at_once
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
    """Answer one batch of sources.

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
    batch_size: int = ROWS,
    sampling: Sampling | None = None,
    first_stream_id: int = 0,
) -> list[Answer]:
    """Answer each source; an empty source has an empty answer, and no log-probability.

    Args:
        model: the model.
        codec: its codec.
        texts: sources.
        max_length: the most symbols of an answer.
        batch_size: the most rows that run at once; long ones are fewer.
        sampling: how to draw; None is greedy.
        first_stream_id: the number of the first row, which fixes the rows' random streams.
    """
    answers = [Answer("", None)] * len(texts)
    encoded = [(number, ids) for number, text in enumerate(texts) if text and (ids := codec.encode_source(text))]
    sources = Sequences([ids for _, ids in encoded])
    numbers = np.array([number for number, _ in encoded], dtype=np.int64)
    options = search_options(codec, max_length, sampling)
    most = rows_at_once(batch_size, max(model.symbol_cost, INDEX_COST * options.max_length))
    with model.inference() as context:
        for rows in batches(sources.lengths, most, model.source_cost):
            stream_ids = numbers[rows] + first_stream_id
            batch = SourceBatch.pack(sources, rows, reverse=codec.reverse)
            found = decode(model, batch, codec.start, options, context, stream_ids)
            scores = found.log_probs + found.end_log_probs
            for place, number in enumerate(numbers[rows].tolist()):
                text = codec.decode(found.ids[place])
                answers[number] = Answer(text, float(scores[place]), bool(found.finished[place]))
    return answers
