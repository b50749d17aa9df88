"""What a training part is like, for recipes that choose by it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seq2seq_cli.config.recipes import PairsFacts
from seq2seq_cli.data.formats import PairsDataset
from seq2seq_cli.text.normalise import alphabet_sizes
from seq2seq_cli.types import Pair

LOOKED_AT = 20_000
"""Rows that are looked at, at most; more tell nothing new."""

WORDS_IN_UNITS = 1.5
"""Subword units that a word is taken for, before any are learned."""

FEWER = 0.7
"""An alphabet that is smaller than this share of itself when its characters are taken apart is taken apart."""


def facts_of_pairs(dataset: PairsDataset, given: Mapping[str, Any]) -> PairsFacts:
    """Look at the training part.

    Args:
        dataset: the data.
        given: the options given, of which those count that say how the sides are cut.
    """
    levels = {side: given.get(f"{side}_level") or dataset.levels[side] for side in ("source", "target")}
    rows = dataset.part("train")
    seen: Sequence[Pair] = random.Random(0).sample(list(rows), LOOKED_AT) if len(rows) > LOOKED_AT else rows
    sources, targets = [source for source, _ in seen], [target for _, target in seen]
    known = set("".join(sources))
    letters = Counter("".join(targets))
    return PairsFacts(
        made_by=str(dataset.description.get("kind", "")),
        rows=len(rows),
        source_length=_mean_length(sources, levels["source"]),
        target_length=_mean_length(targets, levels["target"]),
        source_level=levels["source"],
        target_level=levels["target"],
        shared=sum(count for letter, count in letters.items() if letter in known) / max(1, letters.total()),
        decomposed=any(level == "char" and _shrinks(side) for level, side in _sides(levels, sources, targets)),
    )


def _sides(
    levels: Mapping[str, str], sources: Iterable[str], targets: Iterable[str]
) -> Iterable[tuple[str, Iterable[str]]]:
    return (levels["source"], sources), (levels["target"], targets)


def _mean_length(texts: Sequence[str], level: str) -> float:
    if level == "char":
        return sum(map(len, texts)) / len(texts)
    words = sum(len(text.split()) for text in texts) / len(texts)
    return words if level == "word" else words * WORDS_IN_UNITS


def _shrinks(texts: Iterable[str]) -> bool:
    """Tell whether taking characters apart leaves far fewer distinct ones."""
    sizes = alphabet_sizes(texts)
    return sizes["NFD"] < FEWER * sizes["NFC"]
