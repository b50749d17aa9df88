"""The one scorer: how probable given symbols are, each after the right ones before it, in windows of bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.inference.batches import INDEX_COST, ROWS, SHORTEST_WINDOW, batches, rows_at_once
from seq2seq_cli.inference.protocol import Batch, State, StepModel
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.windows import windows
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.types import Array, Floats, Ids, Mask


@dataclass(frozen=True)
class Scored:
    """Given symbols and what the model makes of them, packed as they were given."""

    log_probs: Floats
    """(R,) of each symbol, natural logarithms."""
    hits: Mask
    """(R,) whether it is the most probable one; empty if not asked for."""


def score(
    model: StepModel[Batch, State],
    inputs: Ids,
    targets: Ids,
    packing: Packing,
    state: State,
    context: ForwardContext,
    *,
    hits: bool = False,
) -> tuple[Scored, State]:
    """Score given symbols (teacher forcing).

    Args:
        model: the model.
        inputs: (R,) what it reads, packed.
        targets: (R,) what comes next.
        packing: of both.
        state: before the first step, one row for each of the packing's.
        context: of the call.
        hits: also compare with the most probable symbol.

    Returns:
        (the scores, the state after the last step, of the rows that reach the last window).
    """
    backend, losses, right = model.backend, list[Array](), list[Array]()
    for places, window in windows(packing, state.symbol_cost):
        gold = backend.to_device_ids(targets[places])
        logits, state = model.read(backend.to_device_ids(inputs[places]), window, state.first(window.rows), context)
        if hits:
            right.append(logits.argmax(axis=1) == gold)
        losses.append(backend.softmax_cross_entropy(logits, gold, gradient=False))
    xp = backend.xp
    found = backend.to_host(xp.concatenate(losses) if len(losses) > 1 else losses[0]).astype(np.float64)
    matched = backend.to_host(xp.concatenate(right)) if right else np.zeros(0, dtype=bool)
    return Scored(-found, matched), state


def score_lines(model: LanguageModel, lines: Sequence[Ids], line_end: int) -> Floats:
    """Return the log-probability of each line, after a line end and up to its own, (n,).

    Args:
        model: the model.
        lines: the ids of each line, without its end.
        line_end: the id of the line end.
    """
    targets = Sequences([[*line.tolist(), line_end] for line in lines])
    inputs = Sequences([[line_end, *line.tolist()] for line in lines])
    totals = np.zeros(len(lines))
    longest = int(targets.lengths.max(initial=1))
    most = rows_at_once(ROWS, model.symbol_cost * min(SHORTEST_WINDOW, longest))
    with model.inference() as context:
        for rows in batches(targets.lengths, most, INDEX_COST):
            ids, packing, order = inputs.pack(rows)
            gold, _, _ = targets.pack(rows)
            scored, _ = score(model, ids, gold, packing, model.empty(len(rows)), context)
            totals[rows[order]] = np.bincount(packing.row_of, weights=scored.log_probs, minlength=len(rows))
    return totals
