"""The book's addition experiment: plain, reverse, peeky + reverse; several seeds; accuracy after each epoch.

    python benchmarks/book_addition.py [--seeds 0 1 2] [--variants plain reverse reverse-peeky] [--threads 1]

Uses the book's `addition.txt` and its split, and the preset `book-addition`. The test part is measured
after each epoch, as the book does, and chooses nothing: the last epoch is kept. Prints one JSON line a run.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from seq2seq_cli import load_translator, train
from seq2seq_cli.backend import limit_threads
from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.prepare.pairs import PairsOptions, read_files, split_pairs
from seq2seq_cli.training.events import EpochDone

VARIANTS = {"plain": {}, "reverse": {"reverse": True}, "reverse-peeky": {"reverse": True, "peeky": True}}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    limit_threads(arguments.threads)
    data = Path(os.environ.get("S2S_DATA", "../shared/data"))
    options = PairsOptions(split="book", separator="_")
    pairs, notes = read_files([data / "book" / "addition.txt"], options, Problems())
    dataset, _ = split_pairs(pairs, options, notes)
    for variant in arguments.variants:
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as folder:
                output = Path(folder) / "model.pkl"
                events = train(
                    dataset,
                    preset="book-addition",
                    output=output,
                    eval_part="test",
                    seed=seed,
                    epochs=arguments.epochs,
                    **VARIANTS[variant],
                )
                epochs = [event for event in events if isinstance(event, EpochDone)]
                parameters = load_translator(output).model.parameters.size
            result = {
                "variant": variant,
                "seed": seed,
                "exact_match": epochs[-1].valid_exact_match,
                "parameters": parameters,
                "seconds": round(sum(event.seconds for event in epochs), 1),
                "curve": [event.valid_exact_match for event in epochs],
            }
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
