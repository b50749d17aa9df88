"""Does teacher forcing harm? Addition with several shares of gold inputs, and what happens after a first mistake.

    python benchmarks/teacher_forcing.py [--seeds 0 1 2] [--epochs 6] [--reverse] [--peeky]

He et al. 2019 ask whether a model that reads only right symbols in training can go on from its own wrong
ones. Each model is measured on the 5,000 test sums. For greedy answers, exact match is the same whether the
model reads its own symbols or the right ones (an answer that is right throughout has read only right ones),
so exposure bias can only show behind a first mistake: there, `after_mistake_forced` is the share of right
symbols when the model reads the right ones all the same, `after_mistake_free` when it reads its own. The
difference is what its own mistake costs it. Prints one JSON line a model.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from commands import report

from seq2seq_cli import load_translator, train
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.data.generators import rebuild

SCHEMES: dict[str, dict[str, object]] = {
    "gold always": {},
    "gold 0.9": {"teacher_forcing": 0.9},
    "gold 0.75": {"teacher_forcing": 0.75},
    "gold 0.5": {"teacher_forcing": 0.5},
    "gold 0.5, per sequence": {"teacher_forcing": 0.5, "teacher_forcing_unit": "sequence"},
    "gold never": {"teacher_forcing": 0.0},
    "linear, 1 to 0.5": {"teacher_forcing": 0.5, "teacher_forcing_decay": "linear"},
    "linear, 1 to 0": {"teacher_forcing": 0.0, "teacher_forcing_decay": "linear"},
    "inverse sigmoid, 1 to 0": {"teacher_forcing": 0.0, "teacher_forcing_decay": "inverse-sigmoid"},
}


def after_first_mistake(translator: Translator, pairs: list[tuple[str, str]]) -> tuple[float, float, int]:
    """Return the shares of right symbols behind a first mistake, forced and free, and how many there are."""
    from seq2seq_cli.data.batching import make_batch
    from seq2seq_cli.inference.answers import decode, search_options
    from seq2seq_cli.inference.score import score

    model, codec = translator.model, translator.codec
    sources, targets = codec.sources(s for s, _ in pairs), codec.targets(pairs)
    rows = np.arange(len(pairs))
    batch = make_batch(sources, targets, rows, reverse=codec.reverse, start=codec.start)
    with model.inference() as context:
        state = model.start(batch.source, context).take(batch.order)
        scored, _ = score(model, batch.inputs, batch.targets, batch.packing, state, context, hits=True)
        options = search_options(codec, translator.max_length, None)
        answers = decode(model, batch.source, codec.start, options, context)
    forced: list[list[bool]] = [[] for _ in rows]
    for packed, row in enumerate(batch.order[batch.packing.row_of].tolist()):
        forced[row].append(bool(scored.hits[packed]))
    counts = np.zeros(2)
    places = 0
    for row in rows.tolist():
        if all(forced[row]):
            continue
        gold = codec.encode_target(pairs[row][1])
        said = [*answers.ids[row], codec.target.end]
        behind = range(forced[row].index(False) + 1, len(gold))
        places += len(behind)
        counts += [sum(forced[row][t] for t in behind), sum(t < len(said) and said[t] == gold[t] for t in behind)]
    forced_share, free_share = counts / max(places, 1)
    return float(forced_share), float(free_share), places


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--reverse", action="store_true")
    parser.add_argument("--peeky", action="store_true")
    arguments = parser.parse_args()
    dataset = rebuild({"kind": "addition", "options": {}})
    test = list(dataset.part("test"))
    for scheme, options in SCHEMES.items():
        for seed in arguments.seeds:
            with tempfile.TemporaryDirectory() as name:
                output = Path(name) / "m.pkl"
                variant = {"reverse": arguments.reverse, "peeky": arguments.peeky}
                for _ in train(dataset, output=output, epochs=arguments.epochs, seed=seed, **variant, **options):
                    pass
                translator = load_translator(output)
                figures = translator.evaluate(test)
                forced, free, places = after_first_mistake(translator, test)
            report(
                scheme=scheme,
                seed=seed,
                epochs=arguments.epochs,
                **variant,
                test_exact_match=figures.free_running_exact_match,
                character_error_rate=round(figures.free_running_character_error_rate, 5),
                forced_token_accuracy=round(figures.teacher_forced_token_accuracy, 5),
                after_mistake_forced=round(forced, 3),
                after_mistake_free=round(free, 3),
                after_mistake_symbols=places,
            )


if __name__ == "__main__":
    main()
