"""docs/python.md, and the examples in docstrings: what they show is what comes."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import seq2seq_cli

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parent.parent.parent / "docs" / "python.md"
PARSER = doctest.DocTestParser()


def failures(text: str, name: str) -> str:
    """Run examples; return what came instead, where something else came."""
    said: list[str] = []
    test = PARSER.get_doctest(text, {"seq2seq_cli": seq2seq_cli}, name, name, 0)
    assert test.examples, name
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    return "".join(said)


def documented() -> Iterator[tuple[str, str]]:
    """Yield names of the public face and their docstrings, members too, as far as they have examples."""
    yield "seq2seq_cli", inspect.getdoc(seq2seq_cli) or ""
    for name in seq2seq_cli.__all__:
        entry = getattr(seq2seq_cli, name)
        for place, member in ((name, entry), *(inspect.getmembers(entry) if inspect.isclass(entry) else ())):
            text = member.__doc__ if isinstance(getattr(member, "__doc__", None), str) else None
            if text and ">>> " in text and not place.startswith("__"):
                yield f"{name}.{place}", inspect.cleandoc(text)


def test_the_page_and_the_docstrings_show_what_comes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8").replace("```python\n", "").replace("```\n", "")
    assert failures(page, "python.md") == ""
    examples = dict(documented())  # which use the models of the page
    assert len(examples) >= 8
    for name, text in examples.items():
        assert failures(text, name) == "", name


def test_every_public_name_is_there_once_and_has_a_docstring() -> None:
    assert len(set(seq2seq_cli.__all__)) == len(seq2seq_cli.__all__)
    assert seq2seq_cli.__all__ == sorted(seq2seq_cli.__all__)
    assert set(seq2seq_cli.__all__) <= set(dir(seq2seq_cli))
    for name in seq2seq_cli.__all__:
        entry = getattr(seq2seq_cli, name)
        if inspect.isclass(entry) or inspect.isfunction(entry):
            assert entry.__doc__, name
            assert not (entry.__doc__ or "").startswith(f"{name}("), name  # made by dataclasses
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        seq2seq_cli.nothing  # noqa: B018
