"""How well a language model foretells a text: loss, perplexity, bits a character, the worst surprisals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Packing
from seq2seq_cli.data.batching import Ids
from seq2seq_cli.errors import UsageError
from seq2seq_cli.evaluation.metrics import perplexity
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.nn.loss import softmax_cross_entropy

WINDOW = 64
"""Steps run at once."""

Floats = npt.NDArray[np.float64]


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
        """The exponential of the loss."""
        return perplexity(self.loss)

    @property
    def bits(self) -> float:
        """Bits a symbol."""
        return self.loss / math.log(2)


def score_text(model: LanguageModel, ids: Ids, line_end: int, *, streams: int = 1, window: int = WINDOW) -> ScoredText:
    """Score every symbol of a text after all those before it, the state carried; none is left out.

    Args:
        model: the model.
        ids: (n,) the text.
        line_end: the id that stands before the text.
        streams: into how many pieces the text is cut to run beside each other; each piece but the first
            begins with an empty state, after the symbol before it. 1 is exact.
        window: steps run at once; changes nothing but the time.
    """
    before = np.concatenate(([line_end], ids[:-1]))
    cuts = np.linspace(0, len(ids), streams + 1).astype(np.int64)
    lengths = np.diff(cuts)
    order = np.argsort(-lengths, kind="stable")
    starts, lengths = cuts[:-1][order], lengths[order]
    backend, losses = model.backend, np.empty(len(ids))
    state = model.zeros(streams)
    for first in range(0, int(lengths[0]), window):
        left = lengths - first
        rows = int((left > 0).sum())
        if rows < len(state[0].h):
            kept = np.arange(rows)
            state = tuple(layer.take(kept, backend) for layer in state)
        packing = Packing(np.minimum(left[:rows], window))
        places = starts[packing.row_of] + first + packing.step_of
        context = model.inference()
        (logits, state), _ = model.forward(backend.to_device_ids(before[places]), packing, state, context)
        (_, scored), _ = softmax_cross_entropy(logits, backend.to_device_ids(ids[places]), context)
        losses[places] = backend.to_host(scored)
    return ScoredText(ids, losses)


@dataclass(frozen=True)
class Cache:
    """A cache of what was read lately (Grave, Joulin & Usunier 2017), mixed with the model at test time.

    A symbol that followed a state like the present one is the more probable. The cache's distribution is
    a softmax over ``sharpness * h · h_i`` of the last `size` states, each voting for the symbol after it.
    """

    size: int = 2000
    sharpness: float = 0.6
    share: float = 0.1
    """Of the cache in the mixture."""

    def __post_init__(self) -> None:
        if self.size < 1 or self.sharpness < 0 or not 0 <= self.share < 1:
            raise UsageError("a cache has a size of at least 1, a sharpness of at least 0 and a share below 1")


def score_with_cache(
    model: LanguageModel, ids: Ids, line_end: int, cache: Cache, *, window: int = WINDOW
) -> ScoredText:
    """Score every symbol of a text as `score_text` does, the model's distribution mixed with a cache's."""
    before = np.concatenate(([line_end], ids[:-1]))
    backend, losses = model.backend, np.empty(len(ids))
    state = model.zeros(1)
    past = np.zeros((0, model.config.hidden_size))
    for first in range(0, len(ids), window):
        targets = ids[first : first + window]
        context, count = model.inference(), len(targets)
        h, state = model.outputs(backend.to_device_ids(before[first : first + count]), Packing([count]), state, context)
        now = backend.to_host(h).astype(np.float64)
        scored = backend.to_host(backend.log_softmax(model.logits(h, context)))[np.arange(count), targets]
        kept = len(past)
        states = np.concatenate((past, now))  # state j was followed by the symbol first - kept + j
        votes = cache.sharpness * (now @ states.T)
        age = kept + np.arange(count)[:, None] - np.arange(len(states))[None, :]
        votes[(age < 1) | (age > cache.size)] = -np.inf
        some = np.isfinite(votes).any(axis=1)
        weights = np.zeros_like(votes)
        weights[some] = np.exp(votes[some] - votes[some].max(axis=1, keepdims=True))
        weights[some] /= weights[some].sum(axis=1, keepdims=True)
        followed = ids[first - kept : first + count][None, :] == targets[:, None]
        share = np.where(some, cache.share, 0.0)
        mixed = (1 - share) * np.exp(scored.astype(np.float64)) + share * (weights * followed).sum(axis=1)
        losses[first : first + count] = -np.log(mixed)
        past = states[-cache.size :]
    return ScoredText(ids, losses)


def score_as_book(model: LanguageModel, ids: Ids, *, batch_size: int = 10, steps: int = 35) -> ScoredText:
    """Score a text by the book's procedure (``common/util.py``, eval_perplexity): rows that start a tenth of
    the text apart, windows of 35 steps, the state carried, what does not fill a window dropped.

    Args:
        model: the model.
        ids: (n,) the text.
        batch_size: rows.
        steps: of a window.
    """
    backend, total = model.backend, len(ids)
    windows, jump = (total - 1) // (batch_size * steps), (total - 1) // batch_size
    offsets = np.arange(batch_size) * jump
    packing, state = Packing.even(batch_size, steps), model.zeros(batch_size)
    targets, losses = np.empty((windows, packing.total), dtype=np.int64), np.empty((windows, packing.total))
    for number in range(windows):
        places = (offsets[None, :] + number * steps + np.arange(steps)[:, None]).ravel()
        targets[number] = ids[(places + 1) % total]
        context = model.inference()
        (logits, state), _ = model.forward(backend.to_device_ids(ids[places % total]), packing, state, context)
        (_, scored), _ = softmax_cross_entropy(logits, backend.to_device_ids(targets[number]), context)
        losses[number] = backend.to_host(scored)
    return ScoredText(targets.ravel(), losses.ravel())
