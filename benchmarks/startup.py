"""How long a command takes to start: `s2s --help`, and the first answer of `s2s translate`.

    python benchmarks/startup.py [--runs 11]

Whole processes, the installed `s2s` command. The first answer is timed from the start of the process to
the arrival of the answer while standard input stays open. Prints one JSON line a case, in seconds.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from commands import report, s2s


def time_help(command: str) -> float:
    begun = time.perf_counter()
    subprocess.run([command, "--help"], check=True, capture_output=True)
    return time.perf_counter() - begun


def time_first_answer(command: str, folder: Path) -> float:
    begun = time.perf_counter()
    process = subprocess.Popen(
        [command, "translate"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"57+5\n")
        process.stdin.flush()
        process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.stdin.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    arguments = parser.parse_args()
    command = shutil.which("s2s")
    if command is None:
        raise SystemExit("install s2s first: pip install .")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s2s("prep", "addition", "--train", 2000, "--valid", 100, "--test", 100, cwd=folder)
        s2s("train", "data/addition", "--reverse", "--peeky", "--epochs", 1, cwd=folder)
        times = {
            "s2s --help": [time_help(command) for _ in range(arguments.runs)],
            "first answer of s2s translate": [time_first_answer(command, folder) for _ in range(arguments.runs)],
        }
    for case, seconds in times.items():
        report(case=case, runs=arguments.runs, median=round(median(seconds), 3), slowest=round(max(seconds), 3))


if __name__ == "__main__":
    main()
