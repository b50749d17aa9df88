"""README's commands, run as they stand, one after the other in one folder.

Installing and running the tests is what is going on already. Blocks below a comment ``needs S2S_DATA`` are
left out where the real data is absent, and those marked slow are for `benchmarks/readme.py`; output is compared
where it can't differ between machines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (?P<note>[^>]*) -->\n)?```(?P<kind>sh|console|python)\n(?P<text>.*?)```", re.DOTALL)
NUMBERS = re.compile(r"-?\d[\d,.]*")

EXACT = ("echo ", "seq ", "printf 'a", "s2s prep", "s2s import", "s2s evaluate $S2S_DATA")
"""Commands whose output is the same everywhere. Of others, the words are compared and the numbers are not."""


@dataclass(frozen=True)
class Command:
    line: str
    output: str
    needs_data: bool = False
    slow: bool = False
    python: bool = False


def commands() -> list[Command]:
    found = []
    for block in BLOCK.finditer(README):
        note = block["note"] or ""
        needs_data, slow = note == "needs S2S_DATA", note.startswith("slow")
        if block["kind"] == "python":
            found.append(Command(block["text"], "", python=True))
        elif block["kind"] == "sh":
            line = block["text"].strip().removeprefix("pip install . && ")
            if "pip install" not in line:
                found.append(Command(line, ""))
        else:
            for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                found.append(Command(line, output, needs_data, slow))
    return found


def run(command: Command, folder: Path, data: Path | None) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    if data is not None:
        environment["S2S_DATA"] = str(data)
    argument = [sys.executable, "-c", command.line] if command.python else ["bash", "-ec", command.line]
    done = subprocess.run(argument, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command.line}\n{done.stderr}"
    # What was asked for, or where a command has no result, what it says to people.
    return done.stdout or done.stderr


def words(text: str, *, exact: bool) -> list[str]:
    """Return the text's lines, without the table's blanks; where numbers may differ, without them."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return lines if exact else [NUMBERS.sub("#", line) for line in lines]


def begun(text: str) -> list[str]:
    """Return the first word of each row; what a terminal wraps goes on behind blanks."""
    return [line.split()[0] for line in text.splitlines() if line.strip() and not line[0].isspace()]


def test_two_commands_do_all_the_setting_up() -> None:
    assert re.findall(r"^pip install .*$", README, flags=re.MULTILINE) == [
        "pip install . && s2s train --reverse --peeky",
        "pip install '.[test]' && pytest",
    ]


def test_readme_commands(tmp_path) -> None:
    given = Path(os.environ.get("S2S_DATA", ROOT / ".." / "shared" / "data")).resolve()
    data = given if given.is_dir() else None
    ran = 0
    for command in commands():
        if command.slow or (command.needs_data and data is None):
            continue
        said = run(command, tmp_path, data)
        ran += 1
        written = command.line.startswith("s2s generate")  # of which only the beginning is the same everywhere
        if written:
            assert words(said, exact=True)[0].split()[:3] == words(command.output, exact=True)[0].split()[:3]
        elif command.output and not command.line.startswith(("s2s evaluate --by", "s2s inspect")):
            exact = command.line.startswith(EXACT)
            assert words(said, exact=exact) == words(command.output, exact=exact), command.line
        elif command.output:
            assert begun(said)[:6] == begun(command.output)[:6], command.line
    assert ran >= 8


@pytest.mark.parametrize("path", ["docs/architecture.md", "docs/results.md", "CHANGELOG.md", "LICENSE", ".ci/run"])
def test_files_that_readme_speaks_of_are_there(path: str) -> None:
    assert (ROOT / path).is_file()
