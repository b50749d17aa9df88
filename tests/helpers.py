"""Small models and batches for tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.backend import Backend, Workspace, get_backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.batching import Batch, SourceBatch, make_batch
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import TEXT_FORMAT, TextDataset
from seq2seq_cli.inference import answers
from seq2seq_cli.inference.search import GenerationStep, SearchOptions, search
from seq2seq_cli.model_file.content import ModelFile, read_model_file
from seq2seq_cli.models.build import build_language_model, build_seq2seq
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.sequences import Sequences
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.events import Finished
from seq2seq_cli.training.session import Session, resume
from seq2seq_cli.types import Ids

SOURCES = [[1, 2, 3], [4, 5, 6, 0, 2], [3], [6, 6, 1, 5]]
TARGETS = [[2, 1], [3, 4, 5, 1], [1], [5, 5, 1]]
COPIED_AS = np.array([0, 2, 1, 3, 4, 5, 5])
"""For each symbol of a small source, the target's id as which it is copied."""
IDS_OF_LETTERS = np.random.default_rng(5).integers(0, 7, 40).tolist()
TEXT = (
    "\n".join(
        f"the {animal} {verb} the {other} ."
        for animal in ("cat", "dog", "cow", "owl")
        for verb in ("sees", "hears", "likes")
        for other in ("bird", "frog", "bee", "hare")
    )
    + "\n"
)


def random_weights(config: ModelConfig, seed: int = 0, scale: float = 0.7) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {name: scale * draw.standard_normal(shape) for name, shape in parameter_shapes(config).items()}


def small_config(**options: Any) -> ModelConfig:
    sizes = {"source_vocab_size": 7, "target_vocab_size": 6, "embedding_size": 3, "hidden_size": 4}
    return ModelConfig(**{**sizes, **options})


def small_model(backend: Backend | None = None, seed: int = 0, **options: Any) -> Seq2Seq:
    config = small_config(**options)
    model = build_seq2seq(config, backend or get_backend("cpu", "float64"), COPIED_AS)
    model.parameters.assign(random_weights(config, seed))
    return model


def small_batch(
    sources: list[list[int]] = SOURCES, targets: list[list[int]] = TARGETS, *, reverse: bool = False
) -> Batch:
    rows = np.arange(len(sources))
    return make_batch(Sequences(sources), Sequences(targets), rows, reverse=reverse, start=0)


def training_run(backend: Backend, *, dropout: bool = False, workspace: Workspace | None = None) -> ForwardContext:
    workspace = workspace or Workspace(backend.xp, backend.dtype)
    return ForwardContext(backend, workspace, gradients=True, dropout_key=(3, 1, 4) if dropout else None)


def inference_run(backend: Backend) -> ForwardContext:
    return ForwardContext(backend, Workspace(backend.xp, backend.dtype))


def decode(
    model: Seq2Seq, source: SourceBatch, *, start: int, stream_ids: Ids | None = None, **options: Any
) -> answers.Decoded:
    with model.inference() as context:
        return answers.decode(model, source, start, SearchOptions(**options), context, stream_ids)


def write(
    model: LanguageModel, prompts: list[Ids], *, stream_ids: Ids | None = None, length: int = 1_000_000, **options: Any
) -> Iterator[GenerationStep]:
    """Go on after prompts; banned symbols and sampling as `SearchOptions` has them."""
    with model.inference() as context:
        state = model.start([prompt[:-1] for prompt in prompts], context)
        last = np.array([prompt[-1] for prompt in prompts])
        yield from search(model, state, last, SearchOptions(length, **options), context, stream_ids)


def file_of(model: Seq2Seq | LanguageModel, source: Vocabulary | None, target: Vocabulary, **text: Any) -> ModelFile:
    """Return the content of a model file, without a file."""
    return ModelFile(
        config=model.config,
        source_vocabulary=source,
        target_vocabulary=target,
        text={"normalisation": "NFC", **text},
        data={},
        training=None,
        history=[],
        metrics={},
        versions={},
        weights={name: value.astype("f") for name, value in model.parameters.to_host().items()},
    )


def small_translator(precision: str = "float64", **options: Any) -> Translator:
    """Return a translator from a to f to the same letters, with random weights."""
    source = Vocabulary(("<unk>", *"abcdef"), "char", unknown=0)
    target = Vocabulary(("<s>", "</s>", "<unk>", *"abcdef"), "char", start=0, end=1, unknown=2)
    model = small_model(source_vocab_size=len(source), target_vocab_size=len(target), **options)
    return Translator(file_of(model, source, target, longest_source=6, longest_target=6), precision=precision)


def small_generator(precision: str = "float64", **options: Any) -> TextGenerator:
    """Return a language model over a few words, with random weights."""
    vocabulary = Vocabulary(("<unk>", "<eos>", "the", "cat", "dog", "sees", "a"), "word", end=1, unknown=0)
    config = small_config(kind="lm", source_vocab_size=1, target_vocab_size=len(vocabulary), **options)
    model = build_language_model(config, get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config))
    return TextGenerator(file_of(model, None, vocabulary, form="plain"), precision=precision)


def dataset_of_text(text: str = TEXT, level: str = "word", form: str = "plain") -> TextDataset:
    lines = text.splitlines(keepends=True)
    parts = {"train": "".join(lines[8:]), "valid": "".join(lines[4:8]), "test": "".join(lines[:4])}
    return describe(TEXT_FORMAT, "text", parts, {}, levels={"text": level}, notes={"form": form})


def weights(path: Path) -> dict[str, bytes]:
    """Return the bytes of a model file's arrays, to compare runs to the bit."""
    return {name: array.tobytes() for name, array in read_model_file(path).weights.items()}


def run_in_parts(session: Session, steps: int) -> Finished:
    """Train to the end, interrupted after every few steps and resumed from the checkpoint."""
    for _ in range(100):
        left = iter([False] * steps)
        last = [event for event in session.run(partial(next, left, True)) if isinstance(event, Finished)][-1]
        if last.reason != "interrupted":
            return last
        session, warnings = resume(session.files.checkpoint)
        assert warnings == []
    raise AssertionError("never done")
