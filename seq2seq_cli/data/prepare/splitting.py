"""What preparations share: the options of a split, and parts that somebody has made already."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seq2seq_cli.config import Checked, option
from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.lines import plural
from seq2seq_cli.data.split import check_share, held_out, split_by_key
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import Pair

NO_TRAIN_PART = "there is no part to train on: give `train_file` too"

SPLITTING, FORMAT = "Splitting", "What the files hold"
SPLIT_OPTIONS = ("valid", "test", "seed")
"""Those that have no effect where the parts are there already."""


@dataclass(frozen=True)
class SplitOptions(Checked):
    """How rows are split. `valid` and `test` below 1 are shares of all rows; from 1 on they are counts.

    Raises:
        UsageError: a value can't be used.
    """

    valid: float = option(0.05, "Share (below 1) or count of the rows for valid", group=SPLITTING, low=0)
    test: float = option(0.05, "Share (below 1) or count of the rows for test", group=SPLITTING, low=0)
    seed: int = option(0, "The same seed gives the same parts", group=SPLITTING, low=0, high=2**63 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("valid", "test"):
            check_share(name, getattr(self, name))


def split_rows(
    pairs: Sequence[Pair], valid: float, test: float, seed: int, key: Callable[[str], str]
) -> dict[str, list[Pair]]:
    """Split pairs at random; rows whose sources have the same key stay in one part.

    Raises:
        DataError: there are no pairs, or too few for the parts asked for.
    """
    if not pairs:
        raise DataError("there is not one usable row in the input")
    counts = held_out(len(pairs), {"valid": valid, "test": test}, "rows")
    draw = random.Random(seed)
    parts = split_by_key(pairs, {"train": 0, **counts}, key=key, shuffle=draw.shuffle)
    for part in parts.values():
        draw.shuffle(part)
    if not parts["train"]:
        raise DataError("nothing is left for train, since all rows of a source stay in one part")
    return parts


def join_parts(
    parts: Mapping[str, Sequence[Pair]], key: Callable[[str], str] = str
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Take parts that somebody has split already; a source that stands in two is left out of the earlier one.

    The later part keeps its rows, so a figure on it can be compared with others on that part.

    Args:
        parts: the rows of each.
        key: what makes two sources the same.

    Returns:
        The parts in order, and warnings: how many rows were left out.

    Raises:
        DataError: there is no part to train on, or nothing is left of it.
    """
    if "train" not in parts:
        raise DataError(NO_TRAIN_PART)
    known: dict[str, str] = {}
    kept: dict[str, list[Pair]] = {}
    warnings: list[str] = []
    for name in reversed([part for part in PARTS if part in parts]):
        kept[name] = [pair for pair in parts[name] if known.get(key(pair[0]), name) == name]
        lost = len(parts[name]) - len(kept[name])
        if lost:
            warnings.append(f"left {plural(lost, 'row')} of {name} out: the source stands in a later part too")
        known.update(dict.fromkeys((key(source) for source, _ in kept[name]), name))
    if not kept["train"]:
        raise DataError("nothing is left for train")
    return {name: kept[name] for name in PARTS if name in kept}, warnings
