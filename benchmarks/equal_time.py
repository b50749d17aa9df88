"""A language model of ours and one of the same shape in PyTorch, trained for the same time on the same device.

    pip install . torch
    python benchmarks/equal_time.py --preset lm-large --minutes 30 --device cuda
    python benchmarks/equal_time.py --preset lm-large --minutes 2 --device cpu --hidden 128

First ours, by its preset, with as many epochs as the time allows (an epoch is timed first); then PyTorch's for as
long as ours took: cuDNN's LSTM, dropout of one share, tied weights, the same optimiser, windows, batch and clip, and
a rate that follows the same schedule over its time. Both in float32, each in a process of its own. The validation
perplexity is of the Penn Treebank's whole text, the state carried. Prints one JSON line a side.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from commands import PTB, curve, report, s2s

WINDOW = 70
"""Steps run at once when PyTorch's perplexity is measured."""


def train_ours(folder: Path, preset: str, minutes: float, device: str, hidden: int | None, threads: int) -> float:
    """Train by the preset for about so long; report, and return the seconds of its epochs."""
    sizes = ["--hidden", hidden, "--embedding", hidden] if hidden else []
    options = [*sizes, "--device", device, "--threads", threads]
    s2s("train", "text", "--preset", preset, *options, "--epochs", 1, "-o", "probe.pkl", cwd=folder)
    (epoch,) = curve(folder / "probe.pkl", "seconds")
    epochs = max(1, int(60 * minutes / epoch))
    s2s("train", "text", "--preset", preset, *options, "--epochs", epochs, "-o", "m.pkl", cwd=folder)
    seconds = sum(curve(folder / "m.pkl", "seconds"))
    final, _ = s2s("evaluate", "text", "-m", "m.pkl", "--part", "valid", "--device", device, "--json", cwd=folder)
    report(side="s2s", device=device, epochs=epochs, seconds=round(seconds), perplexity=json.loads(final)["perplexity"])
    return seconds


def train_torch(model_path: Path, seconds: float, device: str, threads: int) -> None:
    """Train a model of the same shape for so long, and report it."""
    import torch
    from torch import nn

    from seq2seq_cli.data.folder import read_folder
    from seq2seq_cli.data.formats import TEXT_FORMAT
    from seq2seq_cli.model_file.content import read_head
    from seq2seq_cli.text.codec import TextCodec
    from seq2seq_cli.training.schedules import learning_rate

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    head = read_head(model_path)
    config, training = head.config, head.training
    assert training is not None
    codec = TextCodec(head.target_vocabulary)
    dataset, _ = read_folder(model_path.parent / "text", TEXT_FORMAT)
    train, valid = (torch.tensor(codec.encode(dataset.part(part)), device=device) for part in ("train", "valid"))
    N, T, V, H = training.batch_size, training.steps, config.target_vocab_size, config.hidden_size

    embedding, output = nn.Embedding(V, H), nn.Linear(H, V)
    lstm = nn.LSTM(H, H, config.layers, dropout=config.dropout)
    drop = nn.Dropout(config.dropout if config.output_dropout is None else config.output_dropout)
    nn.init.uniform_(embedding.weight, -0.1, 0.1)
    nn.init.zeros_(output.bias)
    output.weight = embedding.weight
    model = nn.ModuleList([embedding, lstm, output, drop]).to(device)
    kinds: dict[str, Any] = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    decay = {"weight_decay": training.weight_decay} if training.weight_decay else {}
    optimizer = kinds[training.optimizer](model.parameters(), lr=training.learning_rate, **decay)

    def losses(x: Any, t: Any, state: Any, reduction: str) -> tuple[Any, Any]:
        h, state = lstm(drop(embedding(x)), state)
        found = nn.functional.cross_entropy(output(drop(h)).flatten(0, 1), t.flatten(), reduction=reduction)
        return found, tuple(part.detach() for part in state)

    length = (len(train) - 1) // N
    inputs, targets = (train[i : i + length * N].reshape(N, length).T.contiguous() for i in (0, 1))
    epochs, begun, used = 0, time.perf_counter(), 0.0
    while used < seconds:
        state, epochs = None, epochs + 1
        for first in range(0, length, T):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(training, used / seconds, 0)
            optimizer.zero_grad()
            loss, state = losses(inputs[first : first + T], targets[first : first + T], state, "mean")
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), training.clip or math.inf)
            optimizer.step()
            loss.item()
            used = time.perf_counter() - begun
            if used >= seconds:
                break

    model.eval()
    before = torch.cat((torch.tensor([codec.line_end], device=device), valid[:-1]))
    total, state = 0.0, None
    with torch.no_grad():
        for first in range(0, len(valid), WINDOW):
            part = slice(first, first + WINDOW)
            loss, state = losses(before[part, None], valid[part, None], state, "sum")
            total += float(loss)
    perplexity = float(np.exp(total / len(valid)))
    report(side=f"torch {torch.__version__}", device=device, epochs=epochs, seconds=round(used), perplexity=perplexity)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="lm-large")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--hidden", type=int, help="smaller layers, for a trial")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--torch", nargs=2, metavar=("MODEL", "SECONDS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    device, threads = arguments.device, arguments.threads
    if arguments.torch:
        model, seconds = arguments.torch
        train_torch(Path(model), float(seconds), device, threads)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s2s("prep", "text", *PTB, "-o", "text", cwd=folder)
        seconds = train_ours(folder, arguments.preset, arguments.minutes, device, arguments.hidden, threads)
        command = [sys.executable, __file__, "--torch", str(folder / "m.pkl"), str(seconds)]
        command += ["--device", device, "--threads", str(threads)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
