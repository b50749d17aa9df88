"""How one side's text is made ready and cut into symbols, and how symbols are put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seq2seq_cli.config import Case, Checked, Level, Words
from seq2seq_cli.text.normalise import NormalForm, decomposed, normalise
from seq2seq_cli.text.subwords import guarded, surface
from seq2seq_cli.text.tokens import cut_line
from seq2seq_cli.text.words import cut_at_blanks, cut_words, join_words


@dataclass(frozen=True)
class Cutting(Checked):
    """How a text is cut, beside its level; `join` undoes `cut`, but for the white space between words cut at blanks.

    Raises:
        UsageError: a value that does not fit.
    """

    normalisation: NormalForm = "NFC"
    """NFD takes characters apart on the way in; on the way out they are put together."""
    words: Words = "blanks"
    """At word level: whether punctuation stands by itself, with marks that say where no blank was."""
    case: Case = "keep"
    """At word level: whether a mark before a word in small letters says that it has capitals."""

    def prepared(self, text: str) -> str:
        """Return a text in the form that is cut."""
        return decomposed(text) if self.normalisation == "NFD" else text

    def cut(self, text: str, level: Level, units: Callable[[str], list[str]] | None = None) -> list[str]:
        """Cut a text into code points, words, or subword units.

        Args:
            text: in normal form C.
            level: how it is cut.
            units: at subword level, what cuts a text into units.
        """
        text = self.prepared(text)
        if level == "subword":
            assert units is not None
            return units(guarded(text))
        if level == "word" and self.words == "punctuation":
            return cut_words(text, mark_case=self.case == "mark")
        if level == "word" and self.case == "mark":
            return cut_at_blanks(text)
        return cut_line(text, level)

    def join(self, symbols: Iterable[str], level: Level) -> str:
        """Put symbols together again, in normal form C."""
        if level == "subword":
            text = surface("".join(symbols)).removeprefix(" ")
        elif level == "word" and (self.words, self.case) != ("blanks", "keep"):
            text = join_words(symbols)
        else:
            text = ("" if level == "char" else " ").join(symbols)
        return normalise(text) if self.normalisation == "NFD" else text


AS_IT_STANDS = Cutting()
"""A text is cut as it stands: in normal form C, words at blanks."""
