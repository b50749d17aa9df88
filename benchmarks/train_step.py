"""One training step at the book's shapes, next to the same model in PyTorch on the same machine.

    pip install . torch
    python benchmarks/train_step.py [--rounds 3] [--steps 60] [--threads 2] [--device cuda] [--precision float32 bf16]

Both sides do the whole step: clear gradients, forward, backward, clip, Adam (language models: SGD, dropout, the
state carried), and fetch the loss. They run in turns, each in a process of its own (two thread pools in one
process disturb each other), and each round's median counts. Prints one JSON line a case and precision; `ratio` is
our time over PyTorch's, whose bf16 is autocast. Without PyTorch, ours alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from contextlib import nullcontext
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

CASES: dict[str, dict[str, Any]] = {
    "addition": {"V": 13, "S": 7, "T": 5, "D": 16, "H": 128, "N": 128},
    "addition-peeky": {"V": 13, "S": 7, "T": 5, "D": 16, "H": 128, "N": 128, "peeky": True},
    "dates-attention": {"V": 59, "S": 29, "T": 11, "D": 16, "H": 256, "N": 128, "attention": True},
    "translation-attention": {"V": 8_000, "S": 16, "T": 17, "D": 256, "H": 512, "N": 64, "attention": True},
}
LANGUAGE_MODELS: dict[str, dict[str, int]] = {
    "lm": {"V": 10_000, "H": 650, "L": 2, "N": 20, "T": 35},
    "lm-large": {"V": 10_000, "H": 1150, "L": 3, "N": 40, "T": 70},
}
"""With tied weights."""
LONG = ("translation-attention", *LANGUAGE_MODELS)
"""Their steps are long, so a fifth as many are timed."""
DROPOUT = 0.4
WARM_UP = 5


def time_ours(
    V: int, S: int, T: int, D: int, H: int, N: int, steps: int, device: str, precision: str, **variant: bool
) -> list[float]:
    from seq2seq_cli.backend import Workspace, get_backend
    from seq2seq_cli.config import ModelConfig, TrainConfig
    from seq2seq_cli.data.batching import make_batch
    from seq2seq_cli.models.build import build_seq2seq
    from seq2seq_cli.models.spec import initialise_parameters
    from seq2seq_cli.nn.context import ForwardContext
    from seq2seq_cli.text.sequences import Sequences
    from seq2seq_cli.training.optimiser import Optimizer

    config = ModelConfig(
        source_vocab_size=V,
        target_vocab_size=V,
        embedding_size=D,
        hidden_size=H,
        bridge="h",
        peeky=variant.get("peeky", False),
        attention="dot" if variant.get("attention") else None,
    )
    model = build_seq2seq(config, get_backend(device, precision))
    initialise_parameters(config, model.parameters, "s2s", seed=0)
    optimizer = Optimizer(model.parameters, TrainConfig(optimizer="adam", clip=5.0))
    context = ForwardContext(model.backend, Workspace(model.backend.xp, model.backend.dtype), gradients=True)
    random = np.random.default_rng(0)
    times = []
    for number in range(1, steps + WARM_UP + 1):
        sources = Sequences(random.integers(0, V, (N, S)).tolist())
        targets = Sequences(random.integers(0, V, (N, T)).tolist())
        begun = time.perf_counter()
        batch = make_batch(sources, targets, np.arange(N), reverse=False, start=0)
        model.parameters.clear_gradients()
        (loss, _), backward = model.loss(batch, context)
        backward()
        optimizer.step(number, 0.001, loss)
        model.backend.to_host(loss)
        times.append(time.perf_counter() - begun)
    return times[WARM_UP:]


def autocast(precision: str, device: str) -> Any:
    """Return a function that makes the context of PyTorch's forward."""
    import torch

    kind = device.partition(":")[0]
    return lambda: torch.autocast(kind, torch.bfloat16) if precision == "bf16" else nullcontext()


def time_torch(
    V: int, S: int, T: int, D: int, H: int, N: int, steps: int, device: str, precision: str, **variant: bool
) -> list[float]:
    import torch
    from torch import nn

    peeky, attention = variant.get("peeky", False), variant.get("attention", False)

    class Seq2Seq(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(V, D), nn.Embedding(V, D)
            self.encoder = nn.LSTM(D, H, batch_first=True)
            self.decoder = nn.LSTM(D + H * peeky, H, batch_first=True)
            self.output = nn.Linear(H * (1 + (peeky or attention)), V)

        def forward(self, x: Any, t: Any) -> Any:
            states, (h, _) = self.encoder(self.source(x))
            inputs = self.target(t[:, :-1])
            vector = h[0][:, None].expand(-1, inputs.shape[1], -1)
            if peeky:
                inputs = torch.cat([vector, inputs], 2)
            out, _ = self.decoder(inputs, (h, torch.zeros_like(h)))
            if peeky:
                out = torch.cat([vector, out], 2)
            if attention:
                out = torch.cat([torch.softmax(out @ states.transpose(1, 2), -1) @ states, out], 2)
            return nn.functional.cross_entropy(self.output(out).flatten(0, 1), t[:, 1:].flatten())

    torch.manual_seed(0)
    model = Seq2Seq().to(device)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    times, cast = [], autocast(precision, device)
    for _ in range(steps + WARM_UP):
        x, t = (torch.randint(0, V, (N, length), device=device) for length in (S, T + 1))
        begun = time.perf_counter()
        optimizer.zero_grad()
        with cast():
            loss = model(x, t)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - begun)
    return times[WARM_UP:]


