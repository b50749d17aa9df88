"""The task of a text: how an epoch is cut into windows, and what each of them weighs."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import dataset_of_text, training_run

from seq2seq_cli.api.train import new_session
from seq2seq_cli.backend import get_backend
from seq2seq_cli.training.text_task import TextTask

BACKEND = get_backend("cpu", "float64")


def task_of(folder, **options: object) -> TextTask:
    small = {"hidden_size": 4, "embedding_size": 4, "batch_size": 2, "precision": "float64", **options}
    task = new_session(dataset_of_text(), output=folder / "m.pkl", options=small)[0].training.task
    assert isinstance(task, TextTask)
    return task


def windows_of(task: TextTask, epoch: int) -> list[tuple[int, int, float]]:
    """Return where each window of an epoch begins, its length, and what the rate is multiplied by."""
    steps = [task.step(epoch, n, training_run(BACKEND), 1.0) for n in range(task.begin(epoch, 0))]
    places = [start for start, _ in task._windows]
    return [(place, step.tokens // 2, step.rate_factor) for place, step in zip(places, steps, strict=True)]


def test_windows_have_one_length_but_the_last(tmp_path) -> None:
    found = windows_of(task_of(tmp_path, bptt=9), 0)
    assert [place for place, _, _ in found] == list(range(0, 9 * len(found), 9))
    assert {length for _, length, _ in found[:-1]} == {9}
    assert {factor for _, _, factor in found} == {1.0}


def test_windows_vary_from_epoch_to_epoch_and_short_ones_make_short_steps(tmp_path) -> None:
    task = task_of(tmp_path, bptt=12, random_bptt=True)
    first, second, again = windows_of(task, 0), windows_of(task, 1), windows_of(task, 0)
    assert first == again != second
    assert len({length for _, length, _ in first}) > 2
    for found in (first, second):
        lengths = [length for _, length, _ in found]
        assert sum(lengths) == task._length
        assert [place for place, _, _ in found] == np.cumsum([0, *lengths[:-1]]).tolist()
        assert [factor for _, _, factor in found] == pytest.approx([length / 12 for length in lengths])
