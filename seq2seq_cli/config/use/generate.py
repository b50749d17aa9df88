"""Options of ``s2s generate``: writing text."""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.config.fields import option
from seq2seq_cli.config.use.shared import (
    DRAWING,
    DRAWN,
    MAX_SEED,
    TEMPERATURE,
    TEXTS,
    TOP_K,
    TOP_P,
    UNKNOWN,
    TextFormat,
    UnknownPolicy,
    WhereItRuns,
)


@dataclass(frozen=True)
class GenerateOptions(WhereItRuns):
    """Of ``s2s generate``."""

    start: str | None = option(
        None,
        "What the text begins with",
        group=TEXTS,
        otherwise="each line of standard input, or what is typed at a prompt",
        common=True,
        once=True,
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
    unknown: UnknownPolicy = option("mark", UNKNOWN, group=TEXTS)
    greedy: bool = option(False, "Take the most probable symbol instead of drawing", group=DRAWING)
    temperature: float = option(1.0, TEMPERATURE, group=DRAWING, above=0, needs=DRAWN, common=True)
    top_k: int = option(0, TOP_K, group=DRAWING, low=0, high=1 << 31, needs=DRAWN, paper="Fan et al. 2018")
    top_p: float = option(1.0, TOP_P, group=DRAWING, above=0, high=1, needs=DRAWN, paper="Holtzman et al. 2020")
    skip: tuple[str, ...] | None = option(
        None,
        "Never write this symbol; give it again for more",
        group=DRAWING,
        otherwise="<unk>; of Penn Treebank text also N and $",
    )
    seed: int = option(
        0, "The same seed writes the same text", group=DRAWING, low=0, high=MAX_SEED, needs=DRAWN, common=True
    )
