"""The evaluation of a language model on a part of a text: all figures of one run of ``s2s evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seq2seq_cli.config import EvaluationOptions
from seq2seq_cli.evaluation.metrics import finite
from seq2seq_cli.evaluation.text import Cache, ScoredText

if TYPE_CHECKING:
    from seq2seq_cli.inference.text_generator import Surprisal, TextGenerator


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
    """The symbols that were held for improbable, the worst first."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as builtins that JSON has: one that is not finite is None."""
        cache = self.cache and self.cached and {**vars(self.cache), **self.cached.as_dict()}
        return {
            "procedure": self.procedure,
            "streams": self.streams,
            **self.scored.as_dict(),
            "cache": cache,
            "surprisals": [{**vars(surprisal), "loss": finite(surprisal.loss)} for surprisal in self.surprisals],
        }


def evaluate_part(generator: TextGenerator, text: str, options: EvaluationOptions) -> TextReport:
    """Measure a language model on a part of a text.

    Raises:
        DataError: the text is empty, or for the book's procedure too short.
    """
    cache = None
    if options.cache is not None:
        cache = Cache(options.cache, options.cache_sharpness, options.cache_share)
    scored = generator.evaluate(text, as_book=options.as_book, streams=options.streams)
    return TextReport(
        procedure="book" if options.as_book else "whole text",
        streams=options.streams,
        level=generator.codec.vocabulary.level,
        scored=scored,
        cache=cache,
        cached=generator.evaluate(text, cache=cache) if cache is not None else None,
        surprisals=() if options.as_book else tuple(generator.surprisals(scored, options.errors)),
    )
