"""Between text and ids, in the way one model was trained: the only place that knows both paddings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.nearest import unknown_named
from seq2seq_cli.text.protect import Protection, Spans, shown
from seq2seq_cli.text.sequences import Sequences, Sources
from seq2seq_cli.text.tokens import text_tokens
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.types import Ids, Pair


class AnswerCodec(ABC):
    """What training, search and evaluation ask of a codec, whatever its sources are."""

    target: Vocabulary
    reverse: bool
    """Whether the model reads its sources backwards."""
    source_width: int
    """Symbols of every source, with ``padding="symbol"``; else 0."""
    target_width: int
    """Symbols of every target, with ``padding="symbol"``; else 0."""

    def check(self) -> None:
        """Raise at once, and not at the first text, if the target's subword model can't be used."""
        self.target.tokens("")

    @abstractmethod
    def sources(self, texts: Iterable[str]) -> Sources:
        """Return what the encoder reads of many sources."""

    @abstractmethod
    def source_symbols(self, text: str) -> list[str]:
        """Return names of what attention looks at in a source, in its order."""

    def unknown_symbols(self, source: str, target: str) -> list[str]:
        """Return the symbols of a row that the model does not know."""
        return self.target.unknown_among(self.target.tokens(target))

    @property
    def start(self) -> int:
        """The id that a decoder reads first."""
        if self.target.start is None:
            raise DataError("the target's vocabulary has no start symbol")
        return self.target.start

    def encode_target(self, text: str, source: str = "") -> list[int]:
        """Return the ids that a decoder should predict for a target.

        Args:
            text: the target.
            source: its source, which may say how the target is read.

        Raises:
            DataError: the text is longer than the width that the model was trained with.
        """
        ids = self.target.encode(text)
        if self.target.end is not None:
            return [*ids, self.target.end]
        return _fill(ids, self.target_width, self.target.blank, "target", text)

    def targets(self, pairs: Iterable[Pair]) -> Sequences:
        """Encode the targets of many pairs."""
        return Sequences([self.encode_target(target, source) for source, target in pairs])

    def as_target(self, symbol: str) -> str:
        """Return a source's symbol as it is written among those of a target."""
        return symbol

    def encode_beginning(self, text: str) -> list[int]:
        """Return the ids of what an answer begins with.

        Raises:
            DataError: it has a symbol that the model does not know.
        """
        if unknown := self.target.unknown_among(self.target.tokens(text)):
            raise DataError(f"`prefix`: the model does not know {unknown_named(unknown, self.target)}")
        return self.target.encode(text)

    def decode(self, ids: Sequence[int], source: str = "", copied: Mapping[int, str] | None = None) -> str:
        """Return the text of an answer's ids.

        Args:
            ids: of the answer.
            source: what was answered, with the spans that passed through unharmed.
            copied: by their places among the ids, symbols to write in place of these.
        """
        return self.show(self.target.decode(ids, copied), source)

    def show(self, answer: str, source: str) -> str:
        """Return an answer, or a part of it, with the spans of its source that passed through unharmed."""
        return answer


