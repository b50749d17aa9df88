"""The command as a process, as its users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
S2S = [sys.executable, "-m", "seq2seq_cli"]
ENVIRONMENT = {
    **os.environ,
    "OPENBLAS_NUM_THREADS": "1",
    "COLUMNS": "100",
    "PYTHONWARNINGS": "error",
    "PYTHONPATH": str(ROOT),  # whatever folder it runs in
}


def s2s(
    *arguments: object, cwd: Path | None = None, code: int = 0, given: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; it must exit with a code, and never show a traceback."""
    run = subprocess.run(
        [*S2S, *map(str, arguments)], input=given, capture_output=True, cwd=cwd, env={**ENVIRONMENT, **environment}
    )
    assert run.returncode == code, run.stderr.decode()
    assert b"Traceback" not in run.stderr
    return run


def text_of(*arguments: object, cwd: Path | None = None, code: int = 0, **environment: str) -> tuple[str, str]:
    """Run a command; return what it writes to stdout and to stderr."""
    run = s2s(*arguments, cwd=cwd, code=code, **environment)
    return run.stdout.decode(), run.stderr.decode()
