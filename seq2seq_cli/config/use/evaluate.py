"""Options of ``s2s evaluate``: measuring a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seq2seq_cli.config.fields import ENCODED, LANGUAGE_MODELS, absent, option, present
from seq2seq_cli.config.registry import MetricName
from seq2seq_cli.config.use.shared import BEAM, LENGTH_PENALTY, LENGTH_PENALTY_HELP, WITH_BEAM, WhereItRuns

ANSWERED = "Pairs and captions"


@dataclass(frozen=True)
class EvaluationOptions(WhereItRuns):
    """Of ``s2s evaluate``."""

    part: str = option("test", "The part of the dataset: train, valid or test", group="What", common=True)
    errors: int = option(
        0,
        "Show so many wrong answers, or of a text the symbols that were least expected",
        group="What",
        low=0,
        high=1 << 31,
        needs=(absent("as_book"),),
        common=True,
    )
    json: bool = option(False, "Print one JSON object", group="What", common=True)
    metric: tuple[MetricName, ...] | None = option(
        None,
        "Show this figure of the answers first; give it again for more",
        group=ANSWERED,
        kinds=ENCODED,
        otherwise="those that fit the targets, see docs/metrics.md",
        common=True,
    )
    compare: Path | None = option(
        None,
        "Also measure another model on the same part, and test whether the two differ",
        group=ANSWERED,
        kinds=ENCODED,
        otherwise="no other",
        common=True,
    )
    by: Literal["length"] | None = option(
        None,
        "Show exact match, and the figure that stands first, by the source's length too",
        group=ANSWERED,
        kinds=("pairs",),
        otherwise="all together",
    )
    max_length: int | None = option(
        None,
        "The most symbols of an answer",
        group=ANSWERED,
        low=1,
        high=1 << 20,
        unit="symbols",
        kinds=ENCODED,
        otherwise="twice the longest in training",
    )
    beam: int = option(1, BEAM, group=ANSWERED, low=1, high=1 << 10, unit="beginnings", kinds=ENCODED, common=True)
    length_penalty: float = option(
        LENGTH_PENALTY,
        LENGTH_PENALTY_HELP,
        group=ANSWERED,
        low=0,
        high=10,
        kinds=ENCODED,
        needs=(WITH_BEAM,),
        paper="Wu et al. 2016",
    )
    batch_size: int = option(
        512, "Rows that run at once", group=ANSWERED, low=1, high=1 << 20, unit="rows", kinds=ENCODED
    )
    as_book: bool = option(
        False, "By the book's procedure: 10 streams, the rest dropped", group=LANGUAGE_MODELS, kinds=("text",)
    )
    streams: int = option(
        1,
        "Run a text in so many pieces beside each other: faster, and nearly the same",
        group=LANGUAGE_MODELS,
        low=1,
        high=1 << 20,
        old=("tracks",),
        kinds=("text",),
        needs=(absent("as_book"), absent("cache")),
    )
    cache: int | None = option(
        None,
        "Mix with a cache of so many states, and report that apart",
        group=LANGUAGE_MODELS,
        low=1,
        high=1 << 20,
        unit="states",
        kinds=("text",),
        needs=(absent("as_book"),),
        paper="Grave et al. 2017",
        otherwise="no cache",
    )
    cache_share: float = option(
        0.1,
        "The cache's share of the mixture",
        group=LANGUAGE_MODELS,
        low=0,
        high=0.999,
        kinds=("text",),
        needs=(present("cache", example=500),),
    )
    cache_sharpness: float = option(
        0.6,
        "How much likeness of states counts in the cache",
        group=LANGUAGE_MODELS,
        low=0,
        high=1e6,
        kinds=("text",),
        needs=(present("cache", example=500),),
    )
