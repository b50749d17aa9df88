"""Evaluation of a model on pairs: free-running and teacher-forced figures, under different names.

Free-running figures come from answers that the model wrote by itself, never seeing a target or its
length. Teacher-forced figures score the given targets, each symbol after the right ones before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seq2seq_cli.data.batching import Sequences, length_sorted, make_batch
from seq2seq_cli.evaluation.metrics import character_edits, perplexity, wilson_interval
from seq2seq_cli.inference.decoding import decode
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.text.pair_codec import PairCodec

Pair = tuple[str, str]

BATCH_SIZE = 512


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
    mistakes: tuple[Mistake, ...]
    mistakes_in_all: int

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as builtins."""
        return asdict(self)


def score_targets(
    model: Seq2Seq, codec: PairCodec, sources: Sequences, targets: Sequences, batch_size: int = BATCH_SIZE
) -> TeacherForced:
    """Score given targets, each symbol after the right ones before it."""
    backend, loss, right = model.backend, 0.0, 0
    for rows in length_sorted(sources.lengths, batch_size):
        batch = make_batch(sources, targets, rows, reverse=codec.reverse, start=codec.start)
        context = model.inference()
        logits, _ = model.forward(batch, backend.to_device_ids(batch.inputs), context)
        gold = backend.to_device_ids(batch.targets)
        right += int(backend.to_host((logits.argmax(axis=1) == gold).sum()))
        (_, losses), _ = softmax_cross_entropy(logits, gold, context)
        loss += float(backend.to_host(losses.sum(dtype=np.float64)))
    tokens = int(targets.lengths.sum())
    return TeacherForced(loss / tokens, perplexity(loss / tokens), right / tokens, tokens)


def answer(
    model: Seq2Seq,
    codec: PairCodec,
    texts: Sequence[str],
    *,
    max_length: int,
    batch_size: int = BATCH_SIZE,
    sampling: Sampling | None = None,
    first_number: int = 0,
) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]], int]:
    """Write an answer for each source; an empty source has an empty answer.

    Args:
        model: the model.
        codec: its codec.
        texts: sources.
        max_length: the most symbols of an answer.
        batch_size: how many rows run at once.
        sampling: how to draw; None is greedy.
        first_number: the number of the first row, which fixes the rows' random streams.

    Returns:
        (answers, their log-probabilities, how many were cut at `max_length`).
    """
    answers, scores, unfinished = [""] * len(texts), np.zeros(len(texts)), 0
    encoded = [(number, ids) for number, text in enumerate(texts) if (ids := codec.encode_source(text))]
    sources = Sequences([ids for _, ids in encoded])
    numbers = np.array([number for number, _ in encoded], dtype=np.int64)
    length = codec.target_width or max_length
    for rows in length_sorted(sources.lengths, batch_size):
        decoded = decode(
            model,
            codec.pack(sources, rows),
            start=codec.start,
            end=codec.target.end,
            max_length=length,
            sampling=sampling,
            numbers=numbers[rows] + first_number,
        )
        for row, ids in zip(numbers[rows].tolist(), decoded.ids, strict=True):
            answers[row] = codec.decode(ids)
        scores[numbers[rows]] = decoded.log_probabilities
        unfinished += int((~decoded.finished).sum())
    return answers, scores, unfinished


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
    batch_size: int = BATCH_SIZE,
    errors: int = 0,
) -> Report:
    """Measure a model on pairs.

    Args:
        model: the model.
        codec: its codec.
        pairs: sources and targets; several right answers stand on several lines, and any counts.
        max_length: the most symbols of an answer.
        batch_size: how many rows run at once.
        errors: how many wrong answers to list.
    """
    references = references_of(pairs, codec)
    sources = list(references)
    answers, _, unfinished = answer(model, codec, sources, max_length=max_length, batch_size=batch_size)
    mistakes: list[Mistake] = []
    edits = characters = 0
    lengths: dict[int, list[bool]] = {}
    for source, said in zip(sources, answers, strict=True):
        accepted = references[source]
        right = said in accepted
        if right:
            characters += len(said)
        else:
            wrong, length = character_edits(said, accepted)
            edits, characters = edits + wrong, characters + length
            mistakes.append(Mistake(source, said, tuple(accepted)))
        lengths.setdefault(len(codec.source.tokens(source)), []).append(right)
    low, high = wilson_interval(len(sources) - len(mistakes), len(sources))
    forced = score_targets(
        model, codec, codec.sources(s for s, _ in pairs), codec.targets(t for _, t in pairs), batch_size
    )
    return Report(
        rows=len(pairs),
        sources=len(sources),
        free_running_exact_match=(len(sources) - len(mistakes)) / len(sources),
        free_running_exact_match_low=low,
        free_running_exact_match_high=high,
        free_running_character_error_rate=edits / max(characters, 1),
        free_running_unfinished=unfinished,
        teacher_forced_loss=forced.loss,
        teacher_forced_perplexity=forced.perplexity,
        teacher_forced_token_accuracy=forced.token_accuracy,
        by_length=_by_length(lengths),
        mistakes=tuple(mistakes[:errors]),
        mistakes_in_all=len(mistakes),
    )


def _by_length(lengths: Mapping[int, Sequence[bool]]) -> tuple[LengthGroup, ...]:
    return tuple(LengthGroup(length, len(right), sum(right) / len(right)) for length, right in sorted(lengths.items()))