def time_our_language_model(
    V: int, H: int, L: int, N: int, T: int, steps: int, device: str, precision: str
) -> list[float]:
    from seq2seq_cli.backend import Packing, Workspace, get_backend
    from seq2seq_cli.config import ModelConfig, TrainConfig
    from seq2seq_cli.models.build import build_language_model
    from seq2seq_cli.models.spec import initialise_parameters
    from seq2seq_cli.nn.context import ForwardContext
    from seq2seq_cli.training.optimiser import Optimizer

    config = ModelConfig(
        kind="lm", target_vocab_size=V, embedding_size=H, hidden_size=H, layers=L, tied=True, dropout=DROPOUT
    )
    backend = get_backend(device, precision)
    model = build_language_model(config, backend)
    initialise_parameters(config, model.parameters, "s2s", seed=0)
    optimizer = Optimizer(model.parameters, TrainConfig(optimizer="sgd", clip=0.25))
    workspace, shape = Workspace(backend.xp, backend.dtype), Packing.even(N, T)
    random, state = np.random.default_rng(0), model.zeros(N)
    times = []
    for number in range(1, steps + WARM_UP + 1):
        ids, targets = (backend.to_device_ids(random.integers(0, V, N * T)) for _ in range(2))
        begun = time.perf_counter()
        context = ForwardContext(backend, workspace, gradients=True, dropout_key=(0, 0, number))
        model.parameters.clear_gradients()
        (loss, _, state), backward = model.loss(ids, targets, shape, state, context)
        backward()
        optimizer.step(number, 1.0, loss)
        backend.to_host(loss)
        times.append(time.perf_counter() - begun)
    return times[WARM_UP:]


def time_torch_language_model(
    V: int, H: int, L: int, N: int, T: int, steps: int, device: str, precision: str
) -> list[float]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    embedding, lstm, output = nn.Embedding(V, H), nn.LSTM(H, H, L, dropout=DROPOUT), nn.Linear(H, V)
    output.weight = embedding.weight
    drop = nn.Dropout(DROPOUT)
    model = nn.ModuleList([embedding, lstm, output, drop]).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    times, state, cast = [], None, autocast(precision, device)
    for _ in range(steps + WARM_UP):
        x, t = (torch.randint(0, V, (T, N), device=device) for _ in range(2))
        begun = time.perf_counter()
        optimizer.zero_grad()
        with cast():
            h, state = lstm(drop(embedding(x)), state)
            state = tuple(part.detach() for part in state)
            loss = nn.functional.cross_entropy(output(drop(h)).flatten(0, 1), t.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - begun)
    return times[WARM_UP:]


def run_side(side: str, case: str, steps: int, threads: int, device: str, precision: str) -> None:
    """In a process of its own: print the median time of a step in milliseconds."""
    if side == "torch":
        import torch

        torch.set_num_threads(threads)
    else:
        from seq2seq_cli.backend import limit_threads

        limit_threads(threads)
    how: dict[str, Any] = {"steps": max(1, steps // 5 if case in LONG else steps), "device": device}
    if case in LANGUAGE_MODELS:
        timed = time_torch_language_model if side == "torch" else time_our_language_model
        times = timed(**LANGUAGE_MODELS[case], **how, precision=precision)
    else:
        timed = time_torch if side == "torch" else time_ours
        times = timed(**CASES[case], **how, precision=precision)
    print(1e3 * median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cases", nargs="+", choices=[*CASES, *LANGUAGE_MODELS], default=[*CASES, "lm"])
    parser.add_argument("--precision", nargs="+", choices=["float32", "bf16"], default=["float32"])
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--side", choices=("ours", "torch"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        case, precision = arguments.cases[0], arguments.precision[0]
        run_side(arguments.side, case, arguments.steps, arguments.threads, arguments.device, precision)
        return
    sides = ["ours", "torch"] if find_spec("torch") else ["ours"]
    for case, precision in itertools.product(arguments.cases, arguments.precision):
        measured: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(arguments.rounds):
            for side in sides:
                command = [sys.executable, __file__, "--side", side, "--cases", case]
                command += ["--steps", str(arguments.steps), "--threads", str(arguments.threads)]
                command += ["--device", arguments.device, "--precision", precision]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                measured[side].append(float(done.stdout))
        result: dict[str, Any] = {"case": case, "precision": precision, "device": arguments.device}
        result["threads"] = arguments.threads
        result |= {f"{side}_ms": round(median(measured[side]), 2) for side in sides}
        if len(sides) == 2:
            result["ratio"] = round(median(a / b for a, b in zip(*measured.values(), strict=True)), 2)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
