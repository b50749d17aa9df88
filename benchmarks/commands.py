"""Running s2s as a process, for benchmarks that measure what a user gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("S2S_DATA", Path(__file__).parent / ".." / ".." / "shared" / "data")).resolve()
"""The folder of real data, which is not part of the project."""
PTB = ("--train-file", DATA / "ptb" / "ptb.train.txt", "--valid-file", DATA / "ptb" / "ptb.valid.txt")
"""What `s2s prep text` makes the Penn Treebank's dataset of."""


def s2s(*arguments: object, cwd: Path) -> tuple[str, float]:
    """Run a command; return what it printed and how many seconds it took."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "seq2seq_cli", *map(str, arguments)]
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"s2s {arguments[0]} failed: {run.stderr}")
    return run.stdout, time.perf_counter() - begun


def curve(model: Path, figure: str = "valid_exact_match") -> list[float]:
    """Return a figure of each epoch from a model's log."""
    events = [json.loads(line) for line in model.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    return [event[figure] for event in events if event["event"] == "epoch"]


def report(**figures: Any) -> None:
    """Print one JSON line."""
    print(json.dumps(figures), flush=True)
