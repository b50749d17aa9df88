"""What is published: the source distribution holds what its tests read, and an index shows no dead link."""

from __future__ import annotations

import re
import runpy
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from seq2seq_cli.cli.info import EXTRAS

ROOT = Path(__file__).parent.parent
ALWAYS = {"LICENSE", "README.md", "pyproject.toml", "setup.cfg", "setup.py", "seq2seq_cli", "MANIFEST.in"}
"""What setuptools takes by itself."""

pytestmark = pytest.mark.skipif(not (ROOT / "setup.py").is_file(), reason="not run from the source folder")


def config() -> ConfigParser:
    found = ConfigParser()
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


def test_the_source_distribution_holds_every_file() -> None:
    named = set(re.findall(r"^(?:graft|include) (.+)$", (ROOT / "MANIFEST.in").read_text("utf-8"), re.MULTILINE))
    there = {name for line in named for name in line.split()} | ALWAYS
    assert all((ROOT / name).exists() for name in there)
    if not (ROOT / ".git").exists():
        pytest.skip("no repository: this is a source distribution")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split("/")[0] for line in tracked.splitlines()} - {".gitignore"} <= there


@pytest.mark.parametrize("repository", ["", "https://host.example/s2s"])
def test_an_index_shows_no_link_that_leads_nowhere(repository: str) -> None:
    page_of = runpy.run_path(str(ROOT / "docs" / "index_page.py"))
    readme = (ROOT / "README.md").read_text("utf-8")
    page = page_of["index_page"](readme, repository, "9.9")
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) >= (len(page_of["LINK"].findall(readme)) if repository else 0)
    for link in links:
        assert link.startswith(f"{repository}/blob/v9.9/" if repository else "https://"), link
        assert not repository or (ROOT / link.removeprefix(f"{repository}/blob/v9.9/").partition("#")[0]).is_file()
    assert "<!--" not in page
    assert "`docs/options.md`" in page or repository


def test_metadata_says_who_and_where() -> None:
    metadata = config()["metadata"]
    assert metadata["author"] and metadata["project_urls"] and metadata["license"] == "MIT"
    published = runpy.run_path(str(ROOT / "docs" / "index_page.py"))["published"]()
    assert published["long_description"].startswith("# s2s")
    assert ("url" in published) == bool(config()["published"]["repository"])


def test_every_extra_has_one_lower_bound_and_is_told_by_info() -> None:
    pinned = runpy.run_path(str(ROOT / ".ci" / "lowest"))["lowest"]()  # which refuses two bounds of one package
    assert len(pinned) == len({line.partition("==")[0].lower() for line in pinned}) >= 13
    assert set(EXTRAS) | {"cuda12", "cuda13", "test", "lint", "dev"} == set(config()["options.extras_require"])


def test_every_file_of_real_data_that_pages_use_is_told_where_to_get() -> None:
    told = (ROOT / "docs" / "data.md").read_text("utf-8")
    used = set[tuple[str, str]]()
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        used |= set(re.findall(r"\$S2S_DATA/([\w.-]+)/([\w.-]+)", page.read_text("utf-8")))
    rows = {
        row[0].strip(" `"): row[1]
        for line in told.splitlines()
        if line.startswith("| `")
        for row in [line.split("|")[1:]]
    }
    assert len(used) > 8
    for folder, name in used:
        assert f"`{name}`" in rows[folder], f"{folder}/{name}"
