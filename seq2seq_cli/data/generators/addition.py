"""Sums: ``57+5`` → ``62``, the book's first task, and differences and products.

Lengths are spread as in the book's `addition.txt`: each number's count of digits is drawn first, evenly,
and then its digits, so that short sums are not swamped by long ones; and like the book's, a dataset has a
sum or its commuted twin but not both, while there are enough others.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from seq2seq_cli.config import option
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.generators.counts import RowOptions
from seq2seq_cli.errors import UsageError
from seq2seq_cli.types import Pair

OPERATORS: Mapping[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COMMUTATIVE = "+*"
SUMS = "Sums"
MOST_DIGITS = 15
MOST_LISTED = 4_000_000
"""Where more than a quarter of all sources are wanted they are listed, up to so many."""


@dataclass(frozen=True)
class AdditionOptions(RowOptions):
    """What is made.

    Raises:
        UsageError: a value can't be used, or there are fewer sums than are asked for.
    """

    digits: int = option(3, "The most digits of a number", group=SUMS, low=1, high=MOST_DIGITS, unit="digits")
    operators: str = option("+", "Some of + - *, written together", group=SUMS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.operators or set(self.operators) - set(OPERATORS) or len(set(self.operators)) < len(self.operators):
            raise UsageError(f"`operators` must be some of {''.join(OPERATORS)}, each once, not {self.operators!r}")
        wanted = sum(self.wanted.values())
        if wanted > self.space:
            raise UsageError(
                f"{wanted:,} rows were asked for, but numbers of at most {self.digits} digits and "
                f"{self.operators!r} make {self.space:,}: ask for fewer, or for more `digits`"
            )

    @property
    def space(self) -> int:
        """How many different sources there are."""
        numbers: int = 10**self.digits
        return len(self.operators) * numbers * numbers


Source = tuple[int, str, int]


def generate(options: AdditionOptions) -> PairsDataset:
    """Make a dataset. All sources differ; a sum and its commuted twin are in one part."""
    draw = random.Random(options.seed)
    wanted = options.wanted
    groups = _twins(_sources(options, draw, sum(wanted.values())))
    draw.shuffle(groups)
    parts: dict[str, list[Pair]] = {part: [] for part in PARTS}
    for part in sorted(PARTS, key=lambda name: wanted[name]):
        for a, sign, b in _fill(groups, wanted[part]):
            parts[part].append((f"{a}{sign}{b}", str(OPERATORS[sign](a, b))))
        if len(parts[part]) < wanted[part]:
            raise UsageError(
                f"`{part}={wanted[part]}` is more than is left when a sum and its commuted twin stay in one part; "
                "ask for a few rows less, or for more `digits`"
            )
        draw.shuffle(parts[part])
    return describe(PAIRS_FORMAT, "addition", parts, asdict(options), notes={"seed": options.seed})


def _twin_key(a: int, sign: str, b: int) -> Source:
    """Return what a sum or product has in common with its commuted twin; a difference has none."""
    return (b, sign, a) if a > b and sign in COMMUTATIVE else (a, sign, b)


def _twins(rows: Iterable[Source]) -> list[list[Source]]:
    """Group sums and products with their commuted twins; a difference stands alone."""
    groups: dict[Source, list[Source]] = {}
    for source in rows:
        groups.setdefault(_twin_key(*source), []).append(source)
    return list(groups.values())


def _fill(groups: list[list[Source]], count: int) -> list[Source]:
    """Take whole groups off the end until there are `count` rows; a twin that does not fit is left out."""
    rows: list[Source] = []
    while groups and len(rows) < count:
        if count - len(rows) == 1:  # prefer a single row to splitting a commuted pair
            single = next((i for i in range(len(groups) - 1, -1, -1) if len(groups[i]) == 1), len(groups) - 1)
            rows.append(groups.pop(single)[0])
        else:
            rows += groups.pop()
    return rows


def _sources(options: AdditionOptions, draw: random.Random, count: int) -> Iterable[Source]:
    """Draw sources of which no two are twins, or list all of a space that would not have enough of them."""
    if count > options.space // 4:
        if options.space > MOST_LISTED:
            raise UsageError(f"more than a quarter of {options.space:,} possible rows is too much; ask for fewer")
        numbers = range(10**options.digits)
        every = [(a, sign, b) for sign in options.operators for a in numbers for b in numbers]
        draw.shuffle(every)
        # Twins may cost a part its last row, so there are a few rows to spare.
        return every[: count + 2 * len(PARTS)]
    limits = [10**digits for digits in range(1, options.digits + 1)]
    signs, uniform = options.operators, draw.random
    rows: dict[Source, Source] = {}
    while len(rows) < count:
        a = int(uniform() * limits[int(uniform() * len(limits))])
        b = int(uniform() * limits[int(uniform() * len(limits))])
        sign = signs[int(uniform() * len(signs))]
        rows.setdefault(_twin_key(a, sign, b), (a, sign, b))
    return rows.values()
