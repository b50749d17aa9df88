"""Spans of a text that pass through a model unharmed: each is one symbol for the model, and comes back in the answer.

A source's spans are numbered in their order; equal ones have one number. The same text in its target has the same
number; what stands in a target alone stays text. The symbols are noncharacters of Unicode, which no text has.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.types import Pair

PLACEHOLDERS = tuple(map(chr, range(0xFDE0, 0xFDF0)))
LONGEST_PATTERN = 500
"""Characters of a pattern that is accepted."""
SEARCHED = 10_000
"""Spans are looked for in so many characters of a text, for some patterns take time by the square of them."""

_AWAY = str.maketrans(dict.fromkeys(PLACEHOLDERS, "\ufffd"))
_placeholder = re.compile(f"[{''.join(PLACEHOLDERS)}]")

Spans = Mapping[str, str]
"""Placeholders, by the spans that they stand for."""


@dataclass(frozen=True)
class Protection:
    """What is protected, and by how many symbols.

    Args:
        pattern: a regular expression of Python's `re`; empty, it protects nothing.
        places: how many different spans of one text are protected; further ones stay as they are.

    Raises:
        UsageError: the pattern is none, or too long.
    """

    pattern: str
    places: int = len(PLACEHOLDERS)
    _matches: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.pattern) > LONGEST_PATTERN:
            raise UsageError(
                f"the pattern of `protect` has {len(self.pattern):,} characters; at most {LONGEST_PATTERN} are accepted"
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what may mean something else in a later Python
                object.__setattr__(self, "_matches", re.compile(self.pattern))
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"`protect` takes a regular expression, and {self.pattern!r} is none: {error}") from None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The placeholders that the vocabularies have."""
        return PLACEHOLDERS[: self.places]

    def hide(self, source: str) -> tuple[str, Spans]:
        """Return a source with placeholders, and the spans that they stand for."""
        spans: dict[str, str] = {}
        for found in self._matches.finditer(source, 0, SEARCHED):
            if found[0] and found[0] not in spans and len(spans) < self.places:
                spans[found[0]] = PLACEHOLDERS[len(spans)]
        return self._replaced(source, spans), spans

    def hide_target(self, target: str, spans: Spans) -> str:
        """Return a target with the placeholders of its source's spans.

        They stand where the pattern matches the same text, and where the text stands as a whole: a pattern may take
        more of the target, like the colon behind a link.
        """
        hidden = self._replaced(target, spans)
        left = sorted((span for span in spans if span in hidden), key=len, reverse=True)
        if not left:
            return hidden
        whole = "|".join(rf"(?<!\w){re.escape(span)}(?!\w)" for span in left)
        return re.sub(whole, lambda found: spans[found[0]], hidden)

    def _replaced(self, text: str, spans: Spans) -> str:
        pieces, end = [], 0
        for found in self._matches.finditer(text, 0, SEARCHED):
            if found[0] in spans:
                pieces += [text[end : found.start()].translate(_AWAY), spans[found[0]]]
                end = found.end()
        return "".join((*pieces, text[end:].translate(_AWAY)))

    def pairs(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Return pairs with placeholders."""
        hidden = []
        for source, target in pairs:
            text, spans = self.hide(source)
            hidden.append((text, self.hide_target(target, spans)))
        return hidden

    # --- in files ---------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as builtins."""
        return {"pattern": self.pattern, "places": self.places}

    @classmethod
    def from_dict(cls, values: object) -> Protection:
        """Make one from `as_dict`'s result.

        Raises:
            DataError: something is missing or of the wrong type, or the pattern is none.
        """
        if not isinstance(values, dict) or set(values) != {"pattern", "places"}:
            raise DataError("what it protects is not a pattern and a number of places")
        pattern, places = values["pattern"], values["places"]
        if not isinstance(pattern, str) or type(places) is not int or not 1 <= places <= len(PLACEHOLDERS):
            raise DataError(f"what it protects is {pattern!r}, at {places!r} places")
        try:
            return cls(pattern, places)
        except UsageError as error:
            raise DataError(str(error)) from None

    @classmethod
    def learned(cls, pattern: str, train: Iterable[Pair]) -> Protection:
        """Return a protection with as many places as the spans of a source in the training part need.

        Raises:
            UsageError: the pattern is none, or matches nothing that stands on both sides of a pair.
        """
        every, most, shared = cls(pattern), 0, False
        for source, target in train:
            spans = every.hide(source)[1]
            most = max(most, len(spans))
            shared = shared or _placeholder.search(every.hide_target(target, spans)) is not None
        if not shared:
            raise UsageError(
                f"`protect` {pattern!r} matches nothing that stands in a source and in its target: there is nothing "
                "to learn from"
            )
        return cls(pattern, most)


def shown(answer: str, spans: Spans) -> str:
    """Return an answer with spans in place of their placeholders.

    A span that the answer has twice stands there twice, one that it has not is lost; a placeholder that stands for
    none is left out.
    """
    by_placeholder = {placeholder: span for span, placeholder in spans.items()}
    return _placeholder.sub(lambda found: by_placeholder.get(found[0], ""), answer)
