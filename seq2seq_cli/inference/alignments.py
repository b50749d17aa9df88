"""What each symbol of an answer attends to most in its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from seq2seq_cli.backend import Backend, Packing
from seq2seq_cli.inference.protocol import Batch, State, StepModel
from seq2seq_cli.inference.reading import GivenAnswers
from seq2seq_cli.models.windows import windows
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array, Ids


@dataclass(frozen=True)
class Alignment:
    """The symbols of a source and of an answer, and which go together."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    places: tuple[int | None, ...]
    """For each symbol of the answer the place in the source, from 0, that it attends to most; None for one that fills
    the row."""

    def pharaoh(self) -> str:
        """Return pairs of places in source and answer, as aligners write them: ``0-0 2-1``."""
        return " ".join(f"{place}-{number}" for number, place in enumerate(self.places) if place is not None)


def _packed_places(backend: Backend, weights: Sequence[Array], packing: Packing) -> list[Array]:
    """Return the places of the largest weights, packed: of a whole batch, or step by step."""
    if len(weights) > 1:
        return [of_step[:, 0].argmax(axis=1) for of_step in weights]
    rows, steps = backend.to_device_ids(packing.row_of), backend.to_device_ids(packing.step_of)
    return [weights[0].argmax(axis=2)[rows, steps]]


def attended_places(
    model: StepModel[Batch, State],
    state: State,
    start: int,
    answers: Sequence[tuple[int, Sequence[int]]],
    context: ForwardContext,
) -> list[Ids]:
    """Read answers and return where the model attends to most while it writes each of their symbols.

    A step of a search is a forward of length one, so this is what the search attended to. Reading the answers once
    more costs less than keeping the weights of every beginning of a beam.

    Args:
        model: one that attends.
        state: before the first step.
        start: what the first step reads.
        answers: rows of the state, and their symbols.
        context: of the call.

    Returns:
        For each answer the places (n,) in the source as the encoder reads it.
    """
    found = [np.zeros(0, dtype=np.int64)] * len(answers)
    some = [number for number, (_, ids) in enumerate(answers) if len(ids)]
    if not some:
        return found
    given = GivenAnswers.pack([answers[number][1] for number in some], [answers[number][0] for number in some], start)
    backend, packing, parts = model.backend, given.packing, list[Array]()
    left = state.take(given.rows)
    for part, window in windows(packing, left.symbol_cost):
        own = replace(context, attended=list[Array]())
        _, left = model.read(backend.to_device_ids(given.inputs[part]), window, left.first(window.rows), own)
        parts += _packed_places(backend, own.attended or [], window)
    packed = backend.to_host(backend.xp.concatenate(parts) if len(parts) > 1 else parts[0]).astype(np.int64)
    by_row = packed[np.argsort(packing.row_of, kind="stable")]
    for place, of_row in zip(given.order.tolist(), np.split(by_row, np.cumsum(packing.lengths)[:-1]), strict=True):
        found[some[place]] = of_row
    return found
