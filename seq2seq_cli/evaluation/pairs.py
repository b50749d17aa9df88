"""Evaluation of a model on pairs: free-running and teacher-forced figures, under different names.

Free-running figures come from answers that the model wrote by itself, never seeing a target or its
length. Teacher-forced figures score the given targets, each symbol after the right ones before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from seq2seq_cli.data.batching import make_batch
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.metrics import character_edits, finite, perplexity, wilson_interval
from seq2seq_cli.inference.answers import Answer, answer_texts
from seq2seq_cli.inference.batches import INDEX_COST, ROWS, SHORTEST_WINDOW, batches, rows_at_once
from seq2seq_cli.inference.score import score
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.types import Pair


@dataclass(frozen=True)
class TeacherForced:
    """Teacher-forced figures."""

    loss: float
    """Nats a symbol, an end symbol included."""
    perplexity: float
    token_accuracy: float
    tokens: int


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    source: str
    answer: str
    right: tuple[str, ...]


@dataclass(frozen=True)
class LengthGroup:
    """Exact match among sources of one length, in the source's tokens."""

    length: int
    rows: int
    exact_match: float


@dataclass(frozen=True)
class Report:
    """All figures of one evaluation. Rates are from 0 to 1."""

    rows: int
    """How many pairs were scored; for free-running figures each distinct source counts once."""
    sources: int
    free_running_exact_match: float
    free_running_exact_match_low: float
    free_running_exact_match_high: float
    free_running_character_error_rate: float
    free_running_unfinished: int
    """Answers that were cut at the longest length allowed."""
    teacher_forced_loss: float
    teacher_forced_perplexity: float
    teacher_forced_token_accuracy: float
    by_length: tuple[LengthGroup, ...]
    """Empty, and left out of `as_dict`, where it was not asked for."""
    mistakes: tuple[Mistake, ...]
    mistakes_in_all: int

    def as_dict(self) -> dict[str, object]:
        """Return the figures as builtins that JSON has: a figure that is not finite (the perplexity of a model that
        holds the right symbols for impossible) is None."""
        values = {name: value for name, value in asdict(self).items() if name != "by_length" or value}
        return {name: finite(value) if isinstance(value, float) else value for name, value in values.items()}


def score_targets(
    model: Seq2Seq, codec: PairCodec, sources: Sequences, targets: Sequences, batch_size: int = ROWS
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


def references_of(pairs: Sequence[Pair], codec: PairCodec) -> dict[str, list[str]]:
    """Return all right answers of each source, as a model writes them (words joined by single blanks).

    Sources stand in the order of their first appearance.
    """
    references: dict[str, list[str]] = {}
    for source, target in pairs:
        known = references.setdefault(source, [])
        target = codec.target.join(codec.target.tokens(target))
        if target not in known:
            known.append(target)
    return references


def evaluate(
    model: Seq2Seq,
    codec: PairCodec,
    pairs: Sequence[Pair],
    *,
    max_length: int,
    batch_size: int = ROWS,
    errors: int = 0,
) -> Report:
    """Measure a model on pairs.

    Args:
        model: the model.
        codec: its codec.
        pairs: sources and targets; several right answers stand on several lines, and any counts.
        max_length: the most symbols of an answer.
        batch_size: the most rows that run at once; long ones are fewer.
        errors: how many wrong answers to list.

    Raises:
        DataError: there are no pairs, or a source is empty.
    """
    if not pairs:
        raise DataError("there are no pairs to measure the model on")
    pairs = [(normalise(source), normalise(target)) for source, target in pairs]
    encoded = codec.sources(source for source, _ in pairs)
    for number, ((source, _), length) in enumerate(zip(pairs, encoded.lengths.tolist(), strict=True), 1):
        if not source or not length:
            raise DataError(f"pair {number} has an empty source: there is nothing to answer")
    references = references_of(pairs, codec)
    answers = answer_texts(model, codec, list(references), max_length=max_length, batch_size=batch_size)
    forced = score_targets(model, codec, encoded, codec.targets(target for _, target in pairs), batch_size)
    return _report(codec, references, answers, forced, rows=len(pairs), errors=errors)


def _report(
    codec: PairCodec,
    references: Mapping[str, Sequence[str]],
    answers: Sequence[Answer],
    forced: TeacherForced,
    *,
    rows: int,
    errors: int,
) -> Report:
    """Put all figures together; each distinct source has one answer."""
    mistakes: list[Mistake] = []
    edits = characters = 0
    lengths: dict[int, list[bool]] = {}
    for (source, accepted), answer in zip(references.items(), answers, strict=True):
        predicted = answer.text
        right = predicted in accepted
        if right:
            characters += len(predicted)
        else:
            wrong, length = character_edits(predicted, accepted)
            edits, characters = edits + wrong, characters + length
            mistakes.append(Mistake(source, predicted, tuple(accepted)))
        lengths.setdefault(len(codec.source.tokens(source)), []).append(right)
    sources = len(references)
    low, high = wilson_interval(sources - len(mistakes), sources)
    return Report(
        rows=rows,
        sources=sources,
        free_running_exact_match=(sources - len(mistakes)) / sources,
        free_running_exact_match_low=low,
        free_running_exact_match_high=high,
        free_running_character_error_rate=edits / max(characters, 1),
        free_running_unfinished=sum(not answer.finished for answer in answers),
        teacher_forced_loss=forced.loss,
        teacher_forced_perplexity=forced.perplexity,
        teacher_forced_token_accuracy=forced.token_accuracy,
        by_length=tuple(LengthGroup(n, len(right), sum(right) / len(right)) for n, right in sorted(lengths.items())),
        mistakes=tuple(mistakes[:errors]),
        mistakes_in_all=len(mistakes),
    )
