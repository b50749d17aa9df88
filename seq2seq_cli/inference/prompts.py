"""Prompts: what a language model reads before it writes, and what is said when it does not know a symbol."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq_cli.errors import DataError
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.nearest import unknown_named
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Ids


class Prompts:
    """Turns prompts into ids.

    Args:
        codec: the model's.
    """

    def __init__(self, codec: TextCodec) -> None:
        self._codec = codec

    def encode(self, prompt: str, *, mark_unknown: bool = False) -> Ids:
        """Return what is read before writing: a line end, then the prompt; (n,), at least one id.

        Args:
            prompt: the text.
            mark_unknown: read the unknown symbol for what is unknown, instead of raising.

        Raises:
            DataError: a symbol of the prompt is unknown; the message names the nearest known ones.
        """
        tokens = self._codec.tokens(normalise(prompt))
        if not mark_unknown and (unknown := self._codec.vocabulary.unknown_among(tokens)):
            raise DataError(self._unknown(unknown))
        return np.concatenate(([self._codec.line_end], self._codec.ids_of(tokens))).astype(np.int64)

    def known_id(self, symbol: str, argument: str) -> int:
        """Return the id of a symbol that the caller named.

        Raises:
            DataError: it is unknown; the message names the argument.
        """
        symbol = normalise(symbol)
        if not symbol:
            raise DataError(f"`{argument}` is a symbol, and not nothing")
        if symbol not in self._codec.ids:
            raise DataError(f"`{argument}`: {self._unknown([symbol])}")
        return self._codec.ids[symbol]

    def _unknown(self, symbols: Sequence[str]) -> str:
        return f"the model does not know {unknown_named(symbols, self._codec.vocabulary)}"
