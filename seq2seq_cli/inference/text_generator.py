"""A trained language model with all that it needs to write and to judge text: what `load` returns for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import Any

import numpy as np

from seq2seq_cli.backend import get_backend
from seq2seq_cli.data.batching import Ids, Sequences, length_sorted
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.evaluation.metrics import perplexity
from seq2seq_cli.evaluation.text import Cache, ScoredText, score_as_book, score_text, score_with_cache
from seq2seq_cli.inference.generation import write
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.text.detokenise import Detokeniser
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.text_codec import TextCodec

SKIPPED_OF_PTB = ("<unk>", "N", "$")
"""What the book never lets be drawn from a text in the Penn Treebank's form."""

SUGGESTIONS = 3
BEFORE = 8
"""Symbols shown before a surprise."""
SCORED_AT_ONCE = 64


@dataclass(frozen=True)
class Text:
    """A text that a model has written."""

    prompt: str
    text: str
    """The prompt and what follows it, set as people write."""
    symbols: tuple[str, ...]
    """What was written after the prompt."""
    log_probability: float
    """Natural logarithm, summed over the symbols written."""


@dataclass(frozen=True)
class Score:
    """How probable a line is."""

    log_probability: float
    """Natural logarithm, summed over the line's symbols and its end."""
    symbols: int
    """How many, the end included."""

    @property
    def perplexity(self) -> float:
        """The exponential of the mean loss."""
        return perplexity(-self.log_probability / self.symbols)


@dataclass(frozen=True)
class Surprisal:
    """A symbol of a text that the model held for improbable."""

    symbol: str
    before: str
    """What stands before it, as people write."""
    loss: float
    """Nats."""


