"""Language models trained on a text: learned, resumed, saved, checked."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import TEXT, dataset_of_text, random_weights, run_in_parts, weights

import seq2seq_cli
from seq2seq_cli.api.text_generator import TextGenerator
from seq2seq_cli.api.train import new_session
from seq2seq_cli.config import EvaluationOptions, ModelConfig
from seq2seq_cli.data.folder import Dataset, describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.errors import DataError, ModelFileError, UsageError
from seq2seq_cli.evaluation.text import score_text
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.model_file.content import ModelFile, read_model_file, write_model_file
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.events import EpochDone

pytestmark = pytest.mark.slow

SMALL = {
    "embedding_size": 16,
    "hidden_size": 16,
    "batch_size": 4,
    "bptt": 7,
    "epochs": 3,
    "optimizer": "adam",
    "learning_rate": 0.02,
    "schedule": "one-cycle",
    "clip": 1.0,
}


def test_a_text_is_learned_written_and_judged(tmp_path) -> None:
    options = {**SMALL, "epochs": 80}
    events = list(seq2seq_cli.train(dataset_of_text(), output=tmp_path / "m.pkl", **options))
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert epochs[-1].valid_exact_match is None
    assert "the " in epochs[-1].text
    assert epochs[-1].valid_loss < 1.0 < epochs[0].valid_loss
    generator = seq2seq_cli.load(tmp_path / "m.pkl")
    assert isinstance(generator, TextGenerator)
    (text,) = generator.generate("the cat", length=6)
    assert text.text.startswith("the cat ")
    assert len(text.symbols) == 6
    assert text.text.splitlines()[0].endswith(".")
    assert list(generator.stream("the cat", length=6)) == list(text.symbols)
    until = generator.generate(["the", "the dog"], length=50, until="<eos>", samples=2, sampling=Sampling(seed=1))
    assert len(until) == 4
    assert all("<eos>" not in entry.symbols and len(entry.symbols) < 20 for entry in until)
    good, bad, empty = generator.score(["the cat sees the bird .", "bird the . sees cat the", ""])
    assert good.log_probability > bad.log_probability
    assert good.symbols == 7
    assert good.perplexity == pytest.approx(np.exp(-good.log_probability / 7))
    assert empty.symbols == 1
    ids = generator.codec.encode("the cat sees the bird .\n")
    assert good.log_probability == pytest.approx(-score_text(generator.model, ids, 1).losses.sum(), rel=1e-5)
    with pytest.raises(DataError, match=r"does not know catt \(nearest: cat\)"):
        generator.generate("the catt")
    with pytest.raises(DataError, match="`skip`: the model does not know nope"):
        generator.generate("the", skip=("nope",))
    with pytest.raises(UsageError, match="nothing to draw"):
        generator.generate("the", skip=generator.codec.vocabulary.symbols)
    skipping = generator.generate("the", skip=(".", "cat"), length=200, sampling=Sampling(temperature=3))
    assert not {".", "cat"} & set(skipping[0].symbols)
    found = generator.report(TEXT, EvaluationOptions(errors=3)).surprisals
    assert len(found) == 3
    assert {surprisal.symbol for surprisal in found} <= set(TEXT.split())


@pytest.mark.parametrize(
    "options",
    [
        {
            "dropout": 0.2,
            "variational_dropout": True,
            "weight_drop": 0.3,
            "random_bptt": True,
            "activation_penalty": 1.0,
        },
        {
            "optimizer": "sgd",
            "learning_rate": 2.0,
            "schedule": "plateau",
            "plateau_patience": 1,
            "temporal_penalty": 0.1,
        },
    ],
    ids=str,
)
@pytest.mark.parametrize("steps", [1, 4, 9])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, monkeypatch, options, steps) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(Path("text"), dataset_of_text())
    settings = {**SMALL, **options}
    list(seq2seq_cli.train("text", output="whole.pkl", **settings))
    session, _, _ = new_session("text", output="parts.pkl", options=settings)
    assert run_in_parts(session, steps).reason == "epochs"
    assert weights(Path("parts.pkl")) == weights(Path("whole.pkl"))


def test_a_text_without_a_validation_part_is_learned_too(tmp_path) -> None:
    dataset = describe(TEXT_FORMAT, "text", {"train": TEXT}, {})
    events = list(seq2seq_cli.train(dataset, output=tmp_path / "m.pkl", **{**SMALL, "epochs": 1}))
    assert [event.valid_loss for event in events if isinstance(event, EpochDone)] == [None]


def test_pairs_and_texts_are_not_confused(tmp_path) -> None:
    with pytest.raises(UsageError, match="source_level"):
        new_session(dataset_of_text(), output=tmp_path / "m.pkl", options={"source_level": "char"})
    with pytest.raises(UsageError, match="not 'syllable'"):
        new_session(dataset_of_text(), output=tmp_path / "m.pkl", options={"level": "syllable"})
    with pytest.raises(UsageError, match="no effect on a text"):
        new_session(dataset_of_text(), output=tmp_path / "m.pkl", options={"peeky": True})
    with pytest.raises(UsageError, match="is for pairs"):
        list(seq2seq_cli.train(dataset_of_text(), preset="book-addition", output=tmp_path / "m.pkl"))
    with pytest.raises(UsageError, match="holds pairs"):
        pairs = Dataset({"train": [("a", "b")]}, PAIRS_FORMAT, {"sha256": {}})
        list(seq2seq_cli.train(pairs, preset="rnnlm", output=tmp_path / "m.pkl"))
    with pytest.raises(UsageError, match="tied"):
        ModelConfig(kind="lm", tied=True, embedding_size=3, hidden_size=4)


@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
def test_memory_is_flat_while_training_and_writing(tmp_path) -> None:
    """In a fresh process: the peak grows by less than a few megabytes over ten times as much work."""
    code = """
