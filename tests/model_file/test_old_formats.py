"""Files of every format version are read for ever: same answers, same text, same run.

`tests/fixtures/make.py` makes a folder of them before the format changes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seq2seq_cli
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.model_file.content import read_head, read_model_file, write_model_file
from seq2seq_cli.model_file.migrations import FORMAT_VERSION, migrated
from seq2seq_cli.training.events import EpochDone, Finished, Saved, Started, read_log
from seq2seq_cli.training.session import resume

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDER = FIXTURES / "format1"
FOLDERS = sorted(FIXTURES.glob("format*"))
FILES = ("seq2seq.pkl", "lm.pkl", "book.pkl", "sums.checkpoint")
SOURCES = ["1+2", "45+17", "9+90", ""]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request) -> Path:
    return request.param


def expected_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def test_the_files_are_those_that_were_made_then() -> None:
    """A file that is made anew by today's code says nothing of older ones."""
    recorded = [line.split("  ") for line in (FIXTURES / "SHA256SUMS").read_text(encoding="ascii").splitlines()]
    there = [path for folder in FOLDERS for path in folder.iterdir() if path.suffix in (".pkl", ".checkpoint")]
    assert sorted(name for _, name in recorded) == sorted(path.relative_to(FIXTURES).as_posix() for path in there)
    for digest, name in recorded:
        assert hashlib.sha256((FIXTURES / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("name", ["seq2seq", "lm", "captions"])
def test_damage_of_a_file_with_a_digest_shows(name: str, place: float, tmp_path) -> None:
    damaged = bytearray((FIXTURES / "format3" / f"{name}.pkl").read_bytes())
    damaged[int(place * len(damaged))] ^= 1
    (tmp_path / "m.pkl").write_bytes(damaged)
    with pytest.raises(ModelFileError, match=r"m\.pkl: "):
        read_model_file(tmp_path / "m.pkl")


def test_a_folder_of_each_version_is_there() -> None:
    assert [folder.name for folder in FOLDERS] == [f"format{n}" for n in range(1, FORMAT_VERSION + 1)]


@pytest.mark.parametrize("name", FILES)
def test_old_files_come_out_as_the_newest(folder, name, tmp_path) -> None:
    old = read_pickle(folder / name)
    assert f"format{old['format_version']}" == folder.name
    content = read_model_file(folder / name)
    write_model_file(tmp_path / name, content)
    new = read_pickle(tmp_path / name)
    assert new["format_version"] == FORMAT_VERSION
    assert {n: a["data"] for n, a in new["weights"].items()} == {n: a["data"] for n, a in old["weights"].items()}
    assert read_head(tmp_path / name) == read_head(folder / name)


def test_what_had_another_name_keeps_its_value() -> None:
    text, pairs = read_head(FOLDER / "lm.pkl"), read_head(FOLDER / "seq2seq.pkl")
    assert text.training is not None
    assert pairs.training is not None
    assert (text.training.bptt, text.training.random_bptt, text.training.temporal_penalty) == (7, True, 0.1)
    assert pairs.training.teacher_forcing_unit == "sequence"
    assert pairs.config.variational_dropout
    assert (pairs.config.embedding_size, pairs.config.hidden_size) == (8, 16)
    assert (pairs.config.source_vocab_size, pairs.config.target_vocab_size) == (12, 13)
    assert pairs.data["eval_part"] == "valid"
    assert "monitor" not in pairs.data
    assert pairs.config.cell == "lstm"
    assert pairs.training.weight_decay_scope == "all"  # not today's default


@pytest.mark.parametrize("name", ["seq2seq", "book"])
def test_old_models_give_the_same_answers(folder, name) -> None:
    expected = expected_of(folder)[name]
    answers = seq2seq_cli.load_translator(folder / f"{name}.pkl").answers(SOURCES[: len(expected)])
    for answer, (text, log_probability) in zip(answers, expected, strict=True):
        assert answer.text == text
        if text or name == "book":  # a source without symbols has no score, which version 1 wrote as 0
            assert answer.log_probability == pytest.approx(log_probability, abs=1e-4)


def test_an_old_language_model_writes_and_scores_the_same(folder) -> None:
    generator, expected = seq2seq_cli.load_text_generator(folder / "lm.pkl"), expected_of(folder)["lm"]
    texts = generator.generate("the cat", length=8, sampling=seq2seq_cli.Sampling(seed=3))
    assert texts[0].text == expected["generate"]
    scores = generator.score(["the cat sees the bee .", "frog the"])
    assert [s.log_probability for s in scores] == pytest.approx(expected["score"], abs=1e-4)


@pytest.mark.parametrize("name", ["captions", "features"])
def test_old_captioners_say_the_same(name: str) -> None:
    path = FIXTURES / "format3" / f"{name}.pkl"
    expected = expected_of(path.parent)[name]
    kind = np.uint8 if name == "captions" else np.float32
    shown = [
        np.array([np.nan if number is None else number for number in entry]).reshape(expected["shape"]).astype(kind)
        for entry in expected["shown"]
    ]
    answers = seq2seq_cli.load_captioner(path).answers(shown)
    assert [answer.text for answer in answers] == [text for text, _ in expected["answers"]]
    scores = [score for _, score in expected["answers"]]
    assert [answer.log_probability for answer in answers] == pytest.approx(scores, abs=1e-4)


def test_an_old_checkpoint_goes_on_to_its_end(folder, tmp_path) -> None:
    for suffix in (".checkpoint", ".jsonl"):
        shutil.copy(folder / f"sums{suffix}", tmp_path)
    session, warnings = resume(tmp_path / "sums.checkpoint")
    assert warnings == []
    assert session.training.state.step == 70
    events = list(session.run())
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == [1, 2]
    finished = events[-1] if isinstance(events[-1], Finished) else events[-2]
    assert isinstance(finished, Finished)
    assert finished.reason == "epochs"
    assert read_head(tmp_path / "sums.pkl").metrics["epoch"] == 2
    assert not (tmp_path / "sums.checkpoint").exists()


@pytest.mark.parametrize(("name", "epochs"), [("seq2seq", 4), ("lm", 12), ("book", 1), ("sums", 0)])
def test_old_logs_are_read(folder, name, epochs) -> None:
    events = read_log(folder / f"{name}.jsonl")
    assert isinstance(events[0], Started)
    assert isinstance([event for event in events if not isinstance(event, Saved)][-1], Finished)
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == list(range(1, epochs + 1))
    if epochs:
        history = read_head(folder / f"{name}.pkl").history
        losses = [event.valid_loss for event in events if isinstance(event, EpochDone)]
        assert losses == [entry["valid_loss"] for entry in history]


def test_a_migration_leaves_what_it_does_not_understand_to_the_checks() -> None:
    assert migrated({"config": 3, "data": None}, 1) == {"config": 3, "training": None, "data": None}
