"""Is memory flat? The process's peak after an epoch of training and after each 100,000 of a million symbols written.

    python benchmarks/memory.py [--symbols 1000000]

Prints one JSON line a stage, in megabytes. (Linux; elsewhere the unit of the system's figure differs.)
"""

from __future__ import annotations

import argparse
import resource
from itertools import islice

import numpy as np
from commands import report

from seq2seq_cli.backend import Workspace, get_backend
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.inference.generation import write
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.text_codec import TextCodec, text_vocabulary
from seq2seq_cli.training.text_task import TextTask

ROWS = 50


def peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=1_000_000)
    arguments = parser.parse_args()
    config = ModelConfig(kind="lm", target_vocab_size=2000, embedding_size=128, hidden_size=128, tied=True)
    model = build_language_model(config, get_backend())
    ids = np.random.default_rng(0).integers(0, 2000, 500_000)
    codec = TextCodec(text_vocabulary("a b c", "word"))
    task = TextTask(model, ids, ids[:0], codec, TrainConfig(batch_size=20, random_bptt=True))
    workspace = Workspace(np, model.backend.dtype)
    steps = task.begin(0, 0)
    for number in range(steps):
        task.step(0, number, ForwardContext(model.backend, workspace, gradients=True), 1.0).backward()
        if number in (steps // 10, steps - 1):
            report(stage=f"training step {number + 1} of {steps}", peak_megabytes=peak())
    written = 0
    for _ in islice(write(model, [ids[:2]] * ROWS, sampling=Sampling()), arguments.symbols // ROWS):
        written += ROWS
        if written % (arguments.symbols // 10) == 0:
            report(stage=f"{written:,} symbols written", peak_megabytes=peak())


if __name__ == "__main__":
    main()
