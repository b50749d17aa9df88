"""Writing text with a language model: prompts are read, then a symbol a step is drawn and read in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.inference.sampling import Floats, Ids, RowDraws, Sampling, draw
from seq2seq_cli.models.language_model import LanguageModel


@dataclass(frozen=True)
class GenerationStep:
    """One step of all rows."""

    ids: Ids
    """(N,) the symbols chosen."""
    log_probabilities: Floats
    """(N,) of each in the model's own distribution."""


def write(
    model: LanguageModel,
    prompts: Sequence[Ids],
    *,
    sampling: Sampling | None,
    banned: Ids | None = None,
    numbers: Ids | None = None,
) -> Iterator[GenerationStep]:
    """Go on after prompts, for as long as the caller asks.

    Args:
        model: the model.
        prompts: what is read first, at least one symbol each; the state is empty before it.
        sampling: how to draw; None takes the most probable symbol.
        banned: ids that are never chosen.
        numbers: (N,) the rows' numbers, which with the seed fix their random streams; by default 0 to N - 1.
    """
    backend, N = model.backend, len(prompts)
    lengths = np.array([len(prompt) for prompt in prompts])
    order = np.argsort(-lengths, kind="stable")
    place = np.argsort(order, kind="stable")
    packing = Packing(lengths[order])
    flat = np.concatenate([prompts[row] for row in order])
    firsts = np.cumsum(lengths[order]) - lengths[order]
    ids = flat[firsts[packing.row_of] + packing.step_of]
    last = packing.starts[packing.lengths - 1] + np.arange(N)  # the packed row of each prompt's last symbol
    draws = RowDraws(sampling.seed, np.arange(N) if numbers is None else numbers) if sampling else None

    (logits, state), _ = model.forward(backend.to_device_ids(ids), packing, model.zeros(N), model.inference())
    logits = backend.take(logits, last[place])
    state = tuple(layer.take(place, backend) for layer in state)
    step = Packing.even(N, 1)
    while True:
        log_probabilities = backend.to_host(backend.log_softmax(logits)).astype(np.float64)
        if sampling is None:
            allowed = log_probabilities.copy()
            if banned is not None:
                allowed[:, banned] = -np.inf
            chosen: Ids = allowed.argmax(axis=1)
        else:
            assert draws is not None
            chosen = draw(sampling.distribution(log_probabilities, banned), draws.next())
        yield GenerationStep(chosen, log_probabilities[np.arange(N), chosen])
        (logits, state), _ = model.forward(backend.to_device_ids(chosen), step, state, model.inference())
