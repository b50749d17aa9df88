"""The task of pairs: how an epoch is cut, and what the decoder reads."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import training_run

from seq2seq_cli.api.train import new_session, train
from seq2seq_cli.backend import get_backend
from seq2seq_cli.data.batching import make_batch
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.data.generators.addition import AdditionOptions, generate
from seq2seq_cli.errors import DataError
from seq2seq_cli.training.pairs_task import PairsTask

SUMS = generate(AdditionOptions(digits=2, train=60, valid=6, test=6))


def task_of(folder, **options: object) -> PairsTask:
    small = {"hidden_size": 8, "embedding_size": 4, "precision": "float64", **options}
    task = new_session(SUMS, output=folder / "m.pkl", options=small)[0].training.task
    assert isinstance(task, PairsTask)
    return task


@pytest.mark.parametrize(
    ("options", "sizes"), [({}, [7] * 8 + [4]), ({"drop_last": True}, [7] * 8), ({"batch_size": 60}, [60])]
)
def test_batches_have_as_many_rows_as_asked_for(tmp_path, options, sizes) -> None:
    task = task_of(tmp_path, **{"batch_size": 7, **options})
    assert task.begin(0, 0) == len(sizes)
    assert [task.step(0, n, training_run(get_backend("cpu", "float64")), 1.0).tokens for n in range(len(sizes))] == [
        int(task._targets.lengths[rows].sum()) for rows in task._batches
    ]
    assert list(map(len, task._batches)) == sizes


def test_batches_have_at_most_as_many_symbols_as_asked_for(tmp_path) -> None:
    task = task_of(tmp_path, batch_symbols=20)
    count, context = task.begin(0, 0), training_run(get_backend("cpu", "float64"))
    tokens = [task.step(0, number, context, 1.0).tokens for number in range(count)]
    assert max(tokens) <= 20
    assert np.mean(tokens) > 14
    assert sum(tokens) == task._targets.lengths.sum()


@pytest.mark.parametrize("unit", ["token", "sequence", "batch"])
@pytest.mark.parametrize("forcing", [0.0, 0.5, 1.0])
def test_the_decoder_reads_gold_symbols_or_its_own_as_the_coins_say(tmp_path, forcing: float, unit: str) -> None:
    task = task_of(tmp_path, batch_size=20, teacher_forcing=0.4, teacher_forcing_unit=unit, dropout=0.2)
    task.begin(0, 0)
    batch = make_batch(task._sources, task._targets, task._batches[1], reverse=False, start=task._codec.start)
    read, loss, context = [], task.model.loss, training_run(task.model.backend, dropout=True)
    task.model.loss = lambda batch, context, inputs: read.append(inputs) or loss(batch, context, inputs)
    task.step(0, 1, context, forcing)
    (inputs,) = read
    if forcing == 1:
        assert inputs is None
        return
    coins = task._coins(batch, forcing, 0, 1)
    own = training_run(task.model.backend, dropout=True)
    np.testing.assert_array_equal(inputs, task.model.scheduled_sampling_inputs(batch, coins, own))
    if forcing == 0:
        assert not coins.any()
        assert (inputs != batch.inputs).any()


@pytest.mark.parametrize(("part", "named"), [("train", "of the training part"), ("valid", "of the part that is meas")])
@pytest.mark.parametrize(("source", "level"), [("", "char"), ("  ", "word"), ("\u00a0", "word")])
def test_an_empty_source_is_refused_before_the_work(tmp_path, part, named, source: str, level: str) -> None:
    parts = {"train": [("a b", "b"), ("b", "a")], "valid": [("a", "b")]}
    parts[part] = [*parts[part], (source, "a"), ("a", "a")]
    place = 3 if part == "train" else 2
    with pytest.raises(DataError, match=f"^pair {place} {named}.* has an empty source"):
        train(describe(PAIRS_FORMAT, "pairs", parts, {}), output=tmp_path / "m.pkl", source_level=level)
    assert not list(tmp_path.iterdir())
