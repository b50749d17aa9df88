"""The pages in docs/ that take data to answers: what they show of real data is what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_readme import BLOCK, Command, run, words

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parent.parent / "docs"


def run_blocks(page: str, note: str, folder: Path, data: Path | None) -> int:
    """Run the commands of a page's blocks below a comment, compare what they say; return how many there were."""
    ran = 0
    for block in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        if block["note"] == note:
            for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                assert words(run(Command(line, output), folder, data), exact=True) == words(output, exact=True)
                ran += 1
    return ran


@pytest.mark.parametrize("page", ["pronunciation.md", "chat.md", "captions.md"])
def test_what_a_page_shows_of_real_data_is_so(page, tmp_path, shared_data) -> None:
    assert run_blocks(page, "needs S2S_DATA", tmp_path, shared_data)


def test_what_a_page_shows_of_made_data_is_so(tmp_path) -> None:
    assert run_blocks("captions.md", "made here", tmp_path, None) == 2
