"""Rare symbols are read as unknown now and then, the same ones on both sides of a pair."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import run_in_parts, weights

import seq2seq_cli
from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.folder import describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.masking import RareMask

ROWS = [(f"see {name} and {name} now", f"hier {name} und") for name in map("n{}".format, range(400))]
"""Each name stands in one row: twice in the source, once in the target."""


def coded(share: float, seed: int = 0):
    source = Vocabulary.build((a for a, _ in ROWS), "word", target=False)
    target = Vocabulary.build((b for _, b in ROWS), "word", target=True)
    codec = PairCodec(source, target, reverse=False)
    sides = codec.sources(a for a, _ in ROWS), codec.targets(ROWS)
    return codec, sides, RareMask(codec, *sides, share, seed)


def test_how_often_a_symbol_is_replaced_depends_on_how_often_it_stands_there() -> None:
    codec, (sources, targets), mask = coded(0.5)
    epochs = [mask.rows(epoch) for epoch in range(30)]
    masked = np.mean([(source.ids == codec.source.unknown).reshape(400, 5) for source, _ in epochs], axis=(0, 1))
    expected = [1 / 401, 1 / 3, 1 / 401, 1 / 3, 1 / 401]  # each name stands twice in the sources
    np.testing.assert_allclose(masked, expected, atol=0.02)
    for source, target in epochs:
        names, same = source.ids.reshape(400, 5)[:, 1], target.ids.reshape(400, 4)[:, 1]
        assert np.array_equal(names == codec.source.unknown, same == codec.target.unknown)
        assert np.all(target.ids.reshape(400, 4)[:, 3] == codec.target.end)
    assert np.array_equal(sources.ids, codec.sources(a for a, _ in ROWS).ids)
    assert np.array_equal(targets.lengths, epochs[0][1].lengths)


def test_the_seed_and_the_epoch_fix_the_draws() -> None:
    first, again, other = coded(0.3)[2], coded(0.3)[2], coded(0.3, seed=1)[2]
    for side in (0, 1):
        assert np.array_equal(first.rows(3)[side].ids, again.rows(3)[side].ids)
        assert not np.array_equal(first.rows(3)[side].ids, first.rows(4)[side].ids)
        assert not np.array_equal(first.rows(3)[side].ids, other.rows(3)[side].ids)


def names(count: int, start: int) -> list[tuple[str, str]]:
    return [(f"say n{number}", f"sag n{number}") for number in range(start, start + count)]


@pytest.mark.slow
def test_the_unknown_symbol_is_learned(tmp_path) -> None:
    """A word that nobody knows is answered with the unknown symbol, where it is masked in training and not else."""
    parts = {"train": names(300, 0), "valid": names(20, 1000)}
    data = describe(PAIRS_FORMAT, "pairs", parts, {}, levels={"source": "word", "target": "word"})
    options = {"epochs": 6, "batch_size": 20, "learning_rate": 0.01, "hidden_size": 24}
    found = {}
    for share in (0.0, 0.5):
        path = tmp_path / f"{share}.pkl"
        list(seq2seq_cli.train(data, output=path, mask_rare=share, **options))
        answers = seq2seq_cli.load(path).translate([source for source, _ in parts["valid"]])
        found[share] = sum(answer == "sag <unk>" for answer in answers)
    assert found[0.0] == 0
    assert found[0.5] == 20


@pytest.mark.slow
def test_a_resumed_run_masks_what_an_uninterrupted_one_would(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = describe(PAIRS_FORMAT, "pairs", {"train": names(60, 0), "valid": names(9, 0)}, {})
    write_folder(tmp_path / "names", data)
    options = {"epochs": 3, "batch_size": 20, "hidden_size": 8, "mask_rare": 0.5}
    list(seq2seq_cli.train("names", output="whole.pkl", **options))
    session = new_session("names", output="parts.pkl", options=options)[0]
    run_in_parts(session, 2)
    assert weights(tmp_path / "whole.pkl") == weights(tmp_path / "parts.pkl")
