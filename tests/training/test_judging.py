"""What the best epoch has the best of: right answers where an answer can be right, few wrong symbols in sentences."""

from __future__ import annotations

import numpy as np
import pytest

import seq2seq_cli
from seq2seq_cli.cli.view.progress import TrainingView
from seq2seq_cli.data.folder import Dataset, describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.model_file.content import read_head
from seq2seq_cli.training.events import EpochDone, read_log

WORDS = {"un": "a", "le": "the", "chat": "cat", "chien": "dog", "voit": "sees", "aime": "likes"}


def sentences(kind: str, level: str) -> Dataset:
    draw, rows = np.random.default_rng(0), []
    for _ in range(60):
        words = [str(word) for word in draw.choice(list(WORDS), size=draw.integers(3, 7))]
        rows.append((" ".join(words), " ".join(WORDS[word] for word in words)))
    parts = {"train": rows[20:], "valid": rows[:20]}
    return describe(PAIRS_FORMAT, kind, parts, {}, levels={"source": "word", "target": level})


def train(dataset: Dataset, path) -> list[EpochDone]:
    options = {"hidden_size": 12, "embedding_size": 6, "epochs": 5, "batch_size": 8, "learning_rate": 0.03}
    events = list(seq2seq_cli.train(dataset, output=path, **options))
    return [event for event in events if isinstance(event, EpochDone)]


def test_sentences_are_judged_by_their_symbols(tmp_path, capsys) -> None:
    dataset = sentences("pairs", "word")
    epochs = train(dataset, tmp_path / "m.pkl")
    rates = [event.valid_error_rate for event in epochs]
    assert min(rates) < rates[0]
    best = [event for event in epochs if event.best][-1]
    assert best.valid_error_rate == min(rates)
    assert read_head(tmp_path / "m.pkl").metrics["valid_error_rate"] == min(rates)
    log = read_log(tmp_path / "m.jsonl")
    assert [event for event in log if isinstance(event, EpochDone)] == epochs
    report = seq2seq_cli.load_translator(tmp_path / "m.pkl").evaluate(dataset.part("valid"))
    assert report.figure("symbol-error-rate").value == pytest.approx(min(rates))
    view = TrainingView("m.pkl", "m.checkpoint")
    for event in log:
        view.show(event)
    assert f"  errors {100 * min(rates):.2f}%" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "level"), [("lexicon", "word"), ("pairs", "char")])
def test_what_is_right_or_not_is_judged_by_right_answers(tmp_path, kind, level) -> None:
    epochs = train(sentences(kind, level), tmp_path / "m.pkl")
    assert all(event.valid_error_rate is None for event in epochs)
    best = [event for event in epochs if event.best][-1]
    assert best.valid_exact_match == max(event.valid_exact_match for event in epochs)


def test_replies_are_judged_by_how_probable_the_right_ones_are(tmp_path) -> None:
    epochs = train(sentences("chat", "word"), tmp_path / "m.pkl")
    assert all(event.valid_error_rate is None for event in epochs)
    best = [event for event in epochs if event.best][-1]
    assert best.valid_loss == min(event.valid_loss for event in epochs)
