"""Training a seq2seq model on pairs: shuffled batches, teacher forcing, answers to the validation part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seq2seq_cli.backend import Backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.batching import Batch, epoch_rows, epoch_rows_by_symbols, make_batch
from seq2seq_cli.data.formats import PairsDataset
from seq2seq_cli.errors import DataError
from seq2seq_cli.evaluation.error_rates import ExactMatch
from seq2seq_cli.evaluation.figures import score_of
from seq2seq_cli.evaluation.pairs import measure, references_of
from seq2seq_cli.evaluation.sureness import usual_sureness
from seq2seq_cli.evaluation.target_form import STRING, TargetForm, target_form
from seq2seq_cli.inference.answers import answer_texts, longest_answer
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_seq2seq
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.context import ForwardContext, stream_id
from seq2seq_cli.text.codec import AnswerCodec, PairCodec
from seq2seq_cli.text.sequences import Sequences, Sources
from seq2seq_cli.text.unknowns import unknown_in_pairs
from seq2seq_cli.training.events import Sample
from seq2seq_cli.training.masking import RareMask
from seq2seq_cli.training.task import Step, Task, Validation
from seq2seq_cli.types import Ids, Pair

SAMPLES = 3
"""Validation answers shown after each epoch."""


class PairsTask(Task):
    """Pairs to learn from and pairs to measure on.

    Args:
        model: the model.
        codec: how text becomes ids.
        train: pairs to learn from.
        valid: pairs to measure on after each epoch; may be empty.
        config: how to train.
        max_length: the most symbols of a validation answer.
        form: of the targets, which says what the best epoch has the best of.

    Raises:
        DataError: there is nothing to train on, or a source is empty.
    """

    unit = "rows"
    model: Seq2Seq

    def __init__(
        self,
        model: Seq2Seq,
        codec: AnswerCodec,
        train: Sequence[Pair],
        valid: Sequence[Pair],
        config: TrainConfig,
        *,
        max_length: int,
        form: TargetForm = STRING,
    ) -> None:
        if not train:
            raise DataError("the training part is empty: there is nothing to learn from")
        self.model, self._codec, self._config = model, codec, config
        self.train_size, self.valid_size = len(train), len(valid)
        self._valid, self._max_length, self._judge = list(valid), max_length, form.judge()
        self.judged_by = form.judged_by or "loss"
        self._right = references_of(self._valid, codec)
        self._sources: Sources = codec.sources(source for source, _ in train)
        _check_sources("of the training part", self._sources)
        _check_sources("of the part that is measured", codec.sources(source for source, _ in self._valid))
        self._targets = codec.targets(train)
        self._batches: list[Ids] = []
        self._mask = None
        if config.mask_rare:
            assert isinstance(codec, PairCodec)
            assert isinstance(self._sources, Sequences)
            self._mask = RareMask(codec, self._sources, self._targets, config.mask_rare, config.seed)

    def warnings(self) -> list[str]:
        """Say which symbols of the validation part are unknown."""
        return unknown_in_pairs(self._codec, self._valid, "the part that is measured")

    def begin(self, epoch: int, step: int) -> int:
        """Shuffle the rows; the order, and what is masked, are fixed by the seed and the epoch."""
        config = self._config
        if self._mask is not None:
            self._sources, self._targets = self._mask.rows(epoch)
        key = (config.seed, stream_id("shuffle"), epoch)
        if config.batch_symbols is not None:
            lengths, others = self._targets.lengths, self._sources.lengths
            self._batches = epoch_rows_by_symbols(lengths, others, config.batch_symbols, key)
        else:
            self._batches = epoch_rows(len(self._sources), config.batch_size, key, drop_last=config.drop_last)
        return len(self._batches)

    def step(self, epoch: int, step: int, context: ForwardContext, forcing: float) -> Step:
        """Run a batch forward, on gold inputs, or with a share of the model's own."""
        rows = self._batches[step]
        batch = make_batch(self._sources, self._targets, rows, reverse=self._codec.reverse, start=self._codec.start)
        inputs = None
        if forcing < 1:
            inputs = self.model.scheduled_sampling_inputs(batch, self._coins(batch, forcing, epoch, step), context)
        (loss, losses), backward = self.model.loss(batch, context, inputs)
        tokens = batch.packing.total
        return Step(loss, losses, backward, tokens, tokens + batch.source.packing.total)

    def _coins(self, batch: Batch, ratio: float, epoch: int, step: int) -> Any:
        """Return (R,) true where the gold symbol is read."""
        backend, packing = self.model.backend, batch.packing
        count = {"token": packing.total, "sequence": packing.rows, "batch": 1}[self._config.teacher_forcing_unit]
        coins = backend.uniform((self._config.seed, stream_id("teacher-forcing"), epoch, step), (count,)) < ratio
        if self._config.teacher_forcing_unit == "sequence":
            return backend.take(coins, packing.row_of)
        return coins if count == packing.total else backend.take(coins, np.zeros(packing.total, dtype=np.int64))

    def validate(self, epoch: int) -> Validation | None:
        """Score the validation targets, and answer its sources free-running."""
        if not self._valid:
            return None
        answered, forced = measure(self.model, self._codec, self._valid, max_length=self._max_length)
        score, error_rate = [-forced.loss], None
        if self._judge is not None:
            judged = score_of(self._judge, answered)
            error_rate = None if self._judge.larger_is_better else judged
            # 1 less the rate: a run that was begun when exact match judged all epochs finds the next one to be better.
            score.insert(0, judged if error_rate is None else 1 - judged)
        exact_match = score_of(ExactMatch(), answered)
        sureness = usual_sureness(answered, self._codec)
        return Validation(forced.loss, score, exact_match, error_rate, sureness, self._samples())

    def _samples(self) -> tuple[Sample, ...]:
        """Answer a few sources, the same ones after each epoch, so that what is learned shows."""
        draw = np.random.default_rng([self._config.seed, stream_id("samples")])
        pairs = [self._valid[row] for row in draw.permutation(len(self._valid))[:SAMPLES].tolist()]
        sources = [source for source, _ in pairs]
        answers = answer_texts(self.model, self._codec, sources, max_length=self._max_length)
        return tuple(
            Sample(source, answer.text, target, answer.text in self._right[source])
            for (source, target), answer in zip(pairs, answers, strict=True)
        )


def _check_sources(part: str, sources: Sources) -> None:
    """Refuse a source without a symbol, which files have not, before there is any work.

    Raises:
        DataError: there is one.
    """
    if not (lengths := sources.lengths).all():
        raise DataError(f"pair {int(lengths.argmin()) + 1:,} {part} has an empty source: there is nothing to read")


def pairs_task(file: ModelFile, dataset: PairsDataset, backend: Backend) -> PairsTask:
    """Build the model that a file describes, without its weights, and join it with its pairs."""
    assert file.training is not None
    codec = file.codec()
    return PairsTask(
        build_seq2seq(file.config, backend, codec.copied_as),
        codec,
        dataset.part("train"),
        dataset.parts.get(str(file.data.get("eval_part", "valid")), ()),
        file.training,
        max_length=file.config.target_width or longest_answer(int(file.text["longest_target"])),
        form=target_form(file.data, file.target_vocabulary.level),
    )
