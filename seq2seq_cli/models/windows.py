"""How much a pass without gradients holds at once, and how a packed batch is cut so that it holds no more.

What a caller can make large (rows, lines, samples, a vocabulary) must not make an array large. Every array of such a
pass has at most `LARGEST_ARRAY` numbers: a symbol *costs* as many as it makes in the widest one, and a window has as
many symbols as that allows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seq2seq_cli.backend import Packing

LARGEST_ARRAY = 1 << 22
"""Numbers of one array: 16 MiB in single precision. One step of all rows is never cut, so callers bound the rows."""


def windows(packing: Packing, symbol_cost: int) -> Iterator[tuple[slice, Packing]]:
    """Cut a packed batch into runs of steps.

    Args:
        packing: the batch's lengths.
        symbol_cost: numbers that a symbol makes in the widest array.

    Yields:
        Which packed rows a window has, and their packing: of the rows that go on, which are the first ones.
    """
    if packing.total * symbol_cost <= LARGEST_ARRAY:
        yield slice(0, packing.total), packing
        return
    first = 0
    while first < packing.longest:
        start, rows = packing.steps[first]
        length = max(1, LARGEST_ARRAY // (rows * symbol_cost))
        end = packing.steps[first + length][0] if first + length < packing.longest else packing.total
        yield slice(start, end), Packing(np.minimum(packing.lengths[:rows] - first, length))
        first += length
