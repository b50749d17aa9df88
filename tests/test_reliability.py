"""docs/reliability.md: every promise has a kind, an example and a test, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
HEADER = ["kind", "example", "promise", "test"]


def rows() -> list[list[str]]:
    """The rows of all tables of promises, cell by cell."""
    found, promised = [], False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        promised = bool(cells) and (promised or cells == HEADER)
        if promised and cells != HEADER and set("".join(cells)) - set("-"):
            found.append(cells)
    return found


def test_each_promise_has_a_kind_an_example_and_a_test() -> None:
    assert len(rows()) > 60
    for cells in rows():
        assert len(cells) == 4, cells
        assert all(cells), cells


def test_no_kind_stands_twice() -> None:
    kinds = [cells[0] for cells in rows()]
    assert sorted(set(kinds)) == sorted(kinds)


def test_the_tests_that_are_named_exist() -> None:
    named = {name for cells in rows() for name in re.findall(r"`([^`]+)`", cells[3])}
    assert len(named) > 30
    for name in named:
        path = ROOT / name
        assert path.is_file(), name
        assert name.startswith("benchmarks/") or re.search(r"^(@.*\n)*def test_", path.read_text("utf-8"), re.MULTILINE)


def test_all_that_is_named_elsewhere_exists() -> None:
    for name in re.findall(r"`((?:tests|benchmarks|docs)/[\w/.]+)`", PAGE):
        assert (ROOT / name).exists(), name
