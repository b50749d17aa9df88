"""Pictures of two coloured shapes, and the one caption that each has: "a small red circle left of a large blue square".

The grammar has one sentence, ``a SIZE COLOUR SHAPE RELATION a SIZE COLOUR SHAPE``, and a picture decides every word:

- the two shapes differ in colour, and the one whose colour comes first in the rainbow (`COLOURS`) is named first;
- one of them is beside the other (left of, right of) or over it (above, below): along one axis they stand clear of each
  other, and along the other axis their middles are close;
- the two sizes don't overlap.

Some combinations are kept out of training: each picture of valid, and each of test, shows one that no picture of
train shows. With ``hold_out="phrases"`` it is a size, a colour and a shape, any two of which stand together in train;
with ``"pairs"`` a colour and a shape, in whatever size, which is harder: train then says that one excludes the other.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from seq2seq_cli.config import option
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, CHANNELS, Captions, CaptionsDataset
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.generators.counts import ROWS, RowOptions
from seq2seq_cli.types import Pair

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.float64]

PICTURES = "Pictures"
MOST_PICTURES = 1_000_000
SIZES = ("small", "large")
COLOURS = {
    "red": (220, 40, 40),
    "orange": (255, 150, 30),
    "yellow": (245, 235, 60),
    "green": (50, 180, 70),
    "blue": (50, 90, 230),
    "purple": (160, 60, 200),
}
"""In the rainbow's order."""
SHAPES = ("circle", "square", "triangle", "cross")
RELATIONS = ("left of", "right of", "above", "below")

RADII = {"small": (0.085, 0.11), "large": (0.16, 0.205)}
"""Half of a shape's width, as a share of the picture's: the least and the most."""
GAP = 0.04
"""The least distance between two shapes, as a share of the picture's width."""
ASIDE = 0.12
"""How far their middles are apart at most along the axis that the relation does not name."""
DARKEST, BRIGHTEST = 0, 70
"""Of the grey behind the shapes."""
TINT, NOISE = 20.0, 6.0
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

    train: int = option(10_000, "Pictures to learn from", group=ROWS, low=1, high=MOST_PICTURES, unit="pictures")
    valid: int = option(
        500, "Pictures to measure on while training", group=ROWS, low=0, high=MOST_PICTURES, unit="pictures"
    )
    test: int = option(
        1_000, "Pictures to measure on at the end", group=ROWS, low=0, high=MOST_PICTURES, unit="pictures"
    )
    hold_out: Literal["phrases", "pairs"] = option(
        "phrases",
        "What valid and test show and train never: a size, colour and shape; or a colour and shape in any size",
        group=PICTURES,
    )
    size: int = option(32, "Width and height of a picture", group=PICTURES, low=24, high=128, unit="pixels")


def generate(options: ShapesOptions) -> CaptionsDataset:
    """Make a dataset. No picture is drawn twice alike."""
    draw = random.Random(options.seed)
    held_out = _held_out(draw, pairs=options.hold_out != "phrases")
    known = [phrase for phrase in PHRASES if not any(phrase in phrases for phrases in held_out.values())]
    parts = {}
    for part in PARTS:
        scenes = [_scene(draw, known, held_out.get(part, [])) for _ in range(options.wanted[part])]
        names = [f"{part}-{number:05d}" for number in range(1, len(scenes) + 1)]
        rows: list[Pair] = [(name, scene.caption) for name, scene in zip(names, scenes, strict=True)]
        parts[part] = Captions(rows, _render(scenes, options.size, _noise_key(options.seed, part)))
    kept = {part: [" ".join(phrase) for phrase in phrases] for part, phrases in held_out.items()}
    return describe(CAPTIONS_FORMAT, "shapes", parts, asdict(options), notes={"seed": options.seed, "held_out": kept})


def _noise_key(seed: int, part: str) -> list[int]:
    return [seed, PARTS.index(part)]


def _held_out(draw: random.Random, *, pairs: bool) -> dict[str, list[Phrase]]:
    """Choose the phrases that valid and test have for themselves.

    Of each colour there is one shape in one size for valid, and another shape for test. With `pairs` half of the
    colours have a shape in both sizes for valid, and the others one for test.
    """
    colours, shapes = list(COLOURS), list(SHAPES)
    draw.shuffle(colours)
    draw.shuffle(shapes)
    held_out: dict[str, list[Phrase]] = {"valid": [], "test": []}
    for place, colour in enumerate(colours):
        if pairs:
            part = "valid" if place % 2 else "test"
            held_out[part] += [(size, colour, shapes[place % len(shapes)]) for size in SIZES]
        else:
            first = draw.randrange(len(SIZES))
            held_out["valid"].append((SIZES[first], colour, shapes[place % len(shapes)]))
            held_out["test"].append((SIZES[1 - first], colour, shapes[(place + 1) % len(shapes)]))
    return held_out


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
    """One picture: its two shapes, the one that is named first, how it stands to the other, and the grey behind."""

    first: _Thing
    second: _Thing
    relation: str
    grey: float

    @property
    def caption(self) -> str:
        return f"a {' '.join(self.first.phrase)} {self.relation} a {' '.join(self.second.phrase)}"


def _scene(draw: random.Random, known: Sequence[Phrase], held_out: Sequence[Phrase]) -> _Scene:
    """Draw a picture: of known phrases, or with one that is held out and another of either sort."""
    one = draw.choice(held_out or known)
    two = draw.choice([phrase for phrase in (*known, *held_out) if phrase[1] != one[1]])
    order = list(COLOURS)
    phrases = sorted((one, two), key=lambda phrase: order.index(phrase[1]))
    relation = draw.choice(RELATIONS)
    radii = [draw.uniform(*RADII[phrase[0]]) for phrase in phrases]
    along, across = _places(draw, radii, first_is_before=relation in ("left of", "above"))
    things = []
    for phrase, radius, a, b in zip(phrases, radii, along, across, strict=True):
        x, y = (a, b) if relation in ("left of", "right of") else (b, a)
        colour = tuple(min(255.0, max(0.0, part + draw.uniform(-TINT, TINT))) for part in COLOURS[phrase[1]])
        things.append(_Thing(phrase, x, y, radius, colour))
    return _Scene(things[0], things[1], relation, draw.uniform(DARKEST, BRIGHTEST))


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
        for thing in (scene.first, scene.second):
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
        side = 0.9 * radius
        return np.maximum(abs(x), abs(y)) - side
    if shape == "cross":
        arm = 0.36 * radius
        upright = np.maximum(abs(x) - arm, abs(y) - radius)
        return np.minimum(upright, np.maximum(abs(x) - radius, abs(y) - arm))
    # A triangle that stands on a side: the sides that lean meet at the top, twice as high as half of the width.
    lean = (2 * abs(x) - (y + radius)) / np.sqrt(5)
    return np.maximum(lean, y - radius)
