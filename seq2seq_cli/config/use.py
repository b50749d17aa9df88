"""Options of using a model: answering lines, writing text, scoring lines, measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seq2seq_cli.config.fields import Checked, absent, among, option, present
from seq2seq_cli.config.run import RUN

LineFormat = Literal["text", "tsv", "jsonl"]
TextFormat = Literal["text", "jsonl"]
UnknownPolicy = Literal["error", "mark", "drop"]

DRAWING, ANSWERS, TEXTS, LINES = "Drawing", "Answers", "Texts", "Lines"
_TEMPERATURE = "What the logits are divided by; below 1 is safer, above 1 more varied"
_TOP_K = "Draw from the k most probable symbols; 0 is all"
_TOP_P = "Draw from the most probable symbols that together reach this probability"
_UNKNOWN = (
    "Symbols never seen: read the unknown symbol (mark), leave them out (drop), or answer a blank line and exit "
    "with 1 (error)"
)
_DEVICE = "Where it runs: cpu, cuda, cuda:1, or auto"
_THREADS = "Threads of NumPy's matrix products"
_MAX_SEED = 2**63 - 1
_SAMPLED, _DRAWN = (present("sample", example=True),), (absent("greedy"),)


@dataclass(frozen=True)
class TranslateOptions(Checked):
    """Of ``s2s translate``."""

    sample: bool = option(False, "Draw answers instead of taking the most probable symbols", group=DRAWING)
    temperature: float = option(1.0, _TEMPERATURE, group=DRAWING, above=0, needs=_SAMPLED)
    top_k: int = option(0, _TOP_K, group=DRAWING, low=0, high=1 << 31, needs=_SAMPLED, paper="Fan et al. 2018")
    top_p: float = option(1.0, _TOP_P, group=DRAWING, above=0, high=1, needs=_SAMPLED, paper="Holtzman et al. 2020")
    seed: int = option(0, "The same seed draws the same answers", group=DRAWING, low=0, high=_MAX_SEED, needs=_SAMPLED)
    max_length: int | None = option(
        None,
        "The most symbols of an answer",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        unit="symbols",
        otherwise="twice the longest in training",
    )
    scores: bool = option(False, "Add a tab and the answer's log-probability", group=ANSWERS)
    format: LineFormat = option(
        "text",
        "Write answers, sources with answers beside them, or an object a line",
        group=ANSWERS,
        common=True,
    )
    column: int | None = option(
        None,
        "Answer this column of a TSV in its place, and pass the others through",
        group=ANSWERS,
        low=1,
        high=1 << 20,
        otherwise="the whole line",
        needs=(among("format", "text"),),
        common=True,
    )
    unknown: UnknownPolicy = option("mark", _UNKNOWN, group=ANSWERS)
    batch_size: int = option(512, "Rows that run at once", group=RUN, low=1, high=1 << 20, unit="rows")
    device: str = option("cpu", _DEVICE, group=RUN)
    threads: int | None = option(None, _THREADS, group=RUN, low=1, high=1024, otherwise="as NumPy chooses")


@dataclass(frozen=True)
class GenerateOptions(Checked):
    """Of ``s2s generate``."""

    start: str | None = option(
        None, "What the text begins with", group=TEXTS, otherwise="each line of standard input", common=True
    )
    length: int = option(
        100, "Symbols written after the prompt", group=TEXTS, low=1, high=1 << 60, unit="symbols", common=True
    )
    until: str | None = option(
        None, "Stop before this symbol, for example <eos>", group=TEXTS, otherwise="only the length ends it"
    )
    samples: int = option(1, "Texts for each prompt", group=TEXTS, low=1, high=1 << 40, unit="texts")
    scores: bool = option(False, "Add a tab and the text's log-probability", group=TEXTS)
    format: TextFormat = option("text", "Write texts, or an object a line", group=TEXTS)
    unknown: UnknownPolicy = option("mark", _UNKNOWN, group=TEXTS, needs=(absent("start"),))
    greedy: bool = option(False, "Take the most probable symbol instead of drawing", group=DRAWING)
    temperature: float = option(1.0, _TEMPERATURE, group=DRAWING, above=0, needs=_DRAWN, common=True)
    top_k: int = option(0, _TOP_K, group=DRAWING, low=0, high=1 << 31, needs=_DRAWN, paper="Fan et al. 2018")
    top_p: float = option(1.0, _TOP_P, group=DRAWING, above=0, high=1, needs=_DRAWN, paper="Holtzman et al. 2020")
    skip: tuple[str, ...] | None = option(
        None,
        "Never write this symbol; give it again for more",
        group=DRAWING,
        otherwise="<unk>; of Penn Treebank text also N and $",
    )
    seed: int = option(
        0, "The same seed writes the same text", group=DRAWING, low=0, high=_MAX_SEED, needs=_DRAWN, common=True
    )
    device: str = option("cpu", _DEVICE, group=RUN)
    threads: int | None = option(None, _THREADS, group=RUN, low=1, high=1024, otherwise="as NumPy chooses")


@dataclass(frozen=True)
class ScoreOptions(Checked):
    """Of ``s2s score``."""

    format: LineFormat = option(
        "text",
        "Write log-probability, tab, perplexity; the same after the line itself; or an object a line",
        group=LINES,
    )
    unknown: UnknownPolicy = option("mark", _UNKNOWN, group=LINES)
    device: str = option("cpu", _DEVICE, group=RUN)
    threads: int | None = option(None, _THREADS, group=RUN, low=1, high=1024, otherwise="as NumPy chooses")


@dataclass(frozen=True)
class EvaluationOptions(Checked):
    """Of ``s2s evaluate``."""

    part: str = option("test", "The part of the dataset: train, valid or test", group="What", common=True)
    errors: int = option(
        0,
        "Show so many wrong answers, or of a text the symbols that were least expected",
        group="What",
        low=0,
        high=1 << 31,
        common=True,
    )
    json: bool = option(False, "Print one JSON object", group="What", common=True)
    by: Literal["length"] | None = option(
        None, "Also exact match by the source's length", group="Pairs", kinds=("pairs",), otherwise="all together"
    )
    max_length: int | None = option(
        None,
        "The most symbols of an answer",
        group="Pairs",
        low=1,
        high=1 << 20,
        unit="symbols",
        kinds=("pairs",),
        otherwise="twice the longest in training",
    )
    batch_size: int = option(
        512, "Rows that run at once", group="Pairs", low=1, high=1 << 20, unit="rows", kinds=("pairs",)
    )
    as_book: bool = option(
        False, "By the book's procedure: 10 streams, the rest dropped", group="Language models", kinds=("text",)
    )
    streams: int = option(
        1,
        "Run a text in so many pieces beside each other: faster, and nearly the same",
        group="Language models",
        low=1,
        high=1 << 20,
        old=("tracks",),
        kinds=("text",),
        needs=(absent("as_book"), absent("cache")),
    )
    cache: int | None = option(
        None,
        "Mix with a cache of so many states, and report that apart",
        group="Language models",
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
        group="Language models",
        low=0,
        high=1,
        kinds=("text",),
        needs=(present("cache", example=500),),
    )
    cache_sharpness: float = option(
        0.6,
        "How much likeness of states counts in the cache",
        group="Language models",
        low=0,
        high=1e6,
        kinds=("text",),
        needs=(present("cache", example=500),),
    )
    device: str = option("cpu", _DEVICE, group=RUN)
    threads: int | None = option(None, _THREADS, group=RUN, low=1, high=1024, otherwise="as NumPy chooses")
