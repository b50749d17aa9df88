"""Putting symbols together as people write text: no blank before a full stop, none after an opening bracket."""

from __future__ import annotations

from seq2seq_cli.text.subwords import surface
from seq2seq_cli.text.tokens import END_OF_LINE, LINE_BREAK

TIGHT_LEFT = frozenset([*".,;:?!)]}%'", "''", "n't", "'s", "'re", "'ve", "'ll", "'d", "'m"])
"""Words with no blank before them."""
TIGHT_RIGHT = frozenset({"(", "[", "{", "$", "#", "``"})
"""Words with no blank behind them."""


class Detokeniser:
    """Turns symbols into pieces of text, one after the other, so that a text can be shown as it grows.

    Args:
        level: how the text was cut.
    """

    def __init__(self, level: str) -> None:
        self._level = level
        self._blank = False  # whether a blank is due before the next word, or may stand there

    def piece(self, symbol: str) -> str:
        """Return what a symbol adds to the text."""
        if self._level == "char":
            return symbol
        if symbol == END_OF_LINE:
            self._blank = False
            return LINE_BREAK
        if self._level == "subword":
            piece = surface(symbol)
            piece, self._blank = piece if self._blank else piece.removeprefix(" "), True
            return piece
        blank = " " if self._blank and symbol not in TIGHT_LEFT else ""
        self._blank = symbol not in TIGHT_RIGHT
        return blank + symbol

    def text(self, symbols: list[str]) -> str:
        """Return the text of many symbols."""
        return "".join(map(self.piece, symbols))
