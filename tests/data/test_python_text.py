"""The built-in text."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.data.generators.python_text import PythonTextOptions, generate
from seq2seq_cli.errors import DataError


@pytest.fixture
def library(tmp_path, monkeypatch) -> Path:
    """A library of forty modules with two sentences each, one of them in all."""
    for number in range(40):
        text = f'"""Module number {number} does one thing well.\\n\\nThis sentence stands in all of them."""\n'
        (tmp_path / f"m{number:02}.py").write_text(text.replace("\\n", "\n"), encoding="utf-8")
    (tmp_path / "broken.py").write_text("def (", encoding="utf-8")
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"stdlib": str(tmp_path)})
    return tmp_path


def test_sources_go_to_one_part_whole_and_no_sentence_stands_twice(library) -> None:
    dataset = generate(PythonTextOptions())
    again = generate(PythonTextOptions(level="char"))
    assert again.parts == dataset.parts
    assert (dataset.levels, again.levels) == ({"text": "word"}, {"text": "char"})
    assert GENERATORS["python"].options(**again.description["options"]) == PythonTextOptions(level="char")
    lines = [line for part in dataset.parts.values() for line in part.splitlines()]
    assert len(lines) == len(set(lines)) == 41
    assert "module number 3 does one thing well ." in lines
    assert {name: len(part.splitlines()) for name, part in dataset.parts.items()} == {
        "train": 37,
        "valid": 2,
        "test": 2,
    }


def test_a_library_without_sources_says_so(library) -> None:
    for path in library.glob("*.py"):
        path.unlink()
    with pytest.raises(DataError, match="no source files"):
        generate(PythonTextOptions())


@pytest.mark.slow
def test_the_builtin_text_is_english() -> None:
    dataset = generate(PythonTextOptions())
    words = dataset.part("train").split()
    assert len(words) > 100_000
    assert words.count("the") > len(words) / 50
    assert "you" in words
    assert set(dataset.parts) == {"train", "valid", "test"}
    assert not set(dataset.part("test").splitlines()) & set(dataset.part("train").splitlines())