class TextGenerator:
    """A language model that writes and judges text.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.
    """

    def __init__(self, file: ModelFile, *, device: str = "cpu", precision: str = "float32") -> None:
        self.file = file
        self.codec = TextCodec(file.target_vocabulary)
        self.model = build_language_model(file.config, get_backend(device, precision))
        self.model.parameters.assign(file.weights)

    @property
    def default_skip(self) -> tuple[str, ...]:
        """What is not drawn unless told otherwise: the unknown symbol; in the Penn Treebank's form also N and $."""
        symbols = SKIPPED_OF_PTB if self.file.text.get("form") == "ptb" else SKIPPED_OF_PTB[:1]
        return tuple(symbol for symbol in symbols if symbol in self.codec.ids)

    def prompt_ids(self, prompt: str, *, mark_unknown: bool = False) -> Ids:
        """Return what is read before writing: a line end, then the prompt.

        Args:
            prompt: the text.
            mark_unknown: read the unknown symbol for what is unknown, instead of raising.

        Raises:
            DataError: a symbol of the prompt is unknown; the message names the nearest known ones.
        """
        tokens = self.codec.tokens(normalise(prompt))
        if not mark_unknown:
            for token in tokens:
                if token not in self.codec.ids:
                    raise DataError(f"the model does not know {token!r}{self._nearest(token)}")
        return np.concatenate(([self.codec.line_end], self.codec.ids_of(tokens))).astype(np.int64)

    def _nearest(self, token: str) -> str:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        words = [symbol for symbol in self.codec.vocabulary.symbols if symbol.isprintable()]
        if self.codec.vocabulary.level == "char":
            return f"; it knows {' '.join(words)}"
        near = [
            word for word, _, _ in process.extract(token, words, scorer=OSA.normalized_similarity, limit=SUGGESTIONS)
        ]
        return f"; the nearest that it knows: {', '.join(near)}" if near else ""

    def _banned(self, skip: Sequence[str]) -> Ids | None:
        ids = self.codec.ids
        unknown = [symbol for symbol in skip if symbol not in ids]
        if unknown:
            raise DataError(f"--skip {unknown[0]}: the model does not know {unknown[0]!r}")
        if len(set(skip)) == len(ids):
            raise UsageError("every symbol is skipped, so there is nothing to draw")
        return np.array(sorted({ids[symbol] for symbol in skip})) if skip else None

    def stream(
        self,
        prompt: str = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: Sequence[str] | None = None,
        number: int = 0,
    ) -> Iterator[str]:
        """Return an iterator of the symbols that follow a prompt; arguments and errors as `generate`'s."""
        self._check_until(until)
        steps = self._steps([self.prompt_ids(prompt)], sampling, skip, [number], length)
        return takewhile(lambda symbol: symbol != until, (symbols[0] for symbols, _ in steps))

    def stream_text(self, prompt: str = "", **options: Any) -> Iterator[str]:
        """Return an iterator of the pieces of a text that begins with a prompt, set as people write.

        Args:
            prompt: the prompt.
            options: as `stream`'s.
        """
        symbols = self.stream(prompt, **options)
        typesetter = Detokeniser(self.codec.vocabulary.level)
        return map(typesetter.piece, chain(self.codec.tokens(normalise(prompt)), symbols))

    def generate(
        self,
        prompts: str | Sequence[str] = "",
        *,
        length: int = 100,
        until: str | None = None,
        sampling: Sampling | None = None,
        skip: Sequence[str] | None = None,
        samples: int = 1,
        first_number: int = 0,
        mark_unknown: bool = False,
    ) -> list[Text]:
        """Write texts after prompts, all in one batch.

        Args:
            prompts: one or more; each is read first, after a line end, the state empty before.
            length: symbols written after the prompt.
            until: a symbol that ends the text, and is not part of it.
            sampling: how to draw; None takes the most probable symbol.
            skip: symbols that are never drawn; by default `default_skip`. They are taken out of the
                distribution before one is drawn, so the model never reads one.
            samples: texts for each prompt.
            first_number: number of the first text, which with the seed fixes what is drawn.
            mark_unknown: read the unknown symbol for what a prompt has of unknown ones, instead of raising.

        Returns:
            For each prompt its texts.

        Raises:
            DataError: a symbol of a prompt, of `skip` or `until` is unknown.
        """
        given = [prompts] if isinstance(prompts, str) else prompts
        rows = [prompt for prompt in given for _ in range(samples)]
        if not rows:
            return []
        written: list[list[str]] = [[] for _ in rows]
        scores = np.zeros(len(rows))
        open_rows = np.ones(len(rows), dtype=bool)
        numbers = [first_number + row for row in range(len(rows))]
        self._check_until(until)
        encoded = [self.prompt_ids(prompt, mark_unknown=mark_unknown) for prompt in given]
        ids = [prompt for prompt in encoded for _ in range(samples)]
        for symbols, gained in self._steps(ids, sampling, skip, numbers, length):
            scores[open_rows] += gained[open_rows]
            open_rows &= np.array([symbol != until for symbol in symbols])
            for row in np.flatnonzero(open_rows).tolist():
                written[row].append(symbols[row])
            if not open_rows.any():
                break
        return [
            Text(prompt, self._set(prompt, symbols), tuple(symbols), float(score))
            for prompt, symbols, score in zip(rows, written, scores, strict=True)
        ]

    def _steps(
        self,
        prompts: Sequence[Ids],
        sampling: Sampling | None,
        skip: Sequence[str] | None,
        numbers: Sequence[int],
        length: int,
    ) -> Iterator[tuple[list[str], np.ndarray[tuple[int], np.dtype[np.float64]]]]:
        banned = self._banned(self.default_skip if skip is None else skip)
        names = self.codec.vocabulary.symbols
        steps = write(self.model, prompts, sampling=sampling, banned=banned, numbers=np.array(numbers))
        return (([names[i] for i in step.ids.tolist()], step.log_probabilities) for step in islice(steps, length))

    def _check_until(self, until: str | None) -> None:
        if until is not None and until not in self.codec.ids:
            raise DataError(f"--until {until}: the model does not know {until!r}")

    def _set(self, prompt: str, symbols: list[str]) -> str:
        typesetter = Detokeniser(self.codec.vocabulary.level)
        return typesetter.text(self.codec.tokens(normalise(prompt)) + symbols)

    def score(self, lines: Sequence[str]) -> list[Score]:
        """Score lines, each by itself, after a line end and up to its own."""
        codec = self.codec
        rows = [codec.encode_line(normalise(line)).tolist() for line in lines]
        inputs = Sequences([[codec.line_end, *row] for row in rows])
        targets = Sequences([[*row, codec.line_end] for row in rows])
        backend, totals = self.model.backend, np.zeros(len(rows))
        for some in length_sorted(targets.lengths, SCORED_AT_ONCE):
            ids, packing, order = inputs.pack(some)
            said, _, _ = targets.pack(some)
            context = self.model.inference()
            (logits, _), _ = self.model.forward(
                backend.to_device_ids(ids), packing, self.model.zeros(len(some)), context
            )
            (_, losses), _ = softmax_cross_entropy(logits, backend.to_device_ids(said), context)
            sums = np.bincount(packing.row_of, weights=backend.to_host(losses), minlength=len(some))
            totals[some[order]] = -sums
        return [Score(float(total), int(n)) for total, n in zip(totals, targets.lengths.tolist(), strict=True)]

    def evaluate(self, text: str, *, as_book: bool = False, streams: int = 1, cache: Cache | None = None) -> ScoredText:
        """Score a whole text, the state carried and no symbol left out; or by the book's procedure.

        Args:
            text: the text.
            as_book: by the book's procedure.
            streams: in so many pieces beside each other; 1 is exact.
            cache: mixed with the model.

        Raises:
            DataError: the text is empty, or for the book's procedure too short.
        """
        ids = self.codec.encode(normalise(text))
        if not len(ids):
            raise DataError("the text is empty: there is nothing to score")
        if cache is not None:
            return score_with_cache(self.model, ids, self.codec.line_end, cache)
        if not as_book:
            return score_text(self.model, ids, self.codec.line_end, streams=min(streams, len(ids)))
        scored = score_as_book(self.model, ids)
        if not len(scored.losses):
            raise DataError("the text is too short for the book's procedure, which drops what fills no window")
        return scored

    def surprisals(self, scored: ScoredText, most: int) -> list[Surprisal]:
        """Return the symbols of a scored text that had the largest losses, the largest first, one of each symbol."""
        ids, symbols = scored.ids, self.codec.vocabulary.symbols
        worst = np.argsort(-scored.losses, kind="stable")
        _, first = np.unique(ids[worst], return_index=True)  # each symbol's largest loss
        found = []
        for place in worst[np.sort(first)[:most]].tolist():
            before = self._set("", [symbols[i] for i in ids[max(0, place - BEFORE) : place]])
            found.append(Surprisal(symbols[ids[place]], before, float(scored.losses[place])))
        return found
