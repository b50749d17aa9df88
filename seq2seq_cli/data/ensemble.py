"""What an ensemble reads: the same sources, in the form that each of its models was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.data.caption_codec import CaptionCodec
from seq2seq_cli.data.captions import Values
from seq2seq_cli.text.codec import AnswerCodec, PairCodec
from seq2seq_cli.text.sequences import Sources
from seq2seq_cli.types import Ids


class EnsembleSources:
    """The sources of each model.

    Args:
        members: the codec of each model.
        texts: the sources.
    """

    def __init__(self, members: Sequence[AnswerCodec], texts: Iterable[str]) -> None:
        given = list(texts)
        self._of_models: list[Sources] = [member.sources(given) for member in members]
        self._reverse = [member.reverse for member in members]
        lengths = np.stack([sources.lengths for sources in self._of_models])
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
        return EnsembleSources(self.members, texts)


@dataclass(frozen=True)
class EnsembleCaptionCodec(CaptionCodec):
    """The codec of the first captioner, which every captioner reads images beside."""

    members: tuple[CaptionCodec, ...] = ()

    @classmethod
    def of_members(cls, members: Sequence[CaptionCodec]) -> EnsembleCaptionCodec:
        """Make the codec of captioners."""
        first = {field.name: getattr(members[0], field.name) for field in fields(CaptionCodec)}
        return cls(**first, members=tuple(members))

    def with_entries(self, entries: Mapping[str, Values]) -> EnsembleCaptionCodec:
        """Return a codec that knows these images, and no others."""
        members = tuple(member.with_entries(entries) for member in self.members)
        return replace(self, entries=entries, members=members)

    def sources(self, texts: Iterable[str]) -> EnsembleSources:  # type: ignore[override]
        """Return what the captioners read of many images; errors as `CaptionCodec.sources`'s."""
        return EnsembleSources(self.members, texts)
