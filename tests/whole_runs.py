"""Small whole runs of each kind on a given backend: training with its files, interrupted or not, and evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from captioning import captions_of
from helpers import dataset_of_text, run_in_parts

from seq2seq_cli.api import answerer, text_generator
from seq2seq_cli.api.load import load
from seq2seq_cli.api.train import new_session
from seq2seq_cli.backend import Backend
from seq2seq_cli.config import EvaluationOptions
from seq2seq_cli.data.captions import CAPTIONS_FORMAT
from seq2seq_cli.data.folder import Dataset, describe
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.model_file.content import ModelFile, read_model_file
from seq2seq_cli.training import session, setup

CAPTIONS = dict.fromkeys(("train", "valid", "test"), captions_of("images"))
SMALL = {"hidden_size": 4, "embedding_size": 4, "epochs": 2, "learning_rate": 0.02, "weight_averaging": 0.5}
FORCING = {"teacher_forcing": 0.5, "teacher_forcing_unit": "sequence", "dropout": 0.2, "weight_decay": 0.01}
KINDS: dict[str, tuple[Dataset[Any], dict[str, object]]] = {
    "pairs": (
        generate(AdditionOptions(digits=1, train=24, valid=6, test=6)),
        {"attention": "general", "peeky": True, "readout": True, "batch_symbols": 20, "mask_rare": 0.3, **FORCING},
    ),
    "text": (
        dataset_of_text(),
        {"batch_size": 4, "bptt": 9, "random_bptt": True, "layers": 2, "activation_penalty": 0.1, "dropout": 0.2},
    ),
    "captions": (
        describe(CAPTIONS_FORMAT, "captions", CAPTIONS, {}),
        {"attention": "dot", "bidirectional": True, "patch_size": 4, "batch_size": 2, "optimizer": "adamw", **FORCING},
    ),
}


def run_on(backend: Backend, kind: str, model: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelFile, dict, tuple]:
    """Train and measure on a backend, whatever device is asked for.

    Returns:
        The model file, its figures on the test part, and what a language model writes.
    """
    for module in (setup, session, answerer, text_generator):
        monkeypatch.setattr(module, "get_backend", lambda *_: backend)
    dataset, options = KINDS[kind]
    list(new_session(dataset, output=model, options={**SMALL, **options})[0].run())
    loaded = load(model)
    assert loaded.model.backend is backend
    figures = loaded.report(dataset.parts["test"], EvaluationOptions(errors=3)).as_dict()
    written = loaded.generate("the cat", length=5)[0].symbols if kind == "text" else ()
    return read_model_file(model), figures, written


def resumed_on(backend: Backend, model: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    """Train on additions as `run_on` does, interrupted after every second step and gone on with."""
    monkeypatch.setattr(setup, "get_backend", lambda *_: backend)
    monkeypatch.setattr(session, "get_backend", lambda *_: backend)
    dataset, options = KINDS["pairs"]
    run_in_parts(new_session(dataset, output=model, options={**SMALL, **options})[0], 2)
    return read_model_file(model)


def check_same(one: tuple[ModelFile, dict, tuple], other: tuple[ModelFile, dict, tuple]) -> None:
    """Check that two runs came to the same, but for what another order of sums makes of it."""
    (file, figures, written), (expected, expected_figures, expected_written) = one, other
    for name, value in expected.weights.items():
        np.testing.assert_allclose(file.weights[name], value, rtol=1e-5, atol=1e-7)
    for entry, right in zip(file.history, expected.history, strict=True):
        assert entry["valid_loss"] == pytest.approx(right["valid_loss"], rel=1e-9)
    numbers = {name: value for name, value in expected_figures.items() if isinstance(value, float)}
    assert len(numbers) >= 3
    assert {name: figures[name] for name in numbers} == pytest.approx(numbers, rel=1e-6)
    assert written == expected_written
