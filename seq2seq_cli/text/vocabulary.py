"""Vocabularies: symbols and their ids, and how a text is cut into symbols and put together again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seq2seq_cli.config import Level
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.subwords import BLANK_MARK, load_subwords, units

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
BLANK, SEPARATOR = " ", "_"


@dataclass(frozen=True)
class Vocabulary:
    """An ordered set of symbols; a symbol's place is its id.

    Special symbols are whole strings like ``<unk>``: no single character can be one, and at word level
    a token of the text that is written like one stands for the unknown symbol.
    """

    symbols: tuple[str, ...]
    level: Level
    start: int | None = None
    end: int | None = None
    unknown: int | None = None
    blank: int | None = None
    """With ``padding="symbol"``: the id of the blank that fills rows."""
    subwords: bytes | None = None
    """At subword level: the SentencePiece model that cuts a text."""

    def __post_init__(self) -> None:
        if not self.symbols or not all(isinstance(s, str) and s for s in self.symbols):
            raise DataError("a vocabulary's symbols must be strings that are not empty, and at least one")
        if len(set(self.symbols)) != len(self.symbols):
            raise DataError("a vocabulary's symbols must all differ")
        if self.level not in ("char", "word", "subword"):
            raise DataError(f"a vocabulary's level must be char, word or subword, not {self.level!r}")
        if (self.level == "subword") != isinstance(self.subwords, bytes):
            raise DataError("a vocabulary has a subword model at subword level, and only there")
        for name in ("start", "end", "unknown", "blank"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 0 <= value < len(self.symbols)):
                raise DataError(f"a vocabulary's {name} must be one of its ids, not {value!r}")

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def _ids(self) -> dict[str, int]:
        """Ids of the symbols that a text can hold."""
        ids = {symbol: number for number, symbol in enumerate(self.symbols)}
        if self.blank is None:  # in the book's vocabularies, start and blank are ordinary characters
            for special in (self.start, self.end, self.unknown):
                if special is not None:
                    del ids[self.symbols[special]]
        return ids

    @cached_property
    def _processor(self) -> Any:
        assert self.subwords is not None
        processor = load_subwords(self.subwords)
        if units(processor) != self.symbols:
            raise DataError("a vocabulary's symbols are not those of its subword model")
        return processor

    def tokens(self, text: str) -> list[str]:
        """Cut a text into symbols: code points, words between white space, or subword units.

        Raises:
            MissingExtraError: subword units need SentencePiece, which is not installed.
        """
        if self.level == "subword":
            cut: list[str] = self._processor.EncodeAsPieces(text)
            return cut
        return list(text) if self.level == "char" else text.split()

    def join(self, tokens: Sequence[str]) -> str:
        """Put symbols together again."""
        if self.level == "subword":
            return "".join(tokens).replace(BLANK_MARK, " ").removeprefix(" ")
        return ("" if self.level == "char" else " ").join(tokens)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's symbols; what was never seen is the unknown symbol, or a blank.

        Raises:
            DataError: a symbol was never seen, and the vocabulary has neither.
        """
        ids = self._ids
        fallback = self.unknown if self.unknown is not None else self.blank
        try:
            if fallback is None:
                return [ids[token] for token in self.tokens(text)]
            return [ids.get(token, fallback) for token in self.tokens(text)]
        except KeyError as error:
            raise DataError(f"{error.args[0]!r} is not in the vocabulary") from None

    def unknown_symbols(self, text: str) -> list[str]:
        """Return the distinct symbols of a text that were never seen, in their order."""
        return list(dict.fromkeys(token for token in self.tokens(text) if token not in self._ids))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids. Start and end symbols are left out, and blanks that fill a row."""
        if self.blank is not None:
            return self.join([self.symbols[i] for i in ids]).rstrip(self.symbols[self.blank])
        silent = (self.start, self.end)
        return self.join([self.symbols[i] for i in ids if i not in silent])

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as builtins."""
        return {
            "symbols": list(self.symbols),
            "level": self.level,
            "start": self.start,
            "end": self.end,
            "unknown": self.unknown,
            "blank": self.blank,
            "subwords": self.subwords,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Vocabulary:
        """Make a vocabulary from `as_dict`'s result.

        Raises:
            DataError: something is missing, superfluous or of the wrong type.
        """
        fields = {"symbols", "level", "start", "end", "unknown", "blank", "subwords"}
        if not fields - {"subwords"} <= set(values) <= fields or not isinstance(values["symbols"], (list, tuple)):
            raise DataError(f"a vocabulary has the fields {', '.join(sorted(fields))}")
        return cls(**{**values, "symbols": tuple(values["symbols"])})

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        level: Level,
        *,
        target: bool,
        min_count: int = 1,
        max_size: int | None = None,
    ) -> Vocabulary:
        """Collect the symbols of texts, the most frequent first (ties in the symbols' order).

        Args:
            texts: the training part's sources, or its targets.
            level: how they are cut.
            target: with start and end symbols; a source has the unknown symbol alone.
            min_count: rarer symbols are unknown.
            max_size: at most so many symbols, the special ones included.
        """
        special = [START, END, UNKNOWN] if target else [UNKNOWN]
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text if level == "char" else text.split())
        symbols = most_frequent(counts, special, min_count, max_size)
        if target:
            return cls(symbols, level, start=0, end=1, unknown=2)
        return cls(symbols, level, unknown=0)

    @classmethod
    def fixed_width(cls, pairs: Iterable[tuple[str, str]], source_width: int, target_width: int) -> Vocabulary:
        """Collect the book's vocabulary: one for both sides, characters in order of first appearance.

        Each row is read as the book's file has it: the source filled with blanks to its width, an
        underscore, the target filled with blanks.
        """
        seen: dict[str, None] = {}
        for source, target in pairs:
            seen.update(dict.fromkeys(source.ljust(source_width)))
            seen.update(dict.fromkeys(SEPARATOR + target.ljust(target_width)))
        # A file whose rows all fill their width has no blank of its own, and still needs one.
        seen.update(dict.fromkeys((SEPARATOR, BLANK)))
        symbols = tuple(seen)
        return cls(symbols, "char", start=symbols.index(SEPARATOR), blank=symbols.index(BLANK))


def most_frequent(
    counts: Counter[str], special: Sequence[str], min_count: int, max_size: int | None
) -> tuple[str, ...]:
    """Return special symbols, then the most frequent others (ties in the symbols' order).

    Args:
        counts: how often each symbol stands in a text.
        special: symbols with a place of their own, however often they stand there.
        min_count: rarer symbols are left out.
        max_size: at most so many symbols, the special ones included; None is no limit.
    """
    kept = [symbol for symbol, count in counts.items() if count >= min_count and symbol not in special]
    kept.sort(key=lambda symbol: (-counts[symbol], symbol))
    return (*special, *(kept if max_size is None else kept[: max(0, max_size - len(special))]))
