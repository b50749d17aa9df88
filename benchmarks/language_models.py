"""Language models on real text: the curve of a preset, with wall-clock time, and its perplexity in the end.

    python benchmarks/language_models.py rnnlm            the book's Rnnlm on the Penn Treebank
    python benchmarks/language_models.py lm [--seed 0] [train option ...]
    python benchmarks/language_models.py char-lm          on tinyshakespeare; the last tenth is test, the rest train

Trains and measures with the commands that a user types. Prints JSON lines: each epoch, then the end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from commands import DATA, PTB, report, s2s

SHAKESPEARE = (DATA / "tinyshakespeare" / "input.txt", "--level", "char", "--valid", "0", "--test", "0.1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset", choices=["rnnlm", "better-rnnlm", "lm", "lm-large", "char-lm"])
    parser.add_argument("--seed", type=int, default=0)
    arguments, options = parser.parse_known_args()
    text, part = (SHAKESPEARE, "test") if arguments.preset == "char-lm" else (PTB, "valid")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s2s("prep", "text", *text, "-o", "text", cwd=folder)
        train = ("train", "text", "--preset", arguments.preset, "--seed", arguments.seed, *options, "-o", "m.pkl")
        _, seconds = s2s(*train, cwd=folder)
        elapsed = 0.0
        for line in (folder / "m.jsonl").read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "epoch":
                elapsed += event["seconds"]
                figures = {figure: event[figure] for figure in ("epoch", "train_loss", "valid_loss")}
                report(**figures, seconds=round(elapsed))
        final = json.loads(s2s("evaluate", "text", "-m", "m.pkl", "--part", part, "--json", cwd=folder)[0])
        report(
            preset=arguments.preset,
            seed=arguments.seed,
            options=options,
            part=part,
            loss=final["loss"],
            perplexity=final["perplexity"],
            train_seconds=round(seconds),
        )


if __name__ == "__main__":
    main()
