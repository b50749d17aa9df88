"""The unknown symbol in place of rare symbols while training, so that what it means is learned.

A vocabulary that is made of the training part knows all of it. Its unknown symbol would never be read, and keep its
random first values; in use they would come up with every new word. So rare symbols are read as unknown now and then:
one that is seen n times with the probability a / (a + n) (Kiperwasser & Goldberg 2016), which is about a times an
epoch, whatever n is.
"""

from __future__ import annotations

import numpy as np

from seq2seq_cli.nn.context import stream_id
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.types import HostArray, Ids


class RareMask:
    """Replaces symbols of the training part by the unknown symbol, others in every epoch.

    A symbol that stands in a source and in its target, as a name does, is replaced in both (in the source where it
    first stands) or in neither.

    Args:
        codec: of the model.
        sources: the training part's.
        targets: the training part's.
        share: of the symbols that are seen once, how many are replaced.
        seed: fixes the draws, with the epoch.
    """

    def __init__(self, codec: PairCodec, sources: Sequences, targets: Sequences, share: float, seed: int) -> None:
        self._seed, self._sides = seed, (sources, targets)
        self._chances = tuple(
            _chances(rows, vocabulary, share)[rows.ids]
            for rows, vocabulary in zip(self._sides, (codec.source, codec.target), strict=True)
        )
        self._unknown = codec.source.unknown, codec.target.unknown
        self._same = _same_in_source(codec, sources, targets)

    def rows(self, epoch: int) -> tuple[Sequences, Sequences]:
        """Return the sources and targets of an epoch."""
        source, target = (
            np.random.default_rng([self._seed, stream_id(f"mask-rare-{side}"), epoch]).random(len(chances)) < chances
            for side, chances in zip(("source", "target"), self._chances, strict=True)
        )
        linked = self._same >= 0
        target[linked] = source[self._same[linked]]
        masked_sources, masked_targets = (
            rows if unknown is None else rows.with_ids(np.where(masked, unknown, rows.ids))
            for rows, masked, unknown in zip(self._sides, (source, target), self._unknown, strict=True)
        )
        return masked_sources, masked_targets


def _chances(rows: Sequences, vocabulary: Vocabulary, share: float) -> HostArray:
    """Return (V,) with which probability each symbol is replaced; special ones never are."""
    counts = np.bincount(rows.ids, minlength=len(vocabulary))
    weight = share / (1 - share)
    chances: HostArray = weight / (weight + counts)
    chances[[role for role in (vocabulary.start, vocabulary.end, vocabulary.unknown) if role is not None]] = 0
    return chances


def _same_in_source(codec: PairCodec, sources: Sequences, targets: Sequences) -> Ids:
    """Return (R,) for each symbol of the targets the place in `sources.ids` of the same one in its source, or -1."""
    none = -1
    of_source: Ids = np.array([codec.source.ids.get(symbol, none) for symbol in codec.target.symbols])
    size = len(codec.source)
    keys, places = np.unique(_row_of(sources) * size + sources.ids, return_index=True)
    ids = of_source[targets.ids]
    wanted = _row_of(targets) * size + ids
    found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    same: Ids = np.where((ids != none) & (keys[found] == wanted), places[found], none)
    return same


def _row_of(rows: Sequences) -> Ids:
    return np.repeat(np.arange(len(rows)), rows.lengths)
