"""Small captioners and captions for tests: of images, and of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from helpers import random_weights

from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import Batch, make_batch
from seq2seq_cli.data.caption_codec import Features, Images, Scaling
from seq2seq_cli.data.captions import Captions
from seq2seq_cli.models.build import build_captioner
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.text.sequences import Sequences

SIZE, PATCH, PLACES, NUMBERS = 7, 4, 3, 5
TARGETS = [[2, 1], [3, 4, 5, 1], [1], [5, 5, 1]]
DRAW = np.random.default_rng(2)
PIXELS = DRAW.integers(0, 256, (4, SIZE, SIZE, 3), dtype=np.uint8)
FEATURES = [DRAW.standard_normal((length, NUMBERS)).astype("f") for length in (2, 3, 1, 3)]
SOURCES = {
    "images": Images(list(PIXELS), 4, Scaling((100.0, 120.0, 140.0), (50.0, 60.0, 70.0))),
    "features": Features(FEATURES, Scaling((0.1,), (0.9,))),
}
READS = {
    "images": {"image_size": SIZE, "patch_size": PATCH, "source_places": 4},
    "features": {"source_features": NUMBERS, "source_places": PLACES},
}


def captioner_config(reads: str, **options: Any) -> ModelConfig:
    sizes = {"target_vocab_size": 6, "embedding_size": 4, "hidden_size": 4, **READS[reads]}
    return ModelConfig(**{"kind": "captioner", **sizes, **options})


def small_captioner(reads: str, backend: Backend | None = None, seed: int = 0, **options: Any) -> Seq2Seq:
    config = captioner_config(reads, **options)
    model = build_captioner(config, backend or get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config, seed))
    return model


def caption_batch(reads: str, rows: list[int] | None = None) -> Batch:
    chosen = np.arange(4) if rows is None else np.array(rows)
    return make_batch(SOURCES[reads], Sequences(TARGETS), chosen, reverse=False, start=0)


def padded_features() -> np.ndarray:
    values = np.full((4, PLACES, NUMBERS), np.nan, dtype=np.float32)
    for row, entry in zip(values, FEATURES, strict=True):
        row[: len(entry)] = entry
    return values


def captions_of(reads: str) -> Captions:
    """Return four images, the second with two captions."""
    rows = [("a", "red"), ("b", "blue one"), ("c", "red one"), ("b", "blue"), ("d", "blue")]
    return Captions(rows, PIXELS if reads == "images" else padded_features())
