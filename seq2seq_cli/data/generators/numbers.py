"""Numbers in digits and in words: ``1994`` ↔ ``one thousand, nine hundred and ninety-four``."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Literal

from seq2seq_cli.config import option
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, PairsDataset
from seq2seq_cli.data.generators.counts import RowOptions
from seq2seq_cli.errors import MissingExtraError, UsageError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

Direction = Literal["digits-to-words", "words-to-digits"]
LARGEST = 10**15
NUMBERS = "Numbers"


@dataclass(frozen=True)
class NumberOptions(RowOptions):
    """What is made.

    Raises:
        UsageError: a value can't be used, or there are fewer numbers than are asked for.
    """

    lang: str = option("en", "The language of the words, such as en, fr, de or ko", group=NUMBERS)
    max: int = option(999_999, "The largest number", group=NUMBERS, low=1, high=LARGEST)
    direction: Direction = option("digits-to-words", "What becomes what", group=NUMBERS)

    def __post_init__(self) -> None:
        super().__post_init__()
        wanted = sum(self.wanted.values())
        if wanted > self.max + 1:
            raise UsageError(f"{wanted:,} rows were asked for, but 0 to {self.max:,} are {self.max + 1:,} numbers")


def generate(options: NumberOptions) -> PairsDataset:
    """Make a dataset. Each number is in one part, once; words that two numbers share are left out.

    Raises:
        MissingExtraError: num2words is not installed.
        UsageError: it does not know the language.
    """
    try:
        import num2words
    except ImportError as error:
        raise MissingExtraError("num2words", "numbers", "prep numbers") from error

    def words(number: int) -> str:
        try:
            return normalise(str(num2words.num2words(number, lang=options.lang)))
        except NotImplementedError:
            raise UsageError(f"`lang={options.lang!r}` is no language that num2words knows") from None

    wanted = options.wanted
    draw = random.Random(options.seed)
    pairs: list[Pair] = []
    seen: set[str] = set()
    for number in _numbers(options.max, sum(wanted.values()), draw):
        text = words(number)
        if text in seen:
            continue
        seen.add(text)
        pair = (str(number), text)
        pairs.append(pair if options.direction == "digits-to-words" else pair[::-1])
    parts: dict[str, list[Pair]] = {}
    for part in sorted(PARTS, key=lambda name: wanted[name]):
        parts[part], pairs = pairs[: wanted[part]], pairs[wanted[part] :]
    if len(parts["train"]) < wanted["train"]:
        raise UsageError("some numbers have the same words in this language: ask for fewer rows")
    version = {"num2words": _version()}
    ordered = {part: parts[part] for part in PARTS}
    notes = {"seed": options.seed}
    return describe(PAIRS_FORMAT, "numbers", ordered, asdict(options), versions=version, notes=notes)


def _version() -> str:
    from importlib.metadata import version

    return version("num2words")


def _numbers(largest: int, count: int, draw: random.Random) -> list[int]:
    """Draw different numbers, their count of digits evenly spread while there are enough; shuffled."""
    if count > (largest + 1) // 2:
        numbers = list(range(largest + 1)) if largest < 4_000_000 else draw.sample(range(largest + 1), count)
        draw.shuffle(numbers)
        return numbers[:count]
    limits = [min(10**digits - 1, largest) for digits in range(1, len(str(largest)) + 1)]
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        chosen[draw.randint(0, limits[int(draw.random() * len(limits))])] = None
    numbers = list(chosen)
    draw.shuffle(numbers)
    return numbers
