"""The commands of CONTRIBUTING.md, run as they stand; those that would run these tests again only collect them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COMMANDS = [
    command for line in TEXT.splitlines() if line.startswith("| ") for command in re.findall(r"`([^`]+)`", line)
]


# `pytest` alone is what runs this.
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "pytest"])
def test_commands(command: str) -> None:
    tool, *rest = command.split()
    if tool == "sh":
        assert (ROOT / rest[-1]).is_file()
        return
    if tool != "python" and shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed: pip install -e '.[dev]'")
    if tool == "pytest":
        command = f"{sys.executable} -m {command} --collect-only -q"
    elif command == "ruff format .":
        command += " --check"
    run = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]


def test_the_loop_is_there() -> None:
    for word in ("pytest", "ruff check .", "mypy", "python benchmarks/startup.py", 'pytest -m "not slow"'):
        assert any(command.startswith(word) for command in COMMANDS), word


def test_files_that_it_speaks_of_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / target).is_file(), target
    for name in re.findall(r"`((?:tests|docs|benchmarks)/[\w./]+)`", TEXT):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:backend|model_file)/[\w.]+)`", TEXT):
        assert (ROOT / "seq2seq_cli" / name).exists(), name
