"""Answers of a seq2seq model to sources, as text: batched by length, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Generic

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.answer import Answer, AnswerWriter
from seq2seq_cli.inference.answer_options import AnswerOptions, check_options
from seq2seq_cli.inference.batches import INDEX_COST, batches, rows_at_once
from seq2seq_cli.inference.beam import beam_search
from seq2seq_cli.inference.hypotheses import BeamOptions, Hypothesis
from seq2seq_cli.inference.protocol import AnswerModel, State
from seq2seq_cli.inference.reading import GivenAnswers
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.score import score
from seq2seq_cli.inference.search import Begun, Decoded, SearchOptions, collect, search
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.codec import AnswerCodec
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Ids


def longest_answer(longest_target: int) -> int:
    """Return how many symbols an answer may have by default, from the longest target in training."""
    return max(2 * longest_target, longest_target + 16)


def search_options(codec: AnswerCodec, max_length: int, sampling: Sampling | None) -> SearchOptions:
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
    model: AnswerModel[State],
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
    model: AnswerModel[State],
    codec: AnswerCodec,
    texts: Sequence[str],
    *,
    max_length: int,
    options: AnswerOptions | None = None,
    first_stream_id: int = 0,
    exact: AnswerModel[State] | None = None,
) -> list[Answer]:
    """Answer each source; an empty source has an empty answer, and no log-probability.

    Args:
        model: the model.
        codec: its codec.
        texts: sources.
        max_length: the most symbols of an answer, unless the options say so.
        options: how to answer; by default greedily.
        first_stream_id: the number of the first row, which fixes the rows' random streams.
        exact: the model in double precision, where the log-probabilities are to be its own.

    Raises:
        UsageError: an option can have no effect on this model.
        DataError: a source is too long for a model with rows of fixed width, or the prefix has an unknown symbol.
    """
    options = options or AnswerOptions()
    batch_search = BatchSearch(model, codec, options, max_length)
    writer = AnswerWriter(codec, options)
    answers = [_known_answer(text, options) for text in texts]
    left = [number for number, text in enumerate(texts) if text and answers[number].origin == "model"]
    numbers = np.array(left, dtype=np.int64)
    sources = codec.sources(texts[number] for number in left)
    read = np.flatnonzero(sources.lengths)  # a source of white space alone may have no symbol
    source_cost = max(model.source_cost, options.beam * model.memory_cost)
    with model.inference() as context, exact.inference() if exact else nullcontext(context) as own:
        for some in batches(sources.lengths[read], batch_search.rows_at_once, source_cost):
            rows = read[some]
            batch = SourceBatch.pack(sources, rows, reverse=codec.reverse)
            state = model.start(batch, context)
            hypotheses = batch_search(state, numbers[rows] + first_stream_id, context)
            if exact:
                hypotheses = batch_search.scored_again(exact, exact.start(batch, own), hypotheses, own)
            asked = [texts[number] for number in numbers[rows].tolist()]
            written = writer(model, state, asked, hypotheses, context)
            for number, answer in zip(numbers[rows].tolist(), written, strict=True):
                answers[number] = answer
    return answers


def _known_answer(text: str, options: AnswerOptions) -> Answer:
    """Return what a list knows of a source; with no list, or no such source, nothing is answered yet."""
    found = options.known.answers(text) if options.known is not None else ()
    return Answer.listed(found[: options.n_best]) if found else Answer("", None)


class BatchSearch(Generic[State]):
    """Finds the answers to a batch of sources, by the search that is asked for.

    Args:
        model: the model.
        codec: its codec.
        options: how to answer.
        max_length: the most symbols of an answer, unless the options say so.
    """

    def __init__(self, model: AnswerModel[State], codec: AnswerCodec, options: AnswerOptions, max_length: int) -> None:
        check_options(options, model.config)
        self._model, self._options, self._start = model, options, codec.start
        penalty = options.length_penalty if options.beam > 1 else 0.0
        self._how = BeamOptions(options.beam, options.n_best, penalty)
        self._prefix = codec.encode_beginning(normalise(options.prefix)) if options.prefix else []
        longest = search_options(codec, options.max_length or max_length, options.sampling)
        self.rows_at_once = rows_at_once(
            options.batch_size, options.beam * max(model.symbol_cost, INDEX_COST * longest.max_length)
        )
        left = longest.max_length - len(self._prefix)
        if left < 1:
            raise UsageError(
                f"`prefix` has {len(self._prefix):,} symbols, and an answer at most {longest.max_length:,}: "
                "nothing is left to be found"
            )
        self._search_options = replace(longest, max_length=left, no_repeat=options.no_repeat)

    def __call__(self, state: State, stream_ids: Ids, context: ForwardContext) -> list[list[Hypothesis]]:
        """Return for each source what was found, the best first.

        Args:
            state: before the first step, N rows.
            stream_ids: (N,) the rows' numbers, which with the seed fix their random streams.
            context: of the call.
        """
        options, wanted = self._options, self._search_options
        begun, state = self._begin(state, context)
        last = np.full(state.rows, self._prefix[-1] if self._prefix else self._start)
        if options.beam > 1:
            found = beam_search(self._model, state, last, wanted, self._how, context, begun)
        else:
            steps = search(self._model, state, last, wanted, context, stream_ids, begun)
            decoded = collect(steps, state.rows, wanted.end)
            totals = (begun.log_probs + decoded.log_probs + decoded.end_log_probs).tolist()
            rows = zip(decoded.ids, totals, totals, decoded.finished.tolist(), strict=True)
            found = [[Hypothesis(*row)] for row in rows]
        if not self._prefix:
            return found
        return [[replace(one, ids=self._prefix + one.ids) for one in of_row] for of_row in found]

    def scored_again(
        self,
        exact: AnswerModel[State],
        state: State,
        found: Sequence[Sequence[Hypothesis]],
        context: ForwardContext,
    ) -> list[list[Hypothesis]]:
        """Return what was found with the log-probabilities of another model, ranked by them.

        Args:
            exact: the model, in double precision.
            state: its own, before the first step, N rows.
            found: for each row what was found.
            context: its own.
        """
        end, how = self._search_options.end, self._how
        flat = [(row, one) for row, of_row in enumerate(found) for one in of_row]
        if not flat:
            return [[] for _ in found]
        symbols = [one.ids if end is None or not one.finished else [*one.ids, end] for _, one in flat]
        given = GivenAnswers.pack(symbols, [row for row, _ in flat], self._start)
        scored, _ = score(exact, given.inputs, given.targets, given.packing, state.take(given.rows), context)
        totals = np.zeros(len(flat))
        totals[given.order] = np.bincount(given.packing.row_of, weights=scored.log_probs, minlength=len(flat))
        ranked: list[list[Hypothesis]] = [[] for _ in found]
        for (row, one), total in zip(flat, totals.tolist(), strict=True):
            ranked[row].append(how.rank(one, total, ends=end is not None))
        return [sorted(of_row, key=lambda one: -one.score) for of_row in ranked]

    def _begin(self, state: State, context: ForwardContext) -> tuple[Begun, State]:
        """Let every row say the prefix."""
        N, P = state.rows, len(self._prefix)
        if not P:
            return Begun((), np.zeros(N)), state
        inputs = np.repeat([self._start, *self._prefix[:-1]], N)
        scored, state = score(self._model, inputs, np.repeat(self._prefix, N), Packing.even(N, P), state, context)
        return Begun(tuple(self._prefix), scored.log_probs.reshape(P, N).sum(axis=0)), state
