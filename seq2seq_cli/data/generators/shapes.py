"""Pictures of one or two coloured shapes, and the one caption that each has.

"a small red circle", or "a small red circle left of a large blue square"; and a picture decides every word:

- two shapes differ in colour, and the one whose colour stands first in `COLOURS` is named first;
- one of them is beside the other (left of, right of) or over it (above, below): along one axis they stand clear of each
  other, and along the other axis their middles are close;
- the two sizes don't overlap.

Some combinations are kept out of training: each picture of valid, and each of test, shows one that no picture of
train shows. With ``hold_out="scenes"`` it is two phrases, each of which stands in train beside others; with
``"phrases"``, which is harder, it is a size, a colour and a shape, any two of which stand together in train.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from seq2seq_cli.config import option
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, CHANNELS, Captions, CaptionsDataset
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.generators.counts import ROWS, RowOptions
from seq2seq_cli.errors import UsageError
from seq2seq_cli.types import Pair

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.float64]

PICTURES = "Pictures"
HELD_OUT = 5
"""Phrases that valid has for itself; and so many test."""
SHARE = 0.1
"""Of the scenes that valid has for itself; and as many test."""
MOST_PICTURES = 1_000_000
MOST_BYTES = 1 << 32
"""Of all pictures together, which are drawn in memory."""
SIZES = ("small", "large")
COLOURS = {
    "red": (225, 30, 40),
    "orange": (255, 140, 20),
    "yellow": (245, 235, 50),
    "green": (40, 170, 60),
    "cyan": (60, 215, 225),
    "blue": (40, 80, 230),
    "purple": (130, 50, 190),
    "pink": (255, 130, 200),
    "white": (250, 250, 250),
}
"""In the rainbow's order, and then what is no part of it."""
SHAPES = ("circle", "square", "triangle", "cross", "ring", "bar")
RELATIONS = ("left of", "right of", "above", "below")

RADII = {"small": (0.115, 0.14), "large": (0.185, 0.215)}
"""Half of a shape's width, as a share of the picture's: the least and the most."""
ALONE = 0.3
"""Share of the pictures that show one shape."""
GAP = 0.04
"""The least distance between two shapes, as a share of the picture's width."""
ASIDE = 0.12
"""How far their middles are apart at most along the axis that the relation does not name."""
DARKEST, BRIGHTEST = 0, 70
"""Of the grey behind the shapes."""
TINT, NOISE = 15.0, 6.0
"""How much each channel of a colour differs from picture to picture at most (two colours never meet), and how much a
pixel from its neighbour."""

Phrase = tuple[str, str, str]
"""Size, colour, shape."""
PHRASES: list[Phrase] = [(size, colour, shape) for size in SIZES for colour in COLOURS for shape in SHAPES]


@dataclass(frozen=True)
class ShapesOptions(RowOptions):
    """What is made.

    Raises:
        UsageError: a value can't be used.
    """

    train: int = option(20_000, "Pictures to learn from", group=ROWS, low=1, high=MOST_PICTURES, unit="pictures")
    valid: int = option(
        500, "Pictures to measure on while training", group=ROWS, low=0, high=MOST_PICTURES, unit="pictures"
    )
    test: int = option(
        1_000, "Pictures to measure on at the end", group=ROWS, low=0, high=MOST_PICTURES, unit="pictures"
    )
    hold_out: Literal["scenes", "phrases"] = option(
        "scenes",
        "What train never shows: two shapes in a picture (scenes), or, harder, a size, colour and shape together "
        "(phrases)",
        group=PICTURES,
    )
    size: int = option(40, "Width and height of a picture", group=PICTURES, low=24, high=128, unit="pixels")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bytes_made > MOST_BYTES:
            raise UsageError(
                f"{sum(self.wanted.values()):,} pictures of {self.size} pixels are {self.bytes_made:,} bytes, more "
                f"than {MOST_BYTES:,}: give a smaller `train` or `size`"
            )

    @property
    def bytes_made(self) -> int:
        """What the pictures come to."""
        return sum(self.wanted.values()) * self.size * self.size * CHANNELS


