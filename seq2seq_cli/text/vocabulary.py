"""Vocabularies: symbols and their ids, made of a training part in one way for sources, targets and texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, get_args

from seq2seq_cli.config import Level, SubwordType
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.counting import in_order, most_frequent
from seq2seq_cli.text.cutting import AS_IT_STANDS, Cutting
from seq2seq_cli.text.subwords import SUBWORDS, load_subwords, subword_count, train_subwords, units
from seq2seq_cli.text.tokens import (
    BLANK,
    END,
    END_OF_LINE,
    SEPARATOR,
    START,
    UNKNOWN,
    line_end,
    text_lines,
    text_tokens,
)
from seq2seq_cli.types import Pair

ROLES = ("start", "end", "unknown", "blank")
_PAIRS = {"start": START, "end": END, "unknown": UNKNOWN}
"""Special symbols of a target, by their roles."""


@dataclass(frozen=True)
class Vocabulary:
    """An ordered set of symbols; a symbol's place is its id.

    Special symbols are whole strings like ``<unk>``: no single character can be one. In a pair's side a
    word that is written like one stands for the unknown symbol; in a text's vocabulary, which has a line
    end and no start, they are symbols of the text, as the Penn Treebank has ``<unk>``.
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
    cutting: Cutting = AS_IT_STANDS

    def __post_init__(self) -> None:
        if not self.symbols or not all(isinstance(s, str) and s for s in self.symbols):
            raise DataError("a vocabulary's symbols must be strings that are not empty, and at least one")
        if len(set(self.symbols)) != len(self.symbols):
            raise DataError("a vocabulary's symbols must all differ")
        if self.level not in get_args(Level):
            raise DataError(f"a vocabulary's level must be {' or '.join(get_args(Level))}, not {self.level!r}")
        if (self.level == "subword") != isinstance(self.subwords, bytes):
            raise DataError("a vocabulary has a subword model at subword level, and only there")
        for name in ROLES:
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 0 <= value < len(self.symbols)):
                raise DataError(f"a vocabulary's {name} must be one of its ids, not {value!r}")
        special = [value for value in (self.start, self.end, self.unknown, self.blank) if value is not None]
        if len(set(special)) != len(special):
            raise DataError("a vocabulary's special symbols must all differ")

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Ids of the symbols that a text can hold."""
        ids = {symbol: number for number, symbol in enumerate(self.symbols)}
        is_of_text = self.end is not None and self.start is None
        # In the book's vocabularies, those with a blank, start and blank are ordinary characters.
        if self.blank is None and not is_of_text:
            for special in (self.start, self.end, self.unknown):
                if special is not None:
                    del ids[self.symbols[special]]
        return ids

    @property
    def stand_in(self) -> str:
        """What is read in place of a symbol that was never seen."""
        return "a blank" if self.unknown is None else self.symbols[self.unknown]

    @cached_property
    def _processor(self) -> Any:
        assert self.subwords is not None
        processor = load_subwords(self.subwords)
        if units(processor) != self.symbols:
            raise DataError("a vocabulary's symbols are not those of its subword model")
        return processor

    # --- between text and ids ---------------------------------------------------------------------------

    def tokens(self, text: str) -> list[str]:
        """Cut a text into symbols: code points, words between white space, or subword units.

        Raises:
            MissingExtraError: subword units need SentencePiece, which is not installed.
        """
        return self.cutting.cut(text, self.level, self._processor.EncodeAsPieces if self.level == "subword" else None)

    def join(self, tokens: Iterable[str]) -> str:
        """Put symbols together again."""
        return self.cutting.join(tokens, self.level)

    def ids_of(self, tokens: Iterable[str]) -> Iterator[int]:
        """Return an iterator of the ids of symbols; what was never seen is the unknown symbol, or a blank.

        Raises:
            DataError: a symbol was never seen, and the vocabulary has neither.
        """
        fallback = self.unknown if self.unknown is not None else self.blank
        if fallback is None:
            return map(self._known_id, tokens)
        return map(self.ids.get, tokens, repeat(fallback))

    def _known_id(self, token: str) -> int:
        if token not in self.ids:
            raise DataError(f"{token!r} is not in the vocabulary")
        return self.ids[token]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's symbols; errors as `ids_of` and `tokens`."""
        return list(self.ids_of(self.tokens(text)))

    def unknown_among(self, tokens: Sequence[str]) -> list[str]:
        """Return the distinct ones of some symbols that were never seen, in their order."""
        return [token for token in dict.fromkeys(tokens) if token not in self.ids]

    def decode(self, ids: Iterable[int], instead: Mapping[int, str] | None = None) -> str:
        """Return the text of ids. Start and end symbols are left out, and blanks that fill a row.

        Args:
            ids: of the text.
            instead: by their places among the ids, symbols to write in place of these.
        """
        if self.blank is not None:
            return self.join(self.symbols[i] for i in ids).rstrip(self.symbols[self.blank])
        symbols, silent = self.symbols, (self.start, self.end)
        if not instead:
            return self.join([symbols[i] for i in ids if i not in silent])
        return self.join([instead.get(n, symbols[i]) for n, i in enumerate(ids) if i not in silent])

    # --- in files ---------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as builtins."""
        roles = {name: getattr(self, name) for name in ROLES}
        fields = {"symbols": list(self.symbols), "level": self.level, **roles, "subwords": self.subwords}
        return {**fields, "cutting": self.cutting.as_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Vocabulary:
        """Make a vocabulary from `as_dict`'s result.

        Raises:
            DataError: something is missing, superfluous or of the wrong type.
        """
        optional = {"subwords", "cutting"}  # which older files have not
        fields = {"symbols", "level", *ROLES, *optional}
        if not fields - optional <= set(values) <= fields or not isinstance(values["symbols"], (list, tuple)):
            raise DataError(f"a vocabulary has the fields {', '.join(sorted(fields))}")
        cutting = values.get("cutting", {})
        if not isinstance(cutting, dict):
            raise DataError("how a vocabulary cuts a text is not a dictionary")
        try:
            return cls(**{**values, "symbols": tuple(values["symbols"]), "cutting": Cutting.from_dict(cutting)})
        except UsageError as error:
            raise DataError(f"how a vocabulary cuts a text is unknown: {error}") from None

    # --- from a training part ---------------------------------------------------------------------------

    @classmethod
    def build(
        cls,
        texts: Iterable[str],
        level: Level,
        *,
        target: bool,
        cutting: Cutting = AS_IT_STANDS,
        whole: Sequence[str] = (),
        min_count: int = 1,
        max_size: int | None = None,
    ) -> Vocabulary:
        """Collect the symbols of one side of pairs, at char or word level.

        Args:
            texts: the training part's sources, or its targets.
            level: how they are cut.
            target: with start and end symbols; a source has the unknown symbol alone.
            cutting: more about how.
            whole: characters that are symbols by themselves, however often they stand there.
            min_count: rarer symbols are unknown.
            max_size: at most so many symbols, the special ones included.

        Raises:
            DataError: no symbol is left.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(cutting.cut(text, level))
        special = _PAIRS if target else {"unknown": UNKNOWN}
        symbols = most_frequent(counts, (*special.values(), *whole), min_count, max_size)
        return cls._of_symbols(symbols, level, special, cutting=cutting)

    @classmethod
    def of_subwords(
        cls,
        lines: Sequence[str],
        *,
        kind: SubwordType = "unigram",
        cutting: Cutting = AS_IT_STANDS,
        whole: Sequence[str] = (),
        size: int | None = None,
    ) -> Vocabulary:
        """Learn the subword units of one side of pairs, or of both; they have start, end and unknown symbols.

        Args:
            lines: the training part's texts of that side, or of both.
            kind: of units.
            cutting: more about how the lines are cut.
            whole: characters that are units by themselves.
            size: at most so many; None is as many as suit the amount of text.

        Raises:
            MissingExtraError: SentencePiece is not installed.
            DataError: there is no text, or `size` has no room for its characters.
        """
        lines = [cutting.prepared(line) for line in lines]
        model = train_subwords(lines, size or subword_count([*lines, *whole]), kind, whole=whole)
        return cls._of_symbols(units(load_subwords(model)), "subword", _PAIRS, model, cutting)

    @classmethod
    def of_text(
        cls,
        text: str,
        level: Level,
        *,
        min_count: int = 1,
        max_size: int | None = None,
        by_appearance: bool = False,
        subword_type: SubwordType = "unigram",
    ) -> Vocabulary:
        """Collect the symbols of a text, its line end among them.

        Args:
            text: the training part.
            level: how it is cut.
            min_count: rarer symbols are unknown.
            max_size: at most so many symbols, the special ones included; of subword units, by default `SUBWORDS`.
            by_appearance: in order of first appearance, as in the book; no symbol is left out.
            subword_type: of subword units.

        Raises:
            MissingExtraError: subword units need SentencePiece, which is not installed.
            DataError: no symbol is left, or there is no room for a subword unit for each character.
        """
        special = {"unknown": UNKNOWN, "end": line_end(level)}
        if level == "subword":
            model = train_subwords(text_lines(text), max_size or SUBWORDS, subword_type, END_OF_LINE)
            return cls._of_symbols(units(load_subwords(model)), level, special, model)
        counts = Counter(text_tokens(text, level))
        if by_appearance:
            return cls._of_symbols(in_order(counts, (line_end(level), UNKNOWN)), level, special)
        return cls._of_symbols(most_frequent(counts, tuple(special.values()), min_count, max_size), level, special)

    @classmethod
    def fixed_width(cls, pairs: Iterable[Pair], source_width: int, target_width: int) -> Vocabulary:
        """Collect the book's vocabulary: one for both sides, characters in order of first appearance.

        Each row is read as the book's file has it: the source filled with blanks to its width, an
        underscore, the target filled with blanks.
        """
        seen: dict[str, None] = {}
        for source, target in pairs:
            seen.update(dict.fromkeys(source.ljust(source_width) + SEPARATOR + target.ljust(target_width)))
        # A file whose rows all fill their width has no blank of its own, and still needs one.
        special = {"start": SEPARATOR, "blank": BLANK}
        return cls._of_symbols(in_order(seen, tuple(special.values())), "char", special)

    @classmethod
    def _of_symbols(
        cls,
        symbols: tuple[str, ...],
        level: Level,
        special: Mapping[str, str],
        subwords: bytes | None = None,
        cutting: Cutting = AS_IT_STANDS,
    ) -> Vocabulary:
        """Make a vocabulary of symbols, those with a role by their names."""
        roles = {role: symbols.index(symbol) for role, symbol in special.items()}
        return cls(symbols, level, **roles, subwords=subwords, cutting=cutting)
