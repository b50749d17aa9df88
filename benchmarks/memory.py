"""Is memory bounded, whatever a caller makes large? The process's peak, stage by stage.

    python benchmarks/memory.py [--symbols 1000000] [--samples 200000]

Each stage runs in a process of its own and prints one JSON line: the peak before it and after it, in megabytes, and
seconds. (Linux; elsewhere the unit of the system's figure differs.) Trained weights are not needed: first values do.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from commands import report

from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.backend import Workspace, get_backend
from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.evaluation.pairs import evaluate
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.inference.search import SearchOptions, search
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_language_model, build_seq2seq
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.spec import initialise_parameters
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.codec import PairCodec, TextCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.text_task import TextTask

WORDS = 10_000
ROWS = 50


def peak() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def language_model(symbols: int) -> LanguageModel:
    config = ModelConfig(kind="lm", target_vocab_size=symbols, embedding_size=128, hidden_size=128, tied=True)
    model = build_language_model(config, get_backend())
    initialise_parameters(config, model.parameters, "s2s", 0)
    return model


def generator() -> TextGenerator:
    """Return a language model over `WORDS` words."""
    model = language_model(WORDS)
    symbols = ("<unk>", "<eos>", *(f"w{number}" for number in range(WORDS - 2)))
    vocabulary = Vocabulary(symbols, "word", end=1, unknown=0)
    return TextGenerator(
        ModelFile(
            config=model.config,
            source_vocabulary=None,
            target_vocabulary=vocabulary,
            text={"normalisation": "NFC", "form": "plain"},
            data={},
            training=None,
            history=[],
            metrics={},
            versions={},
            weights=model.parameters.to_host(),
        )
    )


def lines(count: int, words: int) -> list[str]:
    draw = np.random.default_rng(0)
    return [" ".join(f"w{n}" for n in draw.integers(0, WORDS - 2, words)) for _ in range(count)]


def training(arguments: argparse.Namespace) -> Callable[[], object]:
    model, ids = language_model(2000), np.random.default_rng(0).integers(0, 2000, 500_000)
    codec = TextCodec(Vocabulary.of_text("a b c", "word"))
    task = TextTask(model, ids, ids[:0], codec, TrainConfig(batch_size=20, random_bptt=True))
    workspace = Workspace(np, model.backend.dtype)

    def work() -> None:
        for number in range(task.begin(0, 0)):
            task.step(0, number, ForwardContext(model.backend, workspace, gradients=True), 1.0).backward()

    return work


def writing(arguments: argparse.Namespace) -> Callable[[], object]:
    model = language_model(2000)
    options = SearchOptions(arguments.symbols // ROWS, sampling=Sampling())

    def work() -> None:
        with model.inference() as context:
            for _ in search(model, model.empty(ROWS), np.zeros(ROWS, dtype=np.int64), options, context):
                pass

    return work


def scoring(arguments: argparse.Namespace) -> Callable[[], object]:
    writer, given = generator(), lines(64, 3000)
    return lambda: writer.score(given)


def prompts(arguments: argparse.Namespace) -> Callable[[], object]:
    writer, given = generator(), lines(64, 3000)
    return lambda: writer.generate(given, length=20, sampling=Sampling())


def samples(arguments: argparse.Namespace) -> Callable[[], object]:
    writer = generator()
    return lambda: sum(
        1 for _ in writer.iterate("w1", length=2, samples=arguments.samples, sampling=Sampling(top_k=50))
    )


def validation(attention: str | None) -> Callable[[argparse.Namespace], Callable[[], object]]:
    def make(arguments: argparse.Namespace) -> Callable[[], object]:
        given = lines(512, 300)
        words = tuple(f"w{number}" for number in range(WORDS - 3))
        target = Vocabulary(("<s>", "</s>", "<unk>", *words), "word", start=0, end=1, unknown=2)
        source = Vocabulary(("<unk>", "x", "y", *words), "word", unknown=0)
        config = ModelConfig(
            source_vocab_size=WORDS,
            target_vocab_size=WORDS,
            embedding_size=128,
            hidden_size=128,
            attention=attention,
        )
        model = build_seq2seq(config, get_backend())
        initialise_parameters(config, model.parameters, "s2s", 0)
        pairs = list(zip(given, reversed(given), strict=True))
        return lambda: evaluate(model, PairCodec.of(config, source, target), pairs, max_length=300)

    return make


STAGES: dict[str, Callable[[argparse.Namespace], Callable[[], object]]] = {
    "training on 500,000 symbols": training,
    "writing": writing,
    "score, 64 lines of 3,000 words": scoring,
    "generate, 64 prompts of 3,000 words": prompts,
    "generate, many samples of one prompt": samples,
    "validation, 512 rows of 300 symbols": validation(None),
    "validation, 512 rows of 300 symbols, dot attention": validation("dot"),
    "validation, 512 rows of 300 symbols, additive attention": validation("additive"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--stage", type=int, help="Run one stage here; by default all, each in its own process.")
    arguments = parser.parse_args()
    if arguments.stage is None:
        for number in range(len(STAGES)):
            subprocess.run([sys.executable, Path(__file__), *sys.argv[1:], "--stage", str(number)], check=True)
        return
    name = list(STAGES)[arguments.stage]
    work = STAGES[name](arguments)
    before, begun = peak(), time.perf_counter()
    work()
    seconds, after = time.perf_counter() - begun, peak()
    report(stage=name, before=before, after=after, growth=round(after - before, 1), seconds=round(seconds, 1))


if __name__ == "__main__":
    main()
