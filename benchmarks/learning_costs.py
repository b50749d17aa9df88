"""What one thing changed costs: a training step with it next to one of the recipe, in turns.

    python benchmarks/learning_costs.py [--rounds 40] [--shapes words sentences] [--changes copying …]

The recipes are those that `auto` takes for 900 words with their sounds and for 10,000 sentences. Both models are in one
process and step in turns; what is compared is the processor's time (one thread, OPENBLAS_NUM_THREADS=1), so that other
programs disturb little. Prints one JSON line a change; `ratio` is the step's time over the recipe's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from commands import report

from seq2seq_cli.backend import Workspace, get_backend
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.config.recipes import PairsFacts, auto
from seq2seq_cli.data.batching import make_batch
from seq2seq_cli.models.build import build_seq2seq
from seq2seq_cli.models.spec import initialise_parameters
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.training.averaging import WeightAverage
from seq2seq_cli.training.optimiser import Optimizer

CHANGES: dict[str, dict[str, Any]] = {
    "none": {},
    "score dot": {"attention": "dot"},
    "score additive": {"attention": "additive"},
    "sparsemax": {"attention_weights": "sparsemax"},
    "entmax": {"attention_weights": "entmax"},
    "no readout": {"readout": False, "tied": False},
    "copying": {"copying": True},
    "two layers": {"layers": 2},
    "encoder 2, residual": {"encoder_layers": 2, "residual": True},
    "GRU": {"cell": "gru"},
    "label smoothing 0": {"label_smoothing": 0.0},
    "no averaging": {"weight_averaging": 0.0},
    "peeky": {"peeky": True},
    "no tying": {"tied": False},
}
SHAPES = {
    "words": (PairsFacts("lexicon", 900, 7.5, 6.3, "char", "word", 0.0, False), 40),
    "sentences": (PairsFacts("pairs", 10_000, 7.5, 8.0, "word", "word", 0.0, False), 5_000),
}
"""What the recipe is for, and the symbols of each vocabulary."""
WARM_UP = 3


def stepper(facts: PairsFacts, vocabulary: int, change: dict[str, Any]) -> Callable[[], float]:
    """Return what does a step and says how many seconds of the processor it took."""
    values = {**auto(facts), **change}
    fields = {name: value for name, value in values.items() if name in ModelConfig.__dataclass_fields__}
    config = ModelConfig(source_vocab_size=vocabulary, target_vocab_size=vocabulary, **fields)
    model = build_seq2seq(config, get_backend("cpu"), np.arange(vocabulary))
    initialise_parameters(config, model.parameters, "s2s", seed=0)
    optimizer = Optimizer(model.parameters, TrainConfig(optimizer="adam", clip=5.0))
    average = WeightAverage(model.parameters, values["weight_averaging"])
    workspace, random = Workspace(model.backend.xp, model.backend.dtype), np.random.default_rng(0)
    source, target = round(facts.source_length), round(facts.target_length) + 1
    rows, number = max(1, values["batch_symbols"] // target), 0

    def step() -> float:
        nonlocal number
        number += 1
        sources = Sequences(random.integers(0, vocabulary, (rows, source)).tolist())
        targets = Sequences(random.integers(0, vocabulary, (rows, target)).tolist())
        begun = time.process_time()
        smoothing = values["label_smoothing"]
        context = ForwardContext(
            model.backend, workspace, gradients=True, dropout_key=(0, 0, number), label_smoothing=smoothing
        )
        batch = make_batch(sources, targets, np.arange(rows), reverse=False, start=0)
        model.parameters.clear_gradients()
        (loss, _), backward = model.loss(batch, context)
        backward()
        optimizer.step(number, 0.001, loss)
        average.update(number)
        return time.process_time() - begun

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--changes", nargs="+", choices=CHANGES, default=list(CHANGES))
    arguments = parser.parse_args()
    for name in arguments.shapes:
        facts, vocabulary = SHAPES[name]
        for change in arguments.changes:
            recipe, changed = stepper(facts, vocabulary, {}), stepper(facts, vocabulary, CHANGES[change])
            times = [(recipe(), changed()) for _ in range(arguments.rounds + WARM_UP)][WARM_UP:]
            before, after = (median(times) for times in zip(*times, strict=True))
            report(shape=name, change=change, ms=round(1e3 * after, 2), ratio=round(after / before, 2))


if __name__ == "__main__":
    main()
