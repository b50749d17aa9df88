"""Between a text and the ids that a language model reads.

At word level a line is its words and an end-of-line symbol ``<eos>``, as in the Penn Treebank's form
(Mikolov et al. 2010); at char level it is its characters, the line break being one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from seq2seq_cli.config import Level
from seq2seq_cli.data.batching import Ids
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.subwords import load_subwords, train_subwords, units
from seq2seq_cli.text.vocabulary import UNKNOWN, Vocabulary, most_frequent

END_OF_LINE = "<eos>"
SUBWORDS = 8000
"""Subword units that are learned, unless told otherwise."""
LINE_BREAK = "\n"


def tokens(text: str, level: str, cut: Callable[[str], Iterable[str]] = str.split) -> Iterator[str]:
    """Cut a text into symbols, line ends included.

    Args:
        text: the text.
        level: at char level a line break is a symbol like others.
        cut: cuts a line at the other levels.
    """
    if level == "char":
        yield from text
        return
    for line in _lines(text):
        yield from cut(line)
        yield END_OF_LINE


def _lines(text: str) -> list[str]:
    """Cut at line breaks alone, and not at the other characters that `str.splitlines` knows."""
    return text.removesuffix(LINE_BREAK).split(LINE_BREAK) if text else []


def text_vocabulary(
    text: str, level: Level, *, min_count: int = 1, max_size: int | None = None, by_appearance: bool = False
) -> Vocabulary:
    """Collect a text's symbols, the most frequent first (ties in the symbols' order).

    Args:
        text: the training part.
        level: how it is cut.
        min_count: rarer symbols are unknown.
        max_size: at most so many symbols, the special ones included; of subword units, by default `SUBWORDS`.
        by_appearance: in order of first appearance instead, as in the book; special ones have no place of their own.

    Raises:
        MissingExtraError: subword units need SentencePiece, which is not installed.
        DataError: the text is too small for so many subword units.
    """
    if level == "subword":
        model = train_subwords(_lines(text), max_size or SUBWORDS, END_OF_LINE)
        pieces = units(load_subwords(model))
        end_id = pieces.index(END_OF_LINE)
        return Vocabulary(pieces, level, end=end_id, unknown=pieces.index(UNKNOWN), subwords=model)
    end = END_OF_LINE if level == "word" else LINE_BREAK
    counts = Counter(tokens(text, level))
    if by_appearance:
        symbols = (*counts, *(special for special in (end, UNKNOWN) if special not in counts))
    else:
        symbols = most_frequent(counts, (UNKNOWN, end), min_count, max_size)
    return Vocabulary(symbols, level, end=symbols.index(end), unknown=symbols.index(UNKNOWN))


class TextCodec:
    """Turns text into ids and back, for a language model.

    Args:
        vocabulary: with an unknown symbol, and the line end as its end.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        if vocabulary.end is None or vocabulary.unknown is None:
            raise DataError("a language model's vocabulary needs a line end and an unknown symbol")
        self.vocabulary, self.line_end, self.unknown = vocabulary, vocabulary.end, vocabulary.unknown
        self.ids = {symbol: number for number, symbol in enumerate(vocabulary.symbols)}

    def encode(self, text: str) -> Ids:
        """Return a text's ids (n,), line ends included."""
        return self.ids_of(tokens(text, self.vocabulary.level, self.tokens))

    def encode_line(self, line: str) -> Ids:
        """Return the ids of a line without its end."""
        return self.ids_of(self.tokens(line))

    def ids_of(self, symbols: Iterable[str]) -> Ids:
        """Return the ids of symbols."""
        return np.fromiter((self.ids.get(symbol, self.unknown) for symbol in symbols), dtype=np.int64)

    def tokens(self, line: str) -> list[str]:
        """Cut a line into symbols."""
        return self.vocabulary.tokens(line)
