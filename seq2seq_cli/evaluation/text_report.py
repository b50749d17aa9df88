"""The evaluation of a language model on a part of a text: all figures of one run of ``s2s evaluate``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seq2seq_cli.evaluation.metrics import finite
from seq2seq_cli.evaluation.text import Cache, ScoredText
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.vocabulary import Vocabulary

BEFORE = 8
"""Symbols shown before one that surprised the model."""


@dataclass(frozen=True)
class Surprisal:
    """A symbol of a text to which the model assigned a low probability."""

    symbol: str
    before: str
    """What stands before it, as people write."""
    loss: float
    """Nats."""


@dataclass(frozen=True)
class TextReport:
    """How well a language model predicts a text."""

    procedure: str
    """``whole text``, or ``book``."""
    streams: int
    """Into how many pieces the text was cut, to run beside each other."""
    level: str
    """What a symbol is: char, word or subword."""
    scored: ScoredText
    cache: Cache | None
    cached: ScoredText | None
    """With the cache mixed in; reported apart."""
    surprisals: tuple[Surprisal, ...]
    """The symbols that were assigned the lowest probabilities, the worst first."""

    def as_dict(self) -> dict[str, object]:
        """Return the figures as builtins that JSON has: one that is not finite is None."""
        cache = self.cache and self.cached and {**vars(self.cache), **self.cached.as_dict()}
        return {
            "procedure": self.procedure,
            "streams": self.streams,
            **self.scored.as_dict(),
            "cache": cache,
            "surprisals": [{**vars(surprisal), "loss": finite(surprisal.loss)} for surprisal in self.surprisals],
        }


def surprisals_of(scored: ScoredText, vocabulary: Vocabulary, most: int) -> tuple[Surprisal, ...]:
    """Return the symbols of a scored text that had the largest losses, the largest first, one of each symbol."""
    ids, symbols = scored.ids, vocabulary.symbols
    worst = np.argsort(-scored.losses, kind="stable")
    _, first = np.unique(ids[worst], return_index=True)  # each symbol's largest loss
    found = []
    for place in worst[np.sort(first)[:most]].tolist():
        before = Detokeniser(vocabulary.level).text([symbols[i] for i in ids[max(0, place - BEFORE) : place]])
        found.append(Surprisal(symbols[ids[place]], before, float(scored.losses[place])))
    return tuple(found)
