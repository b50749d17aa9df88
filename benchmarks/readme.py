"""README's commands that are marked slow, run as they stand; the others are run by a test.

    python benchmarks/readme.py

Prints each command, how long it took, and what it said.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from test_readme import commands, run


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for command in commands():
            if command.slow:
                begun = time.perf_counter()
                said = run(command, Path(folder), None)
                print(f"$ {command.line}    # {time.perf_counter() - begun:.1f} s\n{said}", flush=True)


if __name__ == "__main__":
    main()