def generate(options: ShapesOptions) -> CaptionsDataset:
    """Make a dataset. No picture is drawn twice alike."""
    draw = random.Random(options.seed)
    split: _Split = _SceneSplit(draw) if options.hold_out == "scenes" else _PhraseSplit(draw)
    parts = {}
    for part in PARTS:
        scenes = [_scene(draw, split.phrases(part)) for _ in range(options.wanted[part])]
        names = [f"{part}-{number:05d}" for number in range(1, len(scenes) + 1)]
        rows: list[Pair] = [(name, scene.caption) for name, scene in zip(names, scenes, strict=True)]
        parts[part] = Captions(rows, _render(scenes, options.size, [options.seed, PARTS.index(part)]))
    notes = {"seed": options.seed, **split.notes}
    return describe(CAPTIONS_FORMAT, "shapes", parts, asdict(options), notes=notes)


# --- what is held out -------------------------------------------------------------------------------------


class _Split(ABC):
    """Chooses what the pictures of each part show.

    Args:
        draw: where choices come from.
    """

    notes: Mapping[str, Any] = {}
    """For the dataset's description."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    @abstractmethod
    def phrases(self, part: str) -> list[Phrase]:
        """Return the one or two phrases of a picture; two differ in colour."""

    def _other(self, one: Phrase, among: Sequence[Phrase]) -> Phrase:
        return self._draw.choice([phrase for phrase in among if phrase[1] != one[1]])

    def _alone(self) -> bool:
        return self._draw.random() < ALONE


class _PhraseSplit(_Split):
    """Valid, and test, have phrases for themselves. No two share two words, so train shows any two words together."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__(draw)
        rest = draw.sample(PHRASES, len(PHRASES))
        self._held_out: dict[str, list[Phrase]] = {"train": [], "valid": [], "test": []}
        for place in range(2 * HELD_OUT):
            chosen = rest.pop()
            self._held_out[("test", "valid")[place % 2]].append(chosen)
            rest = [phrase for phrase in rest if sum(map(str.__eq__, phrase, chosen)) < 2]
        self._known = [phrase for phrase in PHRASES if all(phrase not in some for some in self._held_out.values())]
        self.notes = {
            "held_out": {part: [" ".join(phrase) for phrase in some] for part, some in self._held_out.items() if some}
        }

    def phrases(self, part: str) -> list[Phrase]:
        """Return known phrases for train; for another part one that is its own, and another of either sort."""
        one = self._draw.choice(self._held_out[part] or self._known)
        return [one] if self._alone() else [one, self._other(one, [*self._known, *self._held_out[part]])]


class _SceneSplit(_Split):
    """Valid, and test, have for themselves a tenth each of what two phrases can stand in a picture together."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__(draw)
        self._key = draw.getrandbits(64)

    def phrases(self, part: str) -> list[Phrase]:
        """Return any one phrase, in train alone, or two that may stand together in this part."""
        if part == "train" and self._alone():
            return [self._draw.choice(PHRASES)]
        while True:
            one = self._draw.choice(PHRASES)
            both = [one, self._other(one, PHRASES)]
            share = random.Random(f"{self._key} {sorted(both)}").random()
            if ("valid" if share < SHARE else "test" if share < 2 * SHARE else "train") == part:
                return both


# --- what is shown ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Thing:
    """One shape in a picture; places and sizes are shares of the picture's width."""

    phrase: Phrase
    x: float
    y: float
    radius: float
    colour: tuple[float, ...]


@dataclass(frozen=True)
class _Scene:
    """One picture: its shapes in the order in which they are named, how the first stands to the second, the grey."""

    things: list[_Thing]
    relation: str
    grey: float

    @property
    def caption(self) -> str:
        return f" {self.relation} ".join(f"a {' '.join(thing.phrase)}" for thing in self.things)


