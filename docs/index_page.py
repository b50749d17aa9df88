"""README as a package index shows it: its links lead to files beside it, which an index has not.

Where `repository` in setup.cfg names the place where this is published, they lead there, to this version. Until then
they are the names of files, which whoever has the source distribution finds in it.
"""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[([^\]]+)\]\((?!https?://)([^)#]+)(#[^)]*)?\)")
NOTE = re.compile(r"^<!-- .*? -->\n", re.MULTILINE)
"""What is for the tests of README alone."""


def index_page(readme: str, repository: str, version: str) -> str:
    """Return README as a package index shows it."""

    def linked(match: re.Match[str]) -> str:
        text, path, place = match[1], match[2], match[3] or ""
        if repository:
            return f"[{text}]({repository}/blob/v{version}/{path}{place})"
        return f"`{path}`" if text == path else f"{text} (`{path}`)"

    return LINK.sub(linked, NOTE.sub("", readme))


def published() -> dict[str, object]:
    """Return the metadata that depends on where this is published."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    repository = config["published"]["repository"].strip().rstrip("/")
    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "seq2seq_cli" / "_version.py").read_text("utf-8"))
    assert version is not None
    readme = index_page((ROOT / "README.md").read_text("utf-8"), repository, version[1])
    return {"long_description": readme, **({"url": repository} if repository else {})}
