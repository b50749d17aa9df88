"""Answers that are there already, packed to be read once more: for what they attend to, and for their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.types import Ids


@dataclass(frozen=True)
class GivenAnswers:
    """Answers as a decoder reads them, sorted by length; R symbols of n answers, none of them empty."""

    inputs: Ids
    """(R,) what is read, packed: the start symbol, and each answer but for its last symbol."""
    targets: Ids
    """(R,) the answers, packed."""
    packing: Packing
    rows: Ids
    """(n,) of each the row of the batch that it answers, sorted as the packing is."""
    order: Ids
    """(n,) of each its place among the answers that were given."""

    @classmethod
    def pack(cls, answers: Sequence[Sequence[int]], rows: Sequence[int], start: int) -> GivenAnswers:
        """Pack answers.

        Args:
            answers: their symbols.
            rows: which rows of a batch they answer.
            start: what the first step reads.
        """
        every = np.arange(len(answers))
        inputs, packing, order = Sequences([[start, *ids[:-1]] for ids in answers]).pack(every)
        targets, _, _ = Sequences(answers).pack(every)
        return cls(inputs, targets, packing, np.array(rows, dtype=np.int64)[order], order)
