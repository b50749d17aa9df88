"""Recipes for pairs: options chosen from what the training part is like, and from nothing else.

`auto` looks at the pairs and takes the recipe for what they seem to be; a recipe can also be asked for by its
name. All of them are one architecture, an encoder that reads in both directions and a decoder with attention and a
readout (Luong et al. 2015), in sizes that fit the data. Their figures stand in docs/results.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PairsFacts:
    """What a recipe sees of a training part."""

    made_by: str
    """What made the data: ``lexicon``, ``chat``, ``pairs``, …"""
    rows: int
    source_length: float
    """Mean symbols of a source, at its level; a subword unit counts as a word and a half."""
    target_length: float
    source_level: str
    target_level: str
    shared: float
    """Share of the targets' symbols (each as often as it stands there) that the sources' alphabet has too."""
    decomposed: bool
    """Whether the text has far fewer symbols when its characters are taken apart (Hangul)."""

    @property
    def symbols(self) -> float:
        """Target symbols of the training part."""
        return self.rows * self.target_length


TYPICAL = PairsFacts("pairs", 10_000, 10.0, 10.0, "char", "char", 0.0, False)
"""What is assumed where nobody knows the data."""


def family(facts: PairsFacts) -> str:
    """Return the recipe for what the pairs seem to be."""
    if facts.made_by == "chat":
        return "chat"
    if facts.made_by == "lexicon" or (facts.source_level, facts.target_level) == ("char", "word"):
        return "g2p"
    if facts.target_level == "char":
        return "inflection" if facts.shared > ALIKE else "g2p"
    return "translation"


ALIKE = 0.6
"""From this share of shared symbols on, both sides are written alike."""

_COMMON = {
    "bidirectional": True,
    "attention": "general",
    "readout": True,
    "schedule": "one-cycle",
    "optimizer": "adam",
    "label_smoothing": 0.1,
    "clip": 5.0,
}


FEW_ROWS = 2_000


def g2p(facts: PairsFacts) -> dict[str, Any]:
    """Words to sounds, names to another script: short rows, small alphabets, nearly monotone."""
    return _transduction(facts)


def inflection(facts: PairsFacts) -> dict[str, Any]:
    """Words or phrases to others in the same script: inflected forms, normalised dates.

    Of few rows a second layer of the encoder learns by heart what one layer learns as a rule.
    """
    return {**_transduction(facts), "encoder_layers": 1 if facts.rows < FEW_ROWS else 2}


def _transduction(facts: PairsFacts) -> dict[str, Any]:
    size = _between(facts.rows, (1_000, 160), (20_000, 256), (100_000, 384))
    batch = _between(facts.rows, (1_000, 128), (20_000, 512), (100_000, 1024))
    return {
        **_COMMON,
        "embedding_size": min(size // 2, 128),
        "hidden_size": size,
        "layers": 1,
        "encoder_layers": 2,
        "dropout": _between(facts.rows, (3_000, 35), (100_000, 20), step=1) / 100,
        "learning_rate": _between(facts.rows, (1_000, 30), (10_000, 10), step=1) / 10_000,
        "batch_symbols": batch,
        **_length_of_training(
            facts,
            batch,
            updates=_between(facts.rows, (1_000, 6_000), (4_000, 10_000), (10_000, 12_000), (100_000, 20_000)),
        ),
        "weight_averaging": 0.999,
        **({"normalise": "nfd"} if facts.decomposed else {}),
    }


def translation(facts: PairsFacts) -> dict[str, Any]:
    """Sentences to sentences, in words or subword units."""
    return _sentences(facts, dropout=0.4)


def chat(facts: PairsFacts) -> dict[str, Any]:
    """Questions to replies: many right answers to each, so it learns less by heart."""
    return _sentences(facts, dropout=0.4)


def _sentences(facts: PairsFacts, *, dropout: float) -> dict[str, Any]:
    size = _between(facts.rows, (3_000, 256), (29_000, 384), (140_000, 512))
    batch = _between(facts.rows, (3_000, 512), (30_000, 1536))
    alike = (facts.source_level, facts.target_level) == ("subword", "subword")
    return {
        **_COMMON,
        "embedding_size": _between(facts.rows, (3_000, 128), (29_000, 256)),
        "hidden_size": size,
        "layers": 1,
        "tied": True,
        "tied_source": alike,
        "dropout": dropout,
        "learning_rate": 0.002,
        "batch_symbols": batch,
        **_length_of_training(facts, batch, updates=_between(facts.rows, (3_000, 3_000), (30_000, 8_000))),
        "weight_averaging": 0.998,
        **({"min_count": 2, "mask_rare": 0.2} if "word" in (facts.source_level, facts.target_level) else {}),
    }


RECIPES: Mapping[str, Callable[[PairsFacts], dict[str, Any]]] = {
    "g2p": g2p,
    "inflection": inflection,
    "translation": translation,
    "chat": chat,
}


def auto(facts: PairsFacts) -> dict[str, Any]:
    """What the data seems to need; see `family`."""
    return RECIPES[family(facts)](facts)


def _between(rows: int, *points: tuple[int, int], step: int = 32) -> int:
    """Return a whole number that goes with the rows: straight lines between points on a logarithmic scale of rows.

    Below the first point and above the last one it stays what it is there; it is rounded to a multiple of `step`.
    """
    logs = [math.log(max(1, count)) for count, _ in points]
    at = min(max(math.log(max(1, rows)), logs[0]), logs[-1])
    for (left, (_, low)), (right, (_, high)) in zip(
        zip(logs, points, strict=True), zip(logs[1:], points[1:], strict=True), strict=False
    ):
        if at <= right:
            return max(step, round((low + (high - low) * (at - left) / (right - left)) / step) * step)
    return points[-1][1]


def _length_of_training(facts: PairsFacts, batch: int, *, updates: int) -> dict[str, int]:
    """Return as many epochs as make so many updates: few rows need hundreds."""
    a_pass = max(1.0, facts.symbols / batch)
    epochs = max(MIN_EPOCHS, min(MAX_EPOCHS, round(updates / a_pass)))
    return {"epochs": epochs, "patience": max(MIN_EPOCHS, round(epochs * PATIENCE))}


MIN_EPOCHS, MAX_EPOCHS = 10, 400
PATIENCE = 0.4
"""Epochs without a better result after which training ends, as a share of all: the rate is still high in the middle."""
