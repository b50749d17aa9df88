"""The book's dates experiment: attention + reverse, 3 epochs, on the book's split and on one without repeats.

    python benchmarks/book_dates.py [--seeds 0] [--epochs 3]

In the book's split a third of the test sources stand in the training part too, half if case is ignored;
the other split keeps all rows of a source in one part, whatever their case. Prints one JSON line a run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from commands import DATA, report, s2s

SPLITS = {
    "book": ("--split", "book"),
    "no-repeats": ("--valid", "0", "--test", "0.1", "--ignore-case"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    for split, options in SPLITS.items():
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                s2s(
                    "prep", "pairs", DATA / "book" / "date.txt", "--separator", "_", *options, "-o", "dates", cwd=folder
                )
                recipe = ("--preset", "book-dates", "--attention", "--reverse", "--epochs", arguments.epochs)
                _, seconds = s2s("train", "dates", *recipe, "--seed", seed, "-o", "m.pkl", cwd=folder)
                figures = json.loads(s2s("evaluate", "dates", "-m", "m.pkl", "--json", cwd=folder)[0])
                report(
                    split=split,
                    seed=seed,
                    epochs=arguments.epochs,
                    test_exact_match=figures["free_running_exact_match"],
                    test_sources=figures["sources"],
                    train_seconds=round(seconds, 1),
                )


if __name__ == "__main__":
    main()
