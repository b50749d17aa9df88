"""Between images, captions and what a captioner reads and writes: the scale of the pixels, the ids of the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Packing
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.captions import CHANNELS, Captions, Values, is_images
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.codec import AnswerCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.types import Ids

SMALLEST_DEVIATION = 1e-3
"""What varies less than this, a channel that is the same everywhere, is not stretched."""
PIECE = 1 << 22
"""Numbers that are added up at once."""


@dataclass(frozen=True)
class Scaling:
    """What is subtracted from an image's channels, or from all numbers of features, and what they are divided by."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def of(cls, values: Values) -> Scaling:
        """Measure a training part's values; features have one scale for all their numbers.

        It takes a few entries at a time, because in double precision a large part would not fit in memory.
        """
        width, step = CHANNELS if is_images(values) else 1, max(1, PIECE // values[0].size)
        sums: npt.NDArray[np.float64] = np.zeros((3, width))  # of how many there are, of them, of their squares
        for start in range(0, len(values), step):
            some = values[start : start + step].reshape(-1, width).astype(np.float64)
            there = ~np.isnan(some)
            sums += [there.sum(axis=0), some.sum(axis=0, where=there), (some * some).sum(axis=0, where=there)]
        mean, square = sums[1:] / sums[0]
        deviation = np.sqrt(np.maximum(square - mean * mean, 0))
        return cls(_numbers(mean), _numbers(np.maximum(deviation, SMALLEST_DEVIATION)))

    def __call__(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return values as a model reads them: around 0, and spread by 1."""
        mean, deviation = np.array(self.mean, dtype=np.float32), np.array(self.deviation, dtype=np.float32)
        scaled: npt.NDArray[np.float32] = (values.astype(np.float32) - mean) / deviation
        return scaled


def _numbers(array: npt.ArrayLike) -> tuple[float, ...]:
    return tuple(np.asarray(array, dtype=np.float64).tolist())


class Images:
    """Images to be read, in some order; one may stand there several times.

    Args:
        entries: each (size, size, 3) of uint8.
        places: squares that the model makes of one.
        scaling: the model's.
    """

    def __init__(self, entries: Sequence[Values], places: int, scaling: Scaling) -> None:
        self._entries, self._scaling = entries, scaling
        self.lengths: Ids = np.full(len(entries), places, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._entries)

    def pack(self, rows: Ids, *, reverse: bool = False) -> tuple[npt.NDArray[Any], Packing, Ids]:
        """Return images (N, size, size, 3), scaled, in the order asked for."""
        images = np.stack([self._entries[row] for row in rows.tolist()])
        return self._scaling(images), Packing(self.lengths[rows]), np.arange(len(rows))


class Features:
    """Features to be read, in some order.

    Args:
        entries: each (places, numbers), without places that are not there.
        scaling: the model's.
    """

    def __init__(self, entries: Sequence[Values], scaling: Scaling) -> None:
        self._entries, self._scaling = entries, scaling
        self.lengths: Ids = np.array([len(entry) for entry in entries], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._entries)

    def pack(self, rows: Ids, *, reverse: bool = False) -> tuple[npt.NDArray[Any], Packing, Ids]:
        """Return features (R, numbers), scaled, packed, those of most places first."""
        order = np.argsort(-self.lengths[rows], kind="stable")
        packing = Packing(self.lengths[rows[order]])
        together = np.concatenate([self._entries[row] for row in rows[order].tolist()])
        first = np.cumsum(packing.lengths) - packing.lengths
        return self._scaling(together[first[packing.row_of] + packing.step_of]), packing, order


@dataclass(frozen=True)
class CaptionCodec(AnswerCodec):
    """Turns the names of images into what a captioner reads of them, and captions into ids and back.

    A source is a name, as a row of the data has it; what there is of it stands in `entries`.
    """

    target: Vocabulary
    scaling: Scaling
    config: ModelConfig
    entries: Mapping[str, Values] = field(default_factory=dict)
    """By name: an image (size, size, 3) of uint8, or features (places, numbers) of float32."""
    reverse: bool = False
    source_width: int = 0
    target_width: int = 0

    @classmethod
    def of(cls, config: ModelConfig, target: Vocabulary, text: Mapping[str, Any]) -> CaptionCodec:
        """Make the codec of a model; `text` is what its file says of its sources and targets."""
        return cls(target, Scaling(tuple(text["source_mean"]), tuple(text["source_deviation"])), config)

    def knowing(self, *parts: Captions) -> CaptionCodec:
        """Return a codec that also knows the images of some parts."""
        entries = {name: part.values[place] for part in parts for place, name in enumerate(part.names)}
        return self.with_entries({**self.entries, **entries})

    def with_entries(self, entries: Mapping[str, Values]) -> CaptionCodec:
        """Return a codec that knows these images, and no others."""
        return replace(self, entries=entries)

    def source_symbols(self, text: str) -> list[str]:
        """Return the numbers of an image's places, from 1 on: of its squares in reading order, or of its features."""
        places = len(self._features(text)) if self.config.source_features else self.config.source_places
        return [str(number) for number in range(1, places + 1)]

    def sources(self, texts: Iterable[str]) -> Images | Features:
        """Return what there is of images, by their names.

        Raises:
            DataError: one is not as those are that the model learned from.
        """
        config = self.config
        if config.source_features:
            return Features([self._features(name) for name in texts], self.scaling)
        shape = (config.image_size, config.image_size, CHANNELS)
        names = list(texts)
        entries = [self.entries[name] for name in names]
        for name, entry in zip(names, entries, strict=True):
            if entry.shape != shape:
                raise DataError(f"image {name} is an array of {entry.shape}; this model reads {shape}")
        return Images(entries, config.source_places, self.scaling)

    def _features(self, name: str) -> Values:
        """Return the places of an entry that are there."""
        entry, config = self.entries[name], self.config
        places = int((~np.isnan(entry).all(axis=1)).sum()) if entry.ndim == 2 else 0
        if not 1 <= places <= config.source_places or entry.shape[1] != config.source_features:
            raise DataError(
                f"the features of {name} are an array of {entry.shape}; this model reads vectors of "
                f"{config.source_features:,} numbers, at most {config.source_places:,} of them"
            )
        found: Values = entry[:places]
        return found
