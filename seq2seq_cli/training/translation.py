"""Training a seq2seq model on pairs: shuffled batches, teacher forcing, answers to the validation part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.batching import Batch, Ids, epoch_rows, make_batch
from seq2seq_cli.data.coding import Coder
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation import Pair, answer, evaluate, right_answers
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.run import Run, purpose
from seq2seq_cli.training.events import Sample
from seq2seq_cli.training.task import Measured, Step, Task

SAMPLES = 3
"""Validation answers shown after each epoch."""


class TranslationTask(Task):
    """Pairs to learn from and pairs to measure on.

    Args:
        model: the model.
        coder: how text becomes ids.
        train: pairs to learn from.
        valid: pairs to measure on after each epoch; may be empty.
        config: how to train.
        max_length: the most symbols of a validation answer.

    Raises:
        DataError: there is nothing to train on.
    """

    unit = "rows"
    model: Seq2Seq

    def __init__(
        self,
        model: Seq2Seq,
        coder: Coder,
        train: Sequence[Pair],
        valid: Sequence[Pair],
        config: TrainConfig,
        *,
        max_length: int,
    ) -> None:
        if not train:
            raise DataError("the training part is empty: there is nothing to learn from")
        self.model, self._coder, self._config = model, coder, config
        self.train_size, self.valid_size = len(train), len(valid)
        self._valid, self._max_length = list(valid), max_length
        self._right = right_answers(self._valid, coder)
        self._sources = coder.sources(source for source, _ in train)
        self._targets = coder.targets(target for _, target in train)
        self._batches: list[Ids] = []

    def begin(self, epoch: int, step: int) -> int:
        """Shuffle the rows; the order is fixed by the seed and the epoch."""
        config = self._config
        key = (config.seed, purpose("shuffle"), epoch)
        self._batches = epoch_rows(len(self._sources), config.batch_size, key, drop_last=config.drop_last)
        return len(self._batches)

    def step(self, epoch: int, step: int, run: Run, forcing: float) -> Step:
        """Run a batch forward, on gold inputs, or with a share of the model's own."""
        rows = self._batches[step]
        batch = make_batch(self._sources, self._targets, rows, reverse=self._coder.reverse, start=self._coder.start)
        inputs = None
        if forcing < 1:
            inputs = self.model.own_inputs(batch, self._coins(batch, forcing, epoch, step), run)
        (loss, losses), backward = self.model.loss(batch, run, inputs)
        tokens = batch.shape.total
        return Step(loss, losses, backward, tokens, tokens + batch.source.shape.total)

    def _coins(self, batch: Batch, ratio: float, epoch: int, step: int) -> Any:
        """Return (R,) true where the gold symbol is read."""
        backend, shape = self.model.backend, batch.shape
        count = {"token": shape.total, "sequence": shape.rows, "batch": 1}[self._config.teacher_forcing_per]
        coins = backend.uniform((self._config.seed, purpose("teacher-forcing"), epoch, step), (count,)) < ratio
        if self._config.teacher_forcing_per == "sequence":
            return backend.take(coins, shape.row_of)
        return coins if count == shape.total else backend.take(coins, np.zeros(shape.total, dtype=np.int64))

    def measure(self, epoch: int) -> Measured | None:
        """Score the validation targets, and answer its sources free-running."""
        if not self._valid:
            return None
        report = evaluate(self.model, self._coder, self._valid, max_length=self._max_length)
        loss, exact_match = report.teacher_forced_loss, report.free_running_exact_match
        return Measured(loss, [exact_match, -loss], exact_match, self._samples(epoch))

    def _samples(self, epoch: int) -> tuple[Sample, ...]:
        draw = np.random.default_rng([self._config.seed, purpose("samples"), epoch])
        pairs = [self._valid[row] for row in draw.permutation(len(self._valid))[:SAMPLES].tolist()]
        sources = [source for source, _ in pairs]
        answers, _, _ = answer(self.model, self._coder, sources, max_length=self._max_length)
        return tuple(
            Sample(source, said, target, said in self._right[source])
            for (source, target), said in zip(pairs, answers, strict=True)
        )
