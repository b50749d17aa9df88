"""The kill harness runs, with few kills; benchmarks/kills.py by itself has many."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")]

ROOT = Path(__file__).parent.parent


def test_killed_at_random_moments_nothing_is_lost() -> None:
    run = subprocess.run(
        [sys.executable, "benchmarks/kills.py", "--kills", "2"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    cases = {case.pop("case"): case for case in map(json.loads, run.stdout.splitlines())}
    assert cases["training, killed"]["killed"] == cases["prep, killed"]["killed"] == 2
    assert cases["all"] == {"broken": 0}