@dataclass(frozen=True)
class PairCodec(AnswerCodec):
    """Turns sources and targets into rows of ids, and a model's ids into text.

    With ``padding="masked"`` a row has its own length and a target ends with an end symbol. With
    ``padding="symbol"`` (the book's) every row is filled with blanks to its recorded width, and
    nothing ends a target.
    """

    source: Vocabulary
    target: Vocabulary
    reverse: bool
    source_width: int = 0
    target_width: int = 0
    protection: Protection | None = None
    """What passes through unharmed; both vocabularies have its symbols."""

    @classmethod
    def of(
        cls, config: ModelConfig, source: Vocabulary, target: Vocabulary, protection: Protection | None = None
    ) -> PairCodec:
        """Make the codec of a model."""
        return cls(source, target, config.reverse, config.source_width, config.target_width, protection)

    def check(self) -> None:
        """Raise at once, and not at the first text, if a side's subword model can't be used."""
        for vocabulary in (self.source, self.target):
            vocabulary.tokens("")

    @property
    def copied_as(self) -> Ids | None:
        """(V,) for each symbol of the source, the id of the same one among the target's, else the unknown symbol's.

        None where the target has no unknown symbol.
        """
        if self.target.unknown is None:
            return None
        return np.array(list(self.target.ids_of(self.source.symbols)), dtype=np.int64)

    def hide(self, source: str) -> tuple[str, Spans]:
        """Return a source as its vocabulary reads it, and the spans that pass through unharmed."""
        return (source, {}) if self.protection is None else self.protection.hide(source)

    def show(self, answer: str, source: str) -> str:
        """Return an answer, or a part of it, with the spans of its source that passed through unharmed."""
        return answer if self.protection is None else shown(answer, self.hide(source)[1])

    def encode_source(self, text: str) -> list[int]:
        """Return a source's ids in reading order; reversal happens when rows are packed.

        Raises:
            DataError: the text is longer than the width that the model was trained with.
        """
        return _fill(self.source.encode(self.hide(text)[0]), self.source_width, self.source.blank, "source", text)

    def encode_target(self, text: str, source: str = "") -> list[int]:
        """Return the ids that a decoder should predict for a target.

        Args:
            text: the target.
            source: its source, which says what passes through unharmed.

        Raises:
            DataError: the text is longer than the width that the model was trained with.
        """
        if self.protection is not None:
            text = self.protection.hide_target(text, self.hide(source)[1])
        return super().encode_target(text)

    def sources(self, texts: Iterable[str]) -> Sequences:
        """Encode many sources."""
        return Sequences([self.encode_source(text) for text in texts])

    def source_symbols(self, text: str) -> list[str]:
        """Cut a source into the symbols that attention looks at, in the order of the text."""
        return self.source.tokens(self.hide(text)[0])

    def unknown_symbols(self, source: str, target: str) -> list[str]:
        """Return the symbols of a row that the model does not know, on either side."""
        hidden, spans = self.hide(source)
        if self.protection is not None:
            target = self.protection.hide_target(target, spans)
        of_source = self.source.unknown_among(self.source.tokens(hidden))
        return [*of_source, *super().unknown_symbols(source, target)]

    def as_target(self, symbol: str) -> str:
        """Return a source's symbol as it is written among those of a target."""
        return symbol if self.source.level == self.target.level else self.source.join([symbol])


def _fill(ids: list[int], width: int, blank: int | None, side: str, text: str) -> list[int]:
    if not width:
        return ids
    if len(ids) > width:
        raise DataError(f"the {side} {text!r} has {len(ids)} symbols; this model was trained with at most {width}")
    if blank is None:
        raise DataError(f"the {side}'s vocabulary has no blank to fill rows with")
    return ids + [blank] * (width - len(ids))


class TextCodec:
    """Turns text into ids, for a language model; a line's end is a symbol.

    Args:
        vocabulary: with an unknown symbol, and the line end as its end.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        if vocabulary.end is None or vocabulary.unknown is None:
            raise DataError("a language model's vocabulary needs a line end and an unknown symbol")
        self.vocabulary, self.line_end, self.unknown = vocabulary, vocabulary.end, vocabulary.unknown
        self.ids = vocabulary.ids

    def encode(self, text: str) -> Ids:
        """Return a text's ids (n,), line ends included."""
        return self.ids_of(text_tokens(text, self.vocabulary.level, self.tokens))

    def encode_line(self, line: str) -> Ids:
        """Return the ids of a line without its end."""
        return self.ids_of(self.tokens(line))

    def ids_of(self, symbols: Iterable[str]) -> Ids:
        """Return the ids of symbols."""
        return np.fromiter(self.vocabulary.ids_of(symbols), dtype=np.int64)

    def tokens(self, line: str) -> list[str]:
        """Cut a line into symbols."""
        return self.vocabulary.tokens(line)
