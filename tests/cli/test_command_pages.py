"""Documents made from the commands' help; that they are current is tested with docs/options.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from seq2seq_cli.cli.main import COMMANDS, run
from seq2seq_cli.cli.pages import man_page, markdown_pages, pages

DOCS = Path(__file__).parent.parent.parent / "docs" / "commands"


def test_every_command_has_a_page_with_a_sentence_an_example_and_its_options() -> None:
    found = {page.path: page for page in pages()}
    assert {f"s2s {name}" for name in COMMANDS} < set(found)
    assert {"s2s prep pairs", "s2s prep text"} < set(found)
    for path, page in found.items():
        assert page.usage.startswith(path)
        assert page.sentences[0][0].isupper() and page.sentences[0].endswith(".")
        assert path == "s2s prep" or any(path.removeprefix("s2s ") in example for example in page.examples), path
        assert any("--help" in name for rows in page.tables.values() for name, _ in rows)
        assert not any("`" in text or "\n" in text for rows in page.tables.values() for _, text in rows)


@pytest.mark.parametrize("command", ["train", "prep pairs", "translate"])
def test_a_page_says_what_help_says(command: str, capsys) -> None:
    assert run([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    page = next(page for page in pages() if page.path == f"s2s {command}")
    names = [name for rows in page.tables.values() for name, _ in rows]
    listed = re.findall(r"^  (-[^\s,]+)", shown[shown.index("\n\n", shown.index("Example")) :], re.MULTILINE)
    spelled = [re.findall(r"-[-\w]+", name.partition(" / ")[0]) for name in names if name.startswith("-")]
    assert {first for first, *_ in spelled} <= set(listed) <= {name for all_of_one in spelled for name in all_of_one}
    assert " ".join(page.sentences[0].split()) in " ".join(shown.split())


def test_links_of_pages_lead_to_pages() -> None:
    made = markdown_pages()
    assert set(made) == {path.name for path in DOCS.iterdir()}  # none is left of a command that went away
    for text in made.values():
        for target in re.findall(r"\]\(([^)]+)\)", text):
            assert target in made
        assert "\n\n\n" not in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_the_man_page_is_one() -> None:
    shown = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8"], input=man_page(), capture_output=True, text=True, encoding="utf-8"
    )
    assert shown.stderr == ""
    text = re.sub(r"\x1b\[[\d;]*m|.\x08", "", shown.stdout)
    for word in ("S2S PREP PAIRS", "--learning-rate", "EXIT STATUS", 'echo "57+5" | s2s translate'):
        assert word in text.replace("\u2010", "-").replace("\u2212", "-"), word
