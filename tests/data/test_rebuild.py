"""Data that is made again from what a model file recorded: nothing in it is believed."""

from __future__ import annotations

import time

import pytest

from seq2seq_cli.data.generators import MOST_ROWS, rebuild
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import DataError

pytestmark = pytest.mark.slow


def test_options_that_are_left_out_are_the_defaults() -> None:
    assert rebuild({"kind": "addition", "options": {"seed": 3}}) == generate(AdditionOptions(seed=3))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("pairs", {}, "can't be made again"),
        (None, {}, "can't be made again"),
        (["addition"], {}, "can't be made again"),
        ("addition", None, "can't be made again"),
        ("addition", {"train": 10**9}, "are not made again"),
        ("addition", {"train": MOST_ROWS, "valid": 1, "test": 0, "digits": 9}, "are not made again"),
        ("addition", {"train": -(10**9)}, "are not made again"),
        ("addition", {"train": "9"}, "not ours"),
        ("addition", {"train": 1e3}, "not ours"),
        ("addition", {"train": True}, "not ours"),
        ("addition", {"digits": 10**6}, "can't be used"),
        ("addition", {"output": "x"}, "not ours"),
        ("dates", {"locale": "en," + ",".join(f"x{n}" for n in range(10_000))}, "can't be used"),
        ("dates", {"last_year": 10**9}, "can't be used"),
        ("numbers", {"direction": "both"}, "can't be used"),
        ("numbers", {"max": 10**30}, "can't be used"),
        ("python", {"level": "line"}, "can't be used"),
        ("shapes", {"train": MOST_ROWS, "valid": 0, "test": 0, "size": 128}, "can't be used: 200,000 pictures of 128"),
        ("shapes", {"train": 20_000, "valid": 0, "test": 0, "size": 100}, "asks for 600,000,000 bytes of shapes"),
    ],
)
def test_a_strangers_description_is_refused_at_once(kind, options, message) -> None:
    begun = time.perf_counter()
    with pytest.raises(DataError, match=message):
        rebuild({"kind": kind, "options": options})
    assert time.perf_counter() - begun < 1
