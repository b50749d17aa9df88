"""Evaluation of a model on pairs: free-running and teacher-forced figures, under different names.

Free-running figures come from answers that the model wrote by itself, never seeing a target or its
length. Teacher-forced figures score the given targets, each symbol after the right ones before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seq2seq_cli.data.batching import make_batch
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.error_rates import is_right
from seq2seq_cli.evaluation.figures import AnsweredPairs, Metric, figures_of
from seq2seq_cli.evaluation.metrics import perplexity
from seq2seq_cli.evaluation.pairs_report import LengthGroup, Mistake, Report, TeacherForced
from seq2seq_cli.evaluation.target_form import STRING, choose_metrics
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import answer_texts
from seq2seq_cli.inference.batches import INDEX_COST, ROWS, SHORTEST_WINDOW, batches, rows_at_once
from seq2seq_cli.inference.protocol import AnswerModel, State
from seq2seq_cli.inference.score import score
from seq2seq_cli.text.codec import AnswerCodec
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.sequences import Sequences, Sources
from seq2seq_cli.types import Floats, Pair


def score_targets(
    model: AnswerModel[State], codec: AnswerCodec, sources: Sources, targets: Sequences, batch_size: int = ROWS
) -> TeacherForced:
    """Score given targets, each symbol after the right ones before it."""
    loss, right = 0.0, 0
    longest = int(targets.lengths.max(initial=1))
    row_cost = max(model.symbol_cost * min(SHORTEST_WINDOW, longest), INDEX_COST * longest)
    most = rows_at_once(batch_size, row_cost)
    with model.inference() as context:
        for rows in batches(sources.lengths, most, model.source_cost):
            batch = make_batch(sources, targets, rows, reverse=codec.reverse, start=codec.start)
            state = model.start(batch.source, context).take(batch.order)
            scored, _ = score(model, batch.inputs, batch.targets, batch.packing, state, context, hits=True)
            loss -= float(scored.log_probs.sum())
            right += int(scored.hits.sum())
    tokens = int(targets.lengths.sum())
    return TeacherForced(loss / tokens, perplexity(loss / tokens), right / tokens, tokens)


def references_of(pairs: Iterable[Pair], codec: AnswerCodec) -> dict[str, list[str]]:
    """Return all right answers of each source, as a model writes them (words joined by single blanks).

    Sources stand in the order of their first appearance.
    """
    return _targets_of((source, codec.target.join(codec.target.tokens(target))) for source, target in pairs)


def _targets_of(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return the distinct targets of each source."""
    targets: dict[str, dict[str, None]] = {}
    for source, target in pairs:
        targets.setdefault(source, {})[target] = None
    return {source: list(known) for source, known in targets.items()}


def measure(
    model: AnswerModel[State],
    codec: AnswerCodec,
    pairs: Sequence[Pair],
    *,
    max_length: int,
    options: AnswerOptions | None = None,
) -> tuple[AnsweredPairs, TeacherForced]:
    """Answer the sources of pairs free-running, and score their targets; see `evaluate`."""
    if not pairs:
        raise DataError("there are no pairs to measure the model on")
    pairs = [(normalise(source), normalise(target)) for source, target in pairs]
    encoded = codec.sources(source for source, _ in pairs)
    for number, ((source, _), length) in enumerate(zip(pairs, encoded.lengths.tolist(), strict=True), 1):
        if not source or not length:
            raise DataError(f"pair {number} has an empty source: there is nothing to answer")
    references = references_of(pairs, codec)
    options = options or AnswerOptions()
    answers = answer_texts(model, codec, list(references), max_length=max_length, options=options)
    forced = score_targets(model, codec, encoded, codec.targets(pairs), options.batch_size)
    answered = AnsweredPairs(
        sources=tuple(references),
        answers=tuple(answers),
        references=tuple(map(tuple, references.values())),
        targets=tuple(map(tuple, _targets_of(pairs).values())),
        symbols=codec.target.tokens,
    )
    return answered, forced


def evaluate(
    model: AnswerModel[State],
    codec: AnswerCodec,
    pairs: Sequence[Pair],
    *,
    max_length: int,
    options: AnswerOptions | None = None,
    errors: int = 0,
    metrics: Sequence[Metric] | None = None,
) -> Report:
    """Measure a model on pairs.

    Args:
        model: the model.
        codec: its codec.
        pairs: sources and targets; several right answers stand on several lines, and any counts.
        max_length: the most symbols of an answer, unless the options say so.
        options: how to answer; by default the most probable symbol at each step.
        errors: how many wrong answers to list.
        metrics: the figures of the answers, exact match and character error rate among them, which are the default.

    Raises:
        DataError: there are no pairs, or a source is empty.
    """
    metrics = metrics or choose_metrics(STRING)[0]
    answered, forced = measure(model, codec, pairs, max_length=max_length, options=options)
    statistics = [metric.statistics(answered) for metric in metrics]
    right = is_right(answered)
    wrong = [place for place, hit in enumerate(right) if not hit]
    return Report(
        rows=len(pairs),
        sources=len(answered.sources),
        figures=figures_of(metrics, statistics),
        free_running_unfinished=sum(not answer.finished for answer in answered.answers),
        teacher_forced_loss=forced.loss,
        teacher_forced_perplexity=forced.perplexity,
        teacher_forced_token_accuracy=forced.token_accuracy,
        by_length=_by_length(codec, answered, right, metrics[0], statistics[0]),
        mistakes=tuple(
            Mistake(answered.sources[place], answered.answers[place].text, answered.references[place])
            for place in wrong[:errors]
        ),
        mistakes_in_all=len(wrong),
        answered=answered,
    )


def _by_length(
    codec: AnswerCodec, answered: AnsweredPairs, right: Sequence[bool], metric: Metric, counts: Floats
) -> tuple[LengthGroup, ...]:
    """Return exact match and a metric, of which each source's counts are given, by the sources' lengths."""
    lengths, hits = np.array([len(codec.source_symbols(source)) for source in answered.sources]), np.array(right)
    groups = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        value = float(metric.scores(counts[rows].sum(axis=0)[None])[0])
        groups.append(LengthGroup(int(length), len(rows), float(hits[rows].mean()), value))
    return tuple(groups)
