"""Pictures of shapes: what they show is what their captions say, and combinations that training never shows."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from seq2seq_cli.config import options_from
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.data.generators.shapes import COLOURS, SHAPES, SIZES, ShapesOptions, generate
from seq2seq_cli.errors import UsageError

OPTIONS = ShapesOptions(train=600, valid=60, test=80, seed=3)


@pytest.fixture(scope="module")
def dataset():
    return generate(OPTIONS)


def phrases(caption: str) -> list[tuple[str, str, str]]:
    words = caption.split()
    if len(words) > 4:
        assert (words[0], words[-4]) == ("a", "a")
        assert " ".join(words[4:-4]) in ("left of", "right of", "above", "below")
        return [tuple(words[1:4]), tuple(words[-3:])]
    assert words[0] == "a"
    return [tuple(words[1:4])]


def seen(part) -> set[tuple[str, str, str]]:
    return {phrase for _, caption in part for phrase in phrases(caption)}


def test_valid_and_test_show_phrases_that_training_never_does() -> None:
    dataset = generate(ShapesOptions(train=2000, valid=100, test=100, seed=3, hold_out="phrases"))
    known = seen(dataset.parts["train"])
    held_out = {
        part: {tuple(phrase.split()) for phrase in phrases} for part, phrases in dataset.description["held_out"].items()
    }
    assert held_out["valid"] | held_out["test"] == set(product(SIZES, COLOURS, SHAPES)) - known
    assert not held_out["valid"] & held_out["test"]
    for part in ("valid", "test"):
        assert len(held_out[part]) == 5
        assert held_out[part] == seen(dataset.parts[part]) - known
        for _, caption in dataset.parts[part]:
            assert set(phrases(caption)) & held_out[part]
    for one in held_out["valid"] | held_out["test"]:
        for left_out in range(3):  # any two of the words stand together in train, with all but one of the third
            alike = {other for other in product(SIZES, COLOURS, SHAPES) if other[:left_out] == one[:left_out]
                     and other[left_out + 1 :] == one[left_out + 1 :]}  # fmt: skip
            assert alike - known == {one}


def test_valid_and_test_show_scenes_that_training_never_does() -> None:
    dataset = generate(ShapesOptions(train=3000, valid=200, test=200, seed=3))
    train, valid, test = (
        {frozenset(both) for _, caption in dataset.parts[part] if len(both := phrases(caption)) == 2}
        for part in ("train", "valid", "test")
    )
    assert not train & valid
    assert not train & test
    assert not valid & test
    assert seen(dataset.parts["train"]) == set(product(SIZES, COLOURS, SHAPES))
    assert all(len(phrases(caption)) == 2 for part in ("valid", "test") for _, caption in dataset.parts[part])


def middle(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


def test_a_picture_shows_what_its_caption_says(dataset) -> None:
    part, widths = dataset.parts["train"], {size: [] for size in SIZES}
    for (_, caption), picture in list(zip(part, part.values, strict=True))[:300]:
        places = []
        for size, colour, _ in phrases(caption):
            others = [np.array(other, dtype=float) for other in COLOURS.values()]
            distances = np.stack([np.linalg.norm(picture - other, axis=2) for other in others])
            mine = np.linalg.norm(picture - np.array(COLOURS[colour], dtype=float), axis=2)
            mask = (mine <= distances.min(axis=0) + 1e-9) & (mine < 90)
            places.append(middle(mask))
            widths[size].append(int(mask.sum()))
        if len(places) == 1:
            continue
        (x, y), (other_x, other_y) = places
        relation = " ".join(caption.split()[4:-4])
        assert {
            "left of": x < other_x,
            "right of": x > other_x,
            "above": y < other_y,
            "below": y > other_y,
        }[relation], caption
    assert np.median(widths["large"]) > 2 * np.median(widths["small"])


def test_shapes_differ_in_what_they_fill(dataset) -> None:
    """Of the square around it a square fills most, and a bar least."""
    from seq2seq_cli.data.generators.shapes import _distance

    places = (np.arange(200) + 0.5) / 200 - 0.5
    share = {shape: float((_distance(shape, places[None, :], places[:, None], 0.4) < 0).mean()) for shape in SHAPES}
    order = sorted(share, key=lambda shape: -share[shape])
    assert order == ["square", "circle", "cross", "ring", "triangle", "bar"]
    widest = {shape: np.nonzero(_distance(shape, places[None, :], places[:, None], 0.4) < 0)[1] for shape in SHAPES}
    assert all(150 < columns.max() - columns.min() + 1 <= 161 or shape == "square" for shape, columns in widest.items())


def test_the_same_seed_makes_the_same_pictures_and_another_others(dataset) -> None:
    again = rebuild(dataset.description)
    assert again.description["sha256"] == dataset.description["sha256"]
    other = generate(ShapesOptions(train=600, valid=60, test=80, seed=4))
    assert other.description["sha256"] != dataset.description["sha256"]


def test_pictures_of_any_size_stay_inside() -> None:
    made = generate(ShapesOptions(train=50, valid=0, test=0, size=48))
    assert made.parts["train"].values.shape == (50, 48, 48, 3)
    edges = np.concatenate(
        [made.parts["train"].values[:, [0, -1]], made.parts["train"].values[:, :, [0, -1]].transpose(0, 2, 1, 3)],
        axis=1,
    )
    assert np.percentile(edges.astype(int).max(axis=3) - edges.astype(int).min(axis=3), 95) < 40  # grey
    with pytest.raises(UsageError, match="`size`"):
        options_from(ShapesOptions, {"size": 8})
