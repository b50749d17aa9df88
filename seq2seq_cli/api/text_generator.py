"""A trained language model with all that it needs to write and to judge text: what `load` returns for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from seq2seq_cli.api.copies import Reduced, reduced
from seq2seq_cli.api.given import STREAM_IDS, checked, instance_of, lines_of, texts_of
from seq2seq_cli.api.written import Score, Text
from seq2seq_cli.backend import get_backend
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.inference.batches import INDEX_COST, ROWS, rows_at_once, runs
from seq2seq_cli.inference.prompts import Prompts
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.score import score_lines
from seq2seq_cli.inference.search import SearchOptions, collect, search
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Ids

if TYPE_CHECKING:
    from seq2seq_cli.config import EvaluationOptions
    from seq2seq_cli.evaluation.text import Cache, ScoredText
    from seq2seq_cli.evaluation.text_report import TextReport

__all__ = ["Score", "Text", "TextGenerator"]

SKIPPED_OF_PTB = ("<unk>", "N", "$")
"""What the book never lets be drawn from a text in the Penn Treebank's form."""


class TextGenerator:
    """A language model that writes and judges text. Several threads may use one at once.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32``, ``float64`` or ``bf16``.
    """

    def __init__(self, file: ModelFile, *, device: str = "cpu", precision: str = "float32") -> None:
        self.file = file
        self.codec = TextCodec(file.target_vocabulary)
        self.prompts = Prompts(self.codec)
        self.model = build_language_model(file.config, get_backend(device, precision))
        self.model.parameters.assign(file.weights)

    @property
    def default_skip(self) -> tuple[str, ...]:
        """What is not drawn unless told otherwise: the unknown symbol; in the Penn Treebank's form also N and $."""
        symbols = SKIPPED_OF_PTB if self.file.text.get("form") == "ptb" else SKIPPED_OF_PTB[:1]
        return tuple(symbol for symbol in symbols if symbol in self.codec.ids)

    def generate(
        self,
        prompts: str | Iterable[str] = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: str | Iterable[str] | None = None,
        samples: int = 1,
        first_stream_id: int = 0,
        mark_unknown: bool = False,
    ) -> list[Text]:
        """Write texts after prompts.

        Args:
            prompts: one or more; each is read first, after a line end, the state empty before.
            length: symbols written after the prompt.
            until: a symbol that ends the text, and is not part of it.
            sampling: how to draw; None takes the most probable symbol.
            skip: symbols that are never drawn, one or several; by default `default_skip`. They are taken out of the
                distribution before one is drawn, so the model never reads one.
            samples: texts for each prompt.
            first_stream_id: number of the first text, which with the seed fixes what is drawn.
            mark_unknown: read the unknown symbol for what a prompt has of unknown ones, instead of raising.

        Returns:
            For each prompt its texts.

        Raises:
            UsageError: an argument is of another type, or out of its range.
            DataError: a symbol of a prompt, of `skip` or `until` is unknown.

        Example:
            >>> seq2seq_cli.load_text_generator("count.pkl").generate("three four", length=2)[0].text
            'three four five six'
        """
        return list(
            self.iterate(
                prompts,
                length=length,
                until=until,
                sampling=sampling,
                skip=skip,
                samples=samples,
                first_stream_id=first_stream_id,
                mark_unknown=mark_unknown,
            )
        )

    def iterate(
        self,
        prompts: str | Iterable[str] = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: str | Iterable[str] | None = None,
        samples: int = 1,
        first_stream_id: int = 0,
        mark_unknown: bool = False,
    ) -> Iterator[Text]:
        """Return an iterator of texts, which come batch by batch; arguments and errors as `generate`'s."""
        options = self._options(length, until, sampling, skip)
        given = texts_of(prompts, "prompts")
        samples = checked("samples", int, samples, low=1, high=1 << 31)
        first_stream_id = checked("first_stream_id", int, first_stream_id, **STREAM_IDS)
        encoded = [self.prompts.encode(prompt, mark_unknown=mark_unknown) for prompt in given]
        return self._texts(given, encoded, options, samples, first_stream_id)

    def stream(
        self,
        prompt: str = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: str | Iterable[str] | None = None,
        stream_id: int = 0,
        mark_unknown: bool = False,
    ) -> Iterator[str]:
        """Return an iterator of the symbols that follow a prompt; arguments and errors as `generate`'s."""
        options = self._options(length, until, sampling, skip)
        stream_id = checked("stream_id", int, stream_id, **STREAM_IDS)
        ids = self.prompts.encode(checked("prompt", str, prompt), mark_unknown=mark_unknown)
        return self._symbols(ids, options, stream_id)

    def stream_text(
        self,
        prompt: str = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: str | Iterable[str] | None = None,
        stream_id: int = 0,
        mark_unknown: bool = False,
    ) -> Iterator[str]:
        """Return an iterator of the pieces of a text that begins with a prompt, set as people write; arguments and
        errors as `generate`'s."""
        symbols = self.stream(
            prompt,
            length=length,
            until=until,
            sampling=sampling,
            skip=skip,
            stream_id=stream_id,
            mark_unknown=mark_unknown,
        )
        detokeniser = Detokeniser(self.codec.vocabulary.level)
        return map(detokeniser.piece, chain(self.codec.tokens(normalise(prompt)), symbols))

    def _options(
        self, length: int, until: str | None, sampling: Sampling | None, skip: str | Iterable[str] | None
    ) -> SearchOptions:
        length = checked("length", int, length, low=0, high=1 << 31)
        if sampling is not None:
            instance_of(Sampling, sampling, "sampling")
        skipped = self.default_skip if skip is None else texts_of(skip, "skip")
        banned = {self.prompts.known_id(symbol, "skip") for symbol in skipped}
        if len(banned) == len(self.codec.ids):
            raise UsageError("every symbol is skipped, so there is nothing to draw")
        end = None if until is None else self.prompts.known_id(checked("until", str, until), "until")
        return SearchOptions(length, end, tuple(sorted(banned)), sampling)

    def _texts(
        self, prompts: Sequence[str], encoded: Sequence[Ids], options: SearchOptions, samples: int, first_stream_id: int
    ) -> Iterator[Text]:
        """Write texts: prompts are read once, in groups, and each group's samples in batches."""
        model, symbols = self.model, self.codec.vocabulary.symbols
        most = rows_at_once(ROWS, max(model.symbol_cost, INDEX_COST * options.max_length))
        lengths = np.array([len(ids) for ids in encoded], dtype=np.int64)
        with model.inference() as context:
            for group in runs(lengths, most, INDEX_COST):
                read = model.start([ids[:-1] for ids in encoded[group]], context)
                last = np.array([ids[-1] for ids in encoded[group]])
                total = read.rows * samples
                for first in range(0, total, most):
                    numbers = np.arange(first, min(first + most, total))
                    of = numbers // samples
                    stream_ids = first_stream_id + group.start * samples + numbers
                    steps = search(model, read.take(of), last[of], options, context, stream_ids)
                    found = collect(steps, len(of), options.end)
                    for place, ids, score in zip(of.tolist(), found.ids, found.log_probs.tolist(), strict=True):
                        prompt, written = prompts[group.start + place], [symbols[i] for i in ids]
                        yield Text(prompt, self._set(prompt, written), tuple(written), score)

    def _symbols(self, ids: Ids, options: SearchOptions, stream_id: int) -> Iterator[str]:
        model, symbols = self.model, self.codec.vocabulary.symbols
        with model.inference() as context:
            state = model.start([ids[:-1]], context)
            for step in search(model, state, ids[-1:], options, context, np.array([stream_id])):
                if step.ids[0] != options.end:
                    yield symbols[step.ids[0]]

    def _set(self, prompt: str, symbols: list[str]) -> str:
        detokeniser = Detokeniser(self.codec.vocabulary.level)
        return detokeniser.text(self.codec.tokens(normalise(prompt)) + symbols)

    def score(self, lines: str | Iterable[str]) -> list[Score]:
        """Score lines, one or several, each by itself, after a line end and up to its own.

        Raises:
            UsageError: they are no texts.
            DataError: one has a line end within.
        """
        encoded = [self.codec.encode_line(normalise(line)) for line in lines_of(lines, "lines")]
        totals = score_lines(self.model, encoded, self.codec.line_end)
        return [Score(total, len(ids) + 1) for total, ids in zip(totals.tolist(), encoded, strict=True)]

    def evaluate(self, text: str, *, as_book: bool = False, streams: int = 1, cache: Cache | None = None) -> ScoredText:
        """Score a whole text, the state carried and no symbol left out; or by the book's procedure.

        Args:
            text: the text.
            as_book: by the book's procedure.
            streams: in so many pieces beside each other; 1 is exact.
            cache: mixed with the model.

        Raises:
            UsageError: an argument is of another type, or out of its range, or has no effect with another.
            DataError: the text is empty, or for the book's procedure too short.
        """
        from seq2seq_cli.evaluation.text import Cache, score_as_book, score_text, score_with_cache

        streams = checked("streams", int, streams, low=1)
        if cache is not None and (as_book or streams > 1):
            raise UsageError(
                f"`{'as_book' if as_book else 'streams'}` has no effect with `cache`: leave out one of them"
            )
        if as_book and streams > 1:
            raise UsageError("`streams` has no effect with `as_book`: leave out one of them")
        ids = self.codec.encode(normalise(checked("text", str, text)))
        if not len(ids):
            raise DataError("the text is empty: there is nothing to score")
        if cache is not None:
            return score_with_cache(self.model, ids, self.codec.line_end, instance_of(Cache, cache, "cache"))
        if as_book:
            return score_as_book(self.model, ids)
        return score_text(self.model, ids, self.codec.line_end, streams=min(streams, len(ids)))

    def unknown_in(self, text: str, part: str) -> list[str]:
        """Say in a sentence, if at all, which symbols of a part the model does not know."""
        from seq2seq_cli.text.unknowns import unknown_in_text

        return unknown_in_text(self.codec, text, part)

    def report(self, text: str, options: EvaluationOptions) -> TextReport:
        """Measure the model on a part of a text, as ``s2s evaluate`` does; errors as `evaluate`'s."""
        from seq2seq_cli.evaluation.text import Cache
        from seq2seq_cli.evaluation.text_report import TextReport, surprisals_of

        cache = None
        if options.cache is not None:
            cache = Cache(options.cache, options.cache_sharpness, options.cache_share)
        scored = self.evaluate(text, as_book=options.as_book, streams=options.streams)
        return TextReport(
            procedure="book" if options.as_book else "whole text",
            streams=options.streams,
            level=self.codec.vocabulary.level,
            scored=scored,
            cache=cache,
            cached=self.evaluate(text, cache=cache) if cache is not None else None,
            surprisals=() if options.as_book else surprisals_of(scored, self.codec.vocabulary, options.errors),
        )

    def __reduce__(self) -> Reduced:
        """Say how a copy is made; see `copies`."""
        return reduced(self)
