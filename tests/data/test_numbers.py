"""Generated numbers."""

from __future__ import annotations

import pytest

from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.data.generators.numbers import NumberOptions, generate
from seq2seq_cli.errors import UsageError


def test_numbers_and_words() -> None:
    num2words = pytest.importorskip("num2words")
    options = NumberOptions(max=999, train=500, valid=50, test=50, direction="words-to-digits")
    dataset = generate(options)
    seen = set()
    for part in PARTS:
        assert len(dataset.parts[part]) == getattr(options, part)
        for source, target in dataset.parts[part]:
            assert num2words.num2words(int(target)) == source
            assert target not in seen
            seen.add(target)
    with pytest.raises(UsageError, match="language"):
        generate(NumberOptions(lang="xx", max=999, train=5, valid=5, test=5))
    with pytest.raises(UsageError, match="numbers"):
        NumberOptions(max=10)
