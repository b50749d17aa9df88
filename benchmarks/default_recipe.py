"""The default recipe, `s2s train --reverse --peeky`: exact match on the 5,000 test sums for several seeds.

    python benchmarks/default_recipe.py [--seeds 0 1 2 3 4] [train option ...]

Trains and measures with the commands that a user types; options that follow go to `s2s train`. Prints one
JSON line a seed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from commands import curve, report, s2s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    arguments, options = parser.parse_known_args()
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _, train_seconds = s2s("train", "--reverse", "--peeky", "--seed", seed, *options, "-o", "m.pkl", cwd=folder)
            printed, evaluate_seconds = s2s("evaluate", "-m", "m.pkl", "--json", cwd=folder)
            figures = json.loads(printed)
            report(
                seed=seed,
                options=options,
                test_exact_match=figures["free_running_exact_match"],
                test_rows=figures["rows"],
                train_seconds=round(train_seconds, 1),
                evaluate_seconds=round(evaluate_seconds, 2),
                valid_curve=curve(folder / "m.pkl"),
            )


if __name__ == "__main__":
    main()
