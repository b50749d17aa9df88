"""The book's dates experiment: attention + reverse, 3 epochs, on the book's split and on one without repeats.

    python benchmarks/book_dates.py [--seeds 0 1 2] [--epochs 3] [--splits book no-repeats] [train option ...]

In the book's split a third of the test sources stand in the training part too, half if case is ignored;
the other split keeps all rows of a source in one part, whatever their case. Options that follow go to
`s2s train`: `--preset book-dates` is the book's recipe, without it ours is used. The test part is measured
after each epoch, as the book does, and chooses nothing: the last epoch is kept. Prints one JSON line a run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from commands import DATA, curve, report, s2s

SPLITS = {
    "book": ("--split", "book"),
    "no-repeats": ("--valid", "0", "--test", "0.1", "--ignore-case"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--splits", nargs="+", choices=SPLITS, default=list(SPLITS))
    arguments, options = parser.parse_known_args()
    recipe = ("--attention", "--reverse", "--epochs", arguments.epochs, "--eval_part", "test", "--keep", "last")
    for split in arguments.splits:
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as name:
                folder, book = Path(name), DATA / "book" / "date.txt"
                s2s("prep", "pairs", book, "--separator", "_", *SPLITS[split], "-o", "dates", cwd=folder)
                _, seconds = s2s("train", "dates", *recipe, *options, "--seed", seed, "-o", "m.pkl", cwd=folder)
                figures = json.loads(s2s("evaluate", "dates", "-m", "m.pkl", "--json", cwd=folder)[0])
                report(
                    split=split,
                    seed=seed,
                    options=options,
                    curve=curve(folder / "m.pkl"),
                    test_exact_match=figures["free_running_exact_match"],
                    test_sources=figures["sources"],
                    train_seconds=round(seconds, 1),
                )


if __name__ == "__main__":
    main()
