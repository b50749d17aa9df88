"""How well a language model predicts a text: loss, perplexity, bits a symbol; with a cache; by the book's procedure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.config import Checked
from seq2seq_cli.config.fields import option
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.metrics import finite, perplexity
from seq2seq_cli.inference.batches import rows_at_once
from seq2seq_cli.inference.score import score
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Floats, Ids, Mask

WINDOW = 64
"""Steps run at once: what is prepared for a window costs little beside so many, and more are no faster."""


@dataclass(frozen=True)
class ScoredText:
    """The loss of a text, symbol by symbol."""

    ids: Ids
    """(n,) the symbols."""
    losses: Floats
    """(n,) nats, of each after those before it."""

    @property
    def loss(self) -> float:
        """Nats a symbol."""
        return float(self.losses.mean())

    @property
    def perplexity(self) -> float:
        """The exponential of the loss; infinity where that is no float."""
        return perplexity(self.loss)

    @property
    def bits(self) -> float:
        """Bits a symbol."""
        return self.loss / math.log(2)

    def as_dict(self) -> dict[str, int | float | None]:
        """Return the figures as builtins that JSON has: one that is not finite is None."""
        figures = {name: finite(getattr(self, name)) for name in ("loss", "perplexity", "bits")}
        return {"symbols": len(self.losses), **figures}


def score_text(model: LanguageModel, ids: Ids, line_end: int, *, streams: int = 1, window: int = WINDOW) -> ScoredText:
    """Score every symbol of a text after all those before it, the state carried; none is left out.

    Args:
        model: the model.
        ids: (n,) the text.
        line_end: the id that stands before the text.
        streams: into how many pieces the text is cut to run beside each other; each piece but the first
            begins with an empty state, after the symbol before it. 1 is exact.
        window: the most steps that run at once; changes nothing but the time.
    """
    before = np.concatenate(([line_end], ids[:-1]))
    cuts = np.linspace(0, len(ids), streams + 1).astype(np.int64)
    together = rows_at_once(streams, model.symbol_cost)
    losses = np.empty(len(ids))
    with model.inference() as context:
        for first in range(0, streams, together):
            edges = cuts[first : first + together + 1]
            _score_streams(model, before, ids, edges, window, losses, context)
    return ScoredText(ids, losses)


def _score_streams(
    model: LanguageModel,
    before: Ids,
    ids: Ids,
    edges: Ids,
    window: int,
    losses: Floats,
    context: ForwardContext,
) -> None:
    """Score the pieces between `edges`, which run beside each other, and write their losses."""
    lengths = np.diff(edges)
    order = np.argsort(-lengths, kind="stable")
    starts, lengths = edges[:-1][order], lengths[order]
    state = model.empty(len(lengths))
    for first in range(0, int(lengths[0]), window):
        left = lengths[lengths > first] - first
        packing = Packing(np.minimum(left, window))
        places = starts[packing.row_of] + first + packing.step_of
        scored, state = score(model, before[places], ids[places], packing, state.first(len(left)), context)
        losses[places] = -scored.log_probs


@dataclass(frozen=True)
class Cache(Checked):
    """A cache of what was read lately (Grave, Joulin & Usunier 2017), mixed with the model at test time.

    A symbol that followed a state like the present one is the more probable. The cache's distribution is
    a softmax over ``sharpness * h · h_i`` of the last `size` states, each voting for the symbol after it.
    """

    size: int = option(2000, low=1)
    sharpness: float = option(0.6, low=0)
    share: float = option(0.1, low=0, high=0.999)
    """Of the cache in the mixture."""


def score_with_cache(
    model: LanguageModel, ids: Ids, line_end: int, cache: Cache, *, window: int = WINDOW
) -> ScoredText:
    """Score every symbol of a text as `score_text` does, the model's distribution mixed with a cache's."""
    before = np.concatenate(([line_end], ids[:-1]))
    state, losses = model.empty(1), np.empty(len(ids))
    past = np.zeros((0, model.config.hidden_size))
    # No longer than one pass reads at once: of a longer one the state would keep the last outputs alone.
    window = rows_at_once(window, max(model.symbol_cost, cache.size))
    with model.inference() as context:
        for first in range(0, len(ids), window):
            targets = ids[first : first + window]
            packing = Packing([len(targets)])
            scored, state = score(model, before[first : first + window], targets, packing, state, context)
            now = model.backend.to_host(state.outputs).astype(np.float64)
            states = np.concatenate((past, now))  # state j was followed by the symbol first - len(past) + j
            followed = ids[first - len(past) : first + len(targets)]
            votes, some = _votes(cache, now, states, followed, targets)
            share = np.where(some, cache.share, 0.0)
            with np.errstate(divide="ignore"):  # the logarithm of no vote is minus infinity
                mixed = np.logaddexp(np.log1p(-share) + scored.log_probs, np.log(share * votes))
            losses[first : first + window] = -mixed
            past = states[-cache.size :]
    return ScoredText(ids, losses)


def _votes(cache: Cache, now: Floats, states: Floats, followed: Ids, targets: Ids) -> tuple[Floats, Mask]:
    """Return the cache's probability of each target (n,), and whether the cache had anything to say (n,).

    Args:
        cache: the cache.
        now: (n, H) the states of a window.
        states: (m, H) those before it and these, in order.
        followed: (m,) the symbol that came after each of `states`.
        targets: (n,) the symbols to be scored.
    """
    count, kept = len(now), len(states) - len(now)
    votes = cache.sharpness * (now @ states.T)
    age = kept + np.arange(count)[:, None] - np.arange(len(states))[None, :]
    votes[(age < 1) | (age > cache.size)] = -np.inf
    some = np.isfinite(votes).any(axis=1)
    weights = np.zeros_like(votes)
    weights[some] = np.exp(votes[some] - votes[some].max(axis=1, keepdims=True))
    weights[some] /= weights[some].sum(axis=1, keepdims=True)
    return (weights * (followed[None, :] == targets[:, None])).sum(axis=1), some


def score_as_book(model: LanguageModel, ids: Ids, *, batch_size: int = 10, bptt: int = 35) -> ScoredText:
    """Score a text by the book's procedure (``common/util.py``, eval_perplexity): rows that start a tenth of
    the text apart, windows of 35 steps, the state carried, what does not fill a window dropped.

    Args:
        model: the model.
        ids: (n,) the text.
        batch_size: rows.
        bptt: steps of a window.

    Raises:
        DataError: the text does not fill one window.
    """
    total = len(ids)
    windows, jump = (total - 1) // (batch_size * bptt), (total - 1) // batch_size
    if not windows:
        raise DataError("the text is too short for the book's procedure, which drops what fills no window")
    offsets, packing, state = np.arange(batch_size) * jump, Packing.even(batch_size, bptt), model.empty(batch_size)
    targets, losses = np.empty((windows, packing.total), dtype=np.int64), np.empty((windows, packing.total))
    with model.inference() as context:
        for number in range(windows):
            places = (offsets[None, :] + number * bptt + np.arange(bptt)[:, None]).ravel()
            targets[number] = ids[(places + 1) % total]
            scored, state = score(model, ids[places % total], targets[number], packing, state, context)
            losses[number] = -scored.log_probs
    return ScoredText(targets.ravel(), losses.ravel())
