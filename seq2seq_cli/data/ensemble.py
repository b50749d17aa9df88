"""What an ensemble reads: the same texts, in the form that each of its models was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.types import Ids


class EnsembleSources:
    """The sources of each model.

    Args:
        of_models: for each model its form of the same sources.
        reverse: whether each reads them backwards.
    """

    def __init__(self, of_models: Sequence[Sequences], reverse: Sequence[bool]) -> None:
        self._of_models, self._reverse = of_models, reverse
        lengths = np.stack([sources.lengths for sources in of_models])
        self.lengths: Ids = np.where((lengths > 0).all(axis=0), lengths.max(axis=0), 0)
        """(n,) of the longest form; 0 where a model has nothing to read."""

    def __len__(self) -> int:
        return len(self.lengths)

    def pack(self, rows: Ids, *, reverse: bool = False) -> tuple[Any, Packing, Ids]:
        """Return a batch for each model (a tuple), with the packing and order of the first; each model's own
        `reverse` counts."""
        batches = tuple(
            SourceBatch.pack(sources, rows, reverse=backwards)
            for sources, backwards in zip(self._of_models, self._reverse, strict=True)
        )
        return batches, batches[0].packing, batches[0].order


@dataclass(frozen=True)
class EnsembleCodec(PairCodec):
    """The codec of the first model, which every model reads sources beside."""

    members: tuple[PairCodec, ...] = ()

    @classmethod
    def of_members(cls, members: Sequence[PairCodec]) -> EnsembleCodec:
        """Make the codec of models."""
        first = {field.name: getattr(members[0], field.name) for field in fields(PairCodec)}
        return cls(**first, members=tuple(members))

    def sources(self, texts: Iterable[str]) -> EnsembleSources:  # type: ignore[override]
        """Return what the models read of many sources."""
        given = list(texts)
        return EnsembleSources(
            [member.sources(given) for member in self.members], [member.reverse for member in self.members]
        )
