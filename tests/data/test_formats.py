"""Datasets that are made in memory: their text is composed, as that of files is."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from seq2seq_cli.api.train import read_request
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT

PARTS = {
    "pairs": (PAIRS_FORMAT, [("\u00e9a", "a\u00e9"), ("b", "\u00fc")]),
    "text": (TEXT_FORMAT, "caf\u00e9 \u00fc\nb\n"),
    "captions": (CAPTIONS_FORMAT, [("caf\u00e9.png", "\u00fcber all"), ("b.png", "b")]),
}


def decomposed(part):
    if isinstance(part, str):
        return unicodedata.normalize("NFD", part)
    return [tuple(unicodedata.normalize("NFD", side) for side in row) for row in part]


def made(kind: str, part):
    return Captions(part, np.zeros((2, 4, 4, 3), dtype=np.uint8)) if kind == "captions" else part


@pytest.mark.parametrize("kind", PARTS)
def test_what_a_program_gives_is_learned_as_it_will_be_read(kind: str) -> None:
    form, part = PARTS[kind]
    right = describe(form, kind, {"train": made(kind, part)}, {})
    given = describe(form, kind, {"train": made(kind, decomposed(part))}, {})
    read, _, path, warnings = read_request(given, preset=None, lm=False, options={})
    assert (path, warnings) == (None, [])
    assert list(read.parts["train"]) == list(part)
    assert read.description["sha256"] == right.description["sha256"]
    again, *_ = read_request(right, preset=None, lm=False, options={})
    assert again is right  # nothing is made anew where there is nothing to compose
