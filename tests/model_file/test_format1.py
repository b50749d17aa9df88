"""Files of format version 1, as s2s 0.1 wrote them, are read for ever: same answers, same text, same run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import seq2seq_cli
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.model_file.content import read_head, read_model_file, write_model_file
from seq2seq_cli.model_file.migrations import FORMAT_VERSION, migrated
from seq2seq_cli.training.events import EpochDone, Finished, Started, read_log
from seq2seq_cli.training.session import resume

FOLDER = Path(__file__).parent.parent / "fixtures" / "format1"
FILES = ("seq2seq.pkl", "lm.pkl", "book.pkl", "sums.checkpoint")
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
SOURCES = ["1+2", "45+17", "9+90", ""]


@pytest.mark.parametrize("name", FILES)
def test_old_files_are_of_version_1_and_come_out_as_the_newest(name, tmp_path) -> None:
    old = read_pickle(FOLDER / name)
    assert old["format_version"] == 1
    content = read_model_file(FOLDER / name)
    write_model_file(tmp_path / name, content)
    new = read_pickle(tmp_path / name)
    assert new["format_version"] == FORMAT_VERSION
    assert {n: a["data"] for n, a in new["weights"].items()} == {n: a["data"] for n, a in old["weights"].items()}
    assert read_head(tmp_path / name) == read_head(FOLDER / name)


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
def test_old_models_give_the_same_answers(name) -> None:
    expected = EXPECTED[name]
    answers = seq2seq_cli.load_translator(FOLDER / f"{name}.pkl").answers(SOURCES[: len(expected)])
    for answer, (text, log_probability) in zip(answers, expected, strict=True):
        assert answer.text == text
        if text or name == "book":  # version 1 scored a row without an answer 0
            assert answer.log_probability == pytest.approx(log_probability, abs=1e-4)


def test_an_old_language_model_writes_and_scores_the_same() -> None:
    generator = seq2seq_cli.load_text_generator(FOLDER / "lm.pkl")
    texts = generator.generate("the cat", length=8, sampling=seq2seq_cli.Sampling(seed=3))
    assert texts[0].text == EXPECTED["lm"]["generate"]
    scores = generator.score(["the cat sees the bee .", "frog the"])
    assert [s.log_probability for s in scores] == pytest.approx(EXPECTED["lm"]["score"], abs=1e-4)


def test_an_old_checkpoint_goes_on_to_its_end(tmp_path) -> None:
    for suffix in (".checkpoint", ".jsonl"):
        shutil.copy(FOLDER / f"sums{suffix}", tmp_path)
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
def test_old_logs_are_read(name, epochs) -> None:
    events = read_log(FOLDER / f"{name}.jsonl")
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == list(range(1, epochs + 1))
    if epochs:
        history = read_head(FOLDER / f"{name}.pkl").history
        losses = [event.valid_loss for event in events if isinstance(event, EpochDone)]
        assert losses == [entry["valid_loss"] for entry in history]


def test_a_migration_leaves_what_it_does_not_understand_to_the_checks() -> None:
    assert migrated({"config": 3, "data": None}, 1) == {"config": 3, "training": None, "data": None}
