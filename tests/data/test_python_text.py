"""The built-in text."""

from __future__ import annotations

import pytest

from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.data.generators.python_text import PythonTextOptions, generate

pytestmark = pytest.mark.slow


def test_the_builtin_text_is_english() -> None:
    dataset = generate(PythonTextOptions())
    again = generate(PythonTextOptions(level="char"))
    assert again.parts == dataset.parts
    assert (dataset.levels, again.levels) == ({"text": "word"}, {"text": "char"})
    assert GENERATORS["python"].options(**again.description["options"]) == PythonTextOptions(level="char")
    words = dataset.part("train").split()
    assert len(words) > 100_000
    assert words.count("the") > len(words) / 50
    assert "you" in words
    assert set(dataset.parts) == {"train", "valid", "test"}
    assert not set(dataset.part("test").splitlines()) & set(dataset.part("train").splitlines())
