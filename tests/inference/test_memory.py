"""Memory is bounded by symbols in flight: each case runs in a fresh process, and its peak is what counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")

PRELUDE = """
import io, resource, tracemalloc
import numpy as np
from helpers import file_of, random_weights
from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.evaluation.pairs import evaluate
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.pipeline import LineParser, answer_stream
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.models.build import build_seq2seq, build_language_model
from seq2seq_cli.text.vocabulary import Vocabulary

WORDS = 10_000
NAMES = tuple(f"w{n}" for n in range(WORDS))

def generator(hidden=16):
    config = ModelConfig(kind="lm", target_vocab_size=WORDS + 2, embedding_size=hidden, hidden_size=hidden)
    model = build_language_model(config, get_backend())
    return TextGenerator(file_of(model, None, Vocabulary(("<unk>", "<eos>", *NAMES), "word", end=1, unknown=0)))

def translator(hidden=32, words=WORDS, **options):
    source = Vocabulary(("<unk>", *NAMES[:words]), "word", unknown=0)
    target = Vocabulary(("<s>", "</s>", "<unk>", *NAMES[:words]), "word", start=0, end=1, unknown=2)
    config = ModelConfig(source_vocab_size=len(source), target_vocab_size=len(target), embedding_size=8,
                         hidden_size=hidden, **options)
    model = build_seq2seq(config, get_backend())
    model.parameters["decoder.output.bias"].value[1] = 1.0  # answers end at once
    return Translator(file_of(model, source, target, longest_source=20, longest_target=20))

def lines(count, length, words=WORDS):
    draw = np.random.default_rng(0)
    return [" ".join(f"w{n}" for n in draw.integers(0, words, length)) for _ in range(count)]

def stream(answer, vocabulary, count):
    class Endless(io.RawIOBase):
        left = count
        def readable(self):
            return True
        def fileno(self):
            raise OSError
        def read(self, size=-1):
            self.left -= 100
            return b"w1 w2 w3\\nw4\\n" * 50 if self.left >= 0 else b""
    answer_stream(Endless(), lambda data: None, LineParser(vocabulary), answer, rows_at_once=256)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""


def growth(setup: str, work: str) -> float:
    """Return by how many megabytes a fresh process's peak grows over some work."""
    return float(run(f"{setup}\nbefore = peak()\n{work}\nprint((peak() - before) / 1024)"))


TRACED = "tracemalloc.reset_peak(); stream(answer, vocabulary, n); print(tracemalloc.get_traced_memory()[1])"
"""Prints the most bytes that were held at once while so many lines are answered."""


def run(code: str) -> str:
    """Return what some code prints in a process of its own."""
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join((str(root), str(root / "tests"))),
    }
    done = subprocess.run([sys.executable, "-c", f"{PRELUDE}\n{code}"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


CASES = {
    # All logits at once would be 1.5 GB.
    "lines are scored": ("given, writer = lines(64, 600), generator()", "writer.score(given)", 100),
    "long prompts are read": ("given, writer = lines(64, 3000), generator()", "writer.generate(given, length=3)", 60),
    # All rows at once would be 200,000 times 10,000 probabilities.
    "many samples come one after the other": (
        "writer = generator(4)",
        "for _ in writer.iterate('w1', length=1, samples=3000, sampling=Sampling()): pass",
        100,
    ),
    # 256 rows of 150 symbols at once: 1.5 GB of logits.
    "long pairs are measured": (
        "given = lines(256, 150); model = translator()",
        "model.evaluate(list(zip(given, given)), AnswerOptions(max_length=3))",
        150,
    ),
    # Every query with every key of all rows at once: 256 · 150 · 150 · 32 numbers, 740 MB.
    "long pairs are attended to": (
        "given = lines(256, 150, 20); model = translator(words=20, attention='additive')",
        "model.evaluate(list(zip(given, given)), AnswerOptions(max_length=3))",
        150,
    ),
    # 512 rows of 20 beginnings at once: 102 million probabilities, and as many states of the sources.
    "many lines are searched with a wide beam": (
        "given = lines(512, 60); model = translator(attention='dot')",
        "model.answers(given, AnswerOptions(beam=20, n_best=20, max_length=5))",
        150,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_memory_is_bounded_where(case) -> None:
    setup, work, megabytes = CASES[case]
    assert growth(setup, work) < megabytes


FLAT = {
    "translate": (
        "model = translator(words=20)\n"
        "answer = lambda rows, number: model.translate([row.text for row in rows], first_stream_id=number)\n"
        "vocabulary = model.codec.source"
    ),
    "score": (
        "model = generator(8)\n"
        "answer = lambda rows, number: [str(s.log_probability) for s in model.score([row.text for row in rows])]\n"
        "vocabulary = model.codec.vocabulary"
    ),
}


@pytest.mark.parametrize("command", FLAT)
def test_memory_is_flat_on_a_long_stream(command) -> None:
    """Ten times as many lines take no more: 4,500 objects, however small, would be 180 kB."""
    setup = f"{FLAT[command]}\nstream(answer, vocabulary, 600)\ntracemalloc.start()"
    found = [float(line) for line in run(f"{setup}\nfor n in (500, 5_000): {TRACED}").splitlines()]
    assert found[1] - found[0] < 90_000
