"""Generated sums."""

from __future__ import annotations

from collections import Counter

import pytest

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import UsageError


@pytest.mark.parametrize(
    "options",
    [
        AdditionOptions(train=3000, valid=300, test=200),
        AdditionOptions(digits=1, operators="+-*", train=200, valid=40, test=60),
        AdditionOptions(digits=1, train=80, valid=10, test=10),
        AdditionOptions(digits=2, operators="-", train=500, valid=0, test=5, seed=4),
    ],
    ids=str,
)
def test_additions_are_right_distinct_and_kept_apart(options) -> None:
    dataset = generate(options)
    where: dict[str, str] = {}
    for part in PARTS:
        assert len(dataset.parts[part]) == getattr(options, part)
        for source, target in dataset.parts[part]:
            sign = next(c for c in source if c in "+*-")
            a, b = map(int, source.split(sign))
            assert {"+": a + b, "-": a - b, "*": a * b}[sign] == int(target)
            assert source not in where
            where[source] = part
            if sign in "+*":
                assert where.get(f"{b}{sign}{a}", part) == part
            assert len(str(max(a, b))) <= options.digits


def test_the_same_seed_makes_the_same_additions() -> None:
    small = {"train": 500, "valid": 50, "test": 50}
    first, again, other = (generate(AdditionOptions(**small, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first.parts["train"] != other.parts["train"]
    assert rebuild(first.description) == first


def test_lengths_are_spread_as_in_the_book(shared_data) -> None:
    with (shared_data / "book" / "addition.txt").open() as file:
        book = Counter(len(line.split("_")[0].strip()) for line in file)
    dataset = generate(AdditionOptions())
    for pairs in dataset.parts.values():
        ours = Counter(len(source) for source, _ in pairs)
        for length in range(3, 8):
            assert ours[length] / len(pairs) == pytest.approx(book[length] / 50_000, abs=0.04)


@pytest.mark.parametrize(
    "options", [{"digits": 1}, {"digits": 0}, {"operators": "/"}, {"operators": "++"}, {"train": 0}, {"valid": -1}]
)
def test_impossible_additions_are_refused(options) -> None:
    with pytest.raises(UsageError):
        AdditionOptions(**options)