import resource, sys
import numpy as np
from seq2seq_cli.backend import get_backend, Workspace
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.config import EvaluationOptions, ModelConfig, TrainConfig
from seq2seq_cli.inference.search import SearchOptions, search
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.inference.sampling import Sampling
from seq2seq_cli.training.text_task import TextTask
config = ModelConfig(kind="lm", target_vocab_size=50, embedding_size=32, hidden_size=32)
model = build_language_model(config, get_backend())
ids = np.random.default_rng(0).integers(0, 50, 60_000)
codec = TextCodec(Vocabulary.of_text("a b c d", "word"))
task = TextTask(model, ids, ids[:0], codec, TrainConfig(batch_size=10, bptt=20, random_bptt=True))
space = Workspace(np, model.backend.dtype)
def work(steps):
    for n in range(steps):
        task.step(0, n, ForwardContext(model.backend, space, gradients=True), 1.0).backward()
    with model.inference() as context:
        for _ in search(model, model.empty(1), ids[:1], SearchOptions(20 * steps, sampling=Sampling()), context):
            pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
task.begin(0, 0)
work(20)
before = work(20)
print(work(200) - before)
"""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 4096  # kilobytes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


def test_a_language_model_file_is_checked(tmp_path) -> None:
    vocabulary = Vocabulary.of_text(TEXT, "word")
    config = ModelConfig(kind="lm", target_vocab_size=len(vocabulary), embedding_size=3, hidden_size=4)
    content = ModelFile(
        config=config,
        source_vocabulary=None,
        target_vocabulary=vocabulary,
        text={"normalisation": "NFC"},
        data={},
        training=None,
        history=[],
        metrics={},
        versions={},
        weights={name: value.astype("f") for name, value in random_weights(config).items()},
    )
    write_model_file(tmp_path / "m.pkl", content)
    assert read_model_file(tmp_path / "m.pkl").source_vocabulary is None
    with pytest.raises(ModelFileError, match="is a language model"):
        seq2seq_cli.load_translator(tmp_path / "m.pkl")
    write_pickle(tmp_path / "bad.pkl", {**content.as_dict(), "source_vocabulary": vocabulary.as_dict()})
    with pytest.raises(ModelFileError, match="reads no sources"):
        read_model_file(tmp_path / "bad.pkl")
    without_end = {**vocabulary.as_dict(), "end": None}
    write_pickle(tmp_path / "worse.pkl", {**content.as_dict(), "target_vocabulary": without_end})
    with pytest.raises(ModelFileError, match="no line end"):
        read_model_file(tmp_path / "worse.pkl")