def _scene(draw: random.Random, phrases: Sequence[Phrase]) -> _Scene:
    """Draw where the shapes of one or two phrases stand, and how large they are."""
    phrases = sorted(phrases, key=lambda phrase: list(COLOURS).index(phrase[1]))
    radii = [draw.uniform(*RADII[phrase[0]]) for phrase in phrases]
    if len(phrases) == 1:
        relation, places = "", [(draw.uniform(radii[0], 1 - radii[0]), draw.uniform(radii[0], 1 - radii[0]))]
    else:
        relation = draw.choice(RELATIONS)
        along, across = _places(draw, radii, first_is_before=relation in ("left of", "above"))
        upright = relation in ("above", "below")
        places = list(zip(across, along, strict=True) if upright else zip(along, across, strict=True))
    things = [
        _Thing(phrase, x, y, radius, _tinted(draw, phrase[1]))
        for phrase, radius, (x, y) in zip(phrases, radii, places, strict=True)
    ]
    return _Scene(things, relation, draw.uniform(DARKEST, BRIGHTEST))


def _tinted(draw: random.Random, colour: str) -> tuple[float, ...]:
    return tuple(min(255.0, max(0.0, part + draw.uniform(-TINT, TINT))) for part in COLOURS[colour])


def _places(draw: random.Random, radii: Sequence[float], *, first_is_before: bool) -> tuple[list[float], list[float]]:
    """Draw where the middles are: along the relation's axis, and across it."""
    before, after = radii if first_is_before else reversed(radii)
    low = draw.uniform(before, 1 - before - GAP - 2 * after)
    high = draw.uniform(low + before + GAP + after, 1 - after)
    along = [low, high] if first_is_before else [high, low]
    largest = max(radii)
    middle = draw.uniform(largest + ASIDE / 2, 1 - largest - ASIDE / 2)
    aside = draw.uniform(-ASIDE / 2, ASIDE / 2)
    return along, [middle + aside, middle - aside]


# --- drawing ----------------------------------------------------------------------------------------------


def _render(scenes: Sequence[_Scene], size: int, key: Sequence[int]) -> npt.NDArray[np.uint8]:
    """Draw pictures (n, size, size, 3)."""
    import numpy as np

    noise = np.random.default_rng(list(key))
    pictures = np.empty((len(scenes), size, size, CHANNELS), dtype=np.uint8)
    places = (np.arange(size) + 0.5) / size
    for picture, scene in zip(pictures, scenes, strict=True):
        canvas = np.full((size, size, CHANNELS), scene.grey)
        for thing in scene.things:
            distance = _distance(thing.phrase[2], places[None, :] - thing.x, places[:, None] - thing.y, thing.radius)
            # A pixel at the edge is covered in part.
            covered = np.clip(0.5 - distance * size, 0, 1)[:, :, None]
            canvas += covered * (np.array(thing.colour) - canvas)
        canvas += noise.normal(0, NOISE, canvas.shape)
        picture[...] = np.clip(np.rint(canvas), 0, 255)
    return pictures


def _distance(shape: str, x: Pixels, y: Pixels, radius: float) -> Any:
    """Return how far places are outside of a shape's edge, (rows, columns); inside it is negative."""
    import numpy as np

    if shape == "circle":
        return np.hypot(x, y) - radius
    if shape == "square":
        return np.maximum(abs(x), abs(y)) - radius
    if shape == "ring":
        return abs(np.hypot(x, y) - 0.76 * radius) - 0.24 * radius
    if shape == "bar":
        return np.maximum(abs(x) - radius, abs(y) - 0.36 * radius)
    if shape == "cross":
        arm = 0.36 * radius
        upright = np.maximum(abs(x) - arm, abs(y) - radius)
        return np.minimum(upright, np.maximum(abs(x) - radius, abs(y) - arm))
    # A triangle that stands on a side: the sides that lean meet at the top, twice as high as half of the width.
    lean = (2 * abs(x) - (y + radius)) / np.sqrt(5)
    return np.maximum(lean, y - radius)
