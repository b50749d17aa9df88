"""The training loop: a generator of events that knows no console and no file.

All that a run carries from one step to the next is in `TrainingState` and the arrays that `arrays`
returns; random draws are keyed by (seed, purpose, epoch, step). A run that is resumed from them does to
the bit what an uninterrupted one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Workspace
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.data.batching import Batch, Ids, epoch_rows, make_batch
from seq2seq_cli.data.coding import Coder
from seq2seq_cli.errors import DataError, TrainingError
from seq2seq_cli.evaluation import Pair, answer, evaluate, right_answers
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.run import Run, purpose
from seq2seq_cli.optim import PLATEAU_PATIENCE, Optimizer, learning_rate, teacher_forcing_ratio
from seq2seq_cli.training.events import EpochDone, Event, Finished, NotFinite, Progress, Sample, Started

CHECK_EVERY = 16
"""Steps between looks at the device: its loss and its flag are fetched, and interruption is asked for."""

SAMPLES = 3
"""Validation answers shown after each epoch."""

Arrays = dict[str, npt.NDArray[np.floating]]


@dataclass
class TrainingState:
    """Where a run is. Builtins only, so that a checkpoint can hold it."""

    epoch: int = 0
    """Epochs done."""
    step: int = 0
    """Steps done in the current epoch."""
    updates: int = 0
    """Optimiser steps done in all."""
    loss_sum: float = 0.0
    """Sum of the losses of the current epoch's symbols."""
    tokens: int = 0
    """Target symbols of the current epoch so far."""
    best_epoch: int | None = None
    best_score: list[float] = field(default_factory=list)
    since_best: int = 0
    plateaus: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    """The epochs' events as dictionaries."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as builtins."""
        return asdict(self)


class Training:
    """One run of training.

    Args:
        model: with its first values, or those of a checkpoint.
        coder: how text becomes ids.
        train: pairs to learn from.
        valid: pairs to measure on after each epoch; may be empty.
        config: how to train.
        max_length: the most symbols of a validation answer.
        state: where to go on, for a resumed run.

    Raises:
        DataError: there is nothing to train on.
    """

    def __init__(
        self,
        model: Seq2Seq,
        coder: Coder,
        train: Sequence[Pair],
        valid: Sequence[Pair],
        config: TrainConfig,
        *,
        max_length: int,
        state: TrainingState | None = None,
    ) -> None:
        if not train:
            raise DataError("the training part is empty: there is nothing to learn from")
        self.model, self.coder, self.config = model, coder, config
        self.state = state or TrainingState()
        self.best: Arrays | None = None
        """The weights of the best epoch so far, on the host."""
        self._valid, self._max_length = list(valid), max_length
        self._right = right_answers(self._valid, coder)
        self._sources = coder.sources(source for source, _ in train)
        self._targets = coder.targets(target for _, target in train)
        self._optimizer = Optimizer(model.parameters, config)
        self._workspace = Workspace(model.backend.xp, model.backend.dtype)
        self._steps = len(self._epoch_rows(0))

    def _epoch_rows(self, epoch: int) -> list[Ids]:
        config = self.config
        key = (config.seed, purpose("shuffle"), epoch)
        return epoch_rows(len(self._sources), config.batch_size, key, drop_last=config.drop_last)

    # --- what a checkpoint holds ----------------------------------------------------------------------

    def arrays(self) -> Arrays:
        """Return copies of the optimiser's moments and of the best epoch's weights."""
        best = {f"best.{name}": value for name, value in (self.best or {}).items()}
        return {**self._optimizer.to_host(), **best}

    def assign(self, arrays: Mapping[str, npt.NDArray[np.floating]]) -> None:
        """Take over what `arrays` returned in an earlier run."""
        self._optimizer.assign(arrays)
        best = {name[5:]: value for name, value in arrays.items() if name.startswith("best.")}
        self.best = best or None

    # --- the loop -------------------------------------------------------------------------------------

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train until all epochs are done, patience runs out, or `should_stop` says so.

        Yields:
            Started, Progress while it goes, EpochDone after each epoch, and Finished.

        Raises:
            TrainingError: a loss or gradient was not finite. The event `NotFinite` comes first, and the
                parameters are those before the bad step.
        """
        state, config = self.state, self.config
        yield self._started()
        begun = time.perf_counter() - state.seconds
        while state.epoch < config.epochs:
            interrupted = yield from self._epoch(should_stop)
            state.seconds = time.perf_counter() - begun
            if interrupted:
                yield Finished("interrupted", state.epoch, state.best_epoch, state.seconds)
                return
            if config.patience is not None and state.since_best >= config.patience:
                yield Finished("patience", state.epoch, state.best_epoch, state.seconds)
                return
        yield Finished("epochs", state.epoch, state.best_epoch, state.seconds)

    def _started(self) -> Started:
        model, state = self.model, self.state
        return Started(
            variant=model.config.variant,
            parameters=model.parameters.size,
            train_rows=len(self._sources),
            valid_rows=len(self._valid),
            epochs=self.config.epochs,
            steps_per_epoch=self._steps,
            first_epoch=state.epoch + 1,
            first_step=state.step + 1,
            backend=model.backend.name,
            device=model.backend.device,
            precision=model.backend.precision,
        )

    def _epoch(self, should_stop: Callable[[], bool]) -> Generator[Event, None, bool]:
        """Run one epoch, or what is left of it; return whether it was interrupted."""
        state, backend = self.state, self.model.backend
        xp = backend.xp
        batches = self._epoch_rows(state.epoch)
        # Both stay on the device, so that it is not waited for at every step.
        loss_sum = xp.asarray(state.loss_sum, dtype=np.float64)
        first_bad = xp.asarray(-1)
        begun, seen = time.perf_counter(), 0
        for step in range(state.step, len(batches)):
            if should_stop():
                self._keep(loss_sum, first_bad)
                return True
            batch = make_batch(
                self._sources,
                self._targets,
                batches[step],
                reverse=self.coder.reverse,
                start=self.coder.start,
            )
            losses, finite = self._train_step(batch, step, first_bad)
            loss_sum = loss_sum + losses.sum(dtype=np.float64)
            first_bad = xp.where((first_bad < 0) & ~finite, step, first_bad)
            state.step, state.tokens = step + 1, state.tokens + batch.shape.total
            seen += batch.shape.total + batch.source.shape.total
            if state.step % CHECK_EVERY == 0:
                yield from self._look(loss_sum, first_bad)
                speed = seen / (time.perf_counter() - begun)
                yield Progress(state.epoch + 1, state.step, len(batches), state.loss_sum / state.tokens, speed)
        yield from self._look(loss_sum, first_bad)
        seconds = time.perf_counter() - begun
        yield self._end_epoch(seconds, seen / max(seconds, 1e-9))
        return False

    def _train_step(self, batch: Batch, step: int, first_bad: Any) -> tuple[Any, Any]:
        """Do one update, or none after a bad step. Returns the losses and whether all was finite, on the device."""
        state, model, config = self.state, self.model, self.config
        run = Run(
            model.backend,
            self._workspace,
            gradients=True,
            dropout_key=(config.seed, state.epoch, step) if model.config.dropout else None,
        )
        ratio = teacher_forcing_ratio(config, self._position())
        inputs = None
        if ratio < 1:
            inputs = model.own_inputs(batch, self._coins(batch, ratio, step), run)
        model.parameters.clear_gradients()
        (loss, losses), backward = model.loss(batch, run, inputs)
        backward()
        state.updates += 1
        loss = model.backend.xp.where(first_bad < 0, loss, float("nan"))
        finite = self._optimizer.step(state.updates, self._rate(), loss)
        return losses, finite

    def _coins(self, batch: Batch, ratio: float, step: int) -> Any:
        """Return (R,) true where the gold symbol is read."""
        backend, shape = self.model.backend, batch.shape
        count = {"token": shape.total, "sequence": shape.rows, "batch": 1}[self.config.teacher_forcing_per]
        key = (self.config.seed, purpose("teacher-forcing"), self.state.epoch, step)
        coins = backend.uniform(key, (count,)) < ratio
        if self.config.teacher_forcing_per == "sequence":
            return backend.take(coins, shape.row_of)
        return coins if count == shape.total else backend.take(coins, np.zeros(shape.total, dtype=np.int64))

    def _position(self) -> float:
        """Return how much of all training is done, from 0 to 1."""
        return (self.state.epoch * self._steps + self.state.step) / (self.config.epochs * self._steps)

    def _rate(self) -> float:
        return learning_rate(self.config, self._position(), self.state.plateaus)

    def _keep(self, loss_sum: Any, first_bad: Any) -> int:
        """Fetch the device's sums into the state; return the first bad step or -1."""
        backend = self.model.backend
        self.state.loss_sum = float(backend.to_host(loss_sum))
        return int(backend.to_host(first_bad))

    def _look(self, loss_sum: Any, first_bad: Any) -> Iterator[Event]:
        bad = self._keep(loss_sum, first_bad)
        if bad >= 0:
            epoch = self.state.epoch + 1
            yield NotFinite(epoch, bad + 1)
            raise TrainingError(
                f"the loss or its gradient was not finite at epoch {epoch}, step {bad + 1}: "
                "try a smaller --lr or --clip; the last good model is kept"
            )

    def _end_epoch(self, seconds: float, speed: float) -> EpochDone:
        state, config = self.state, self.config
        forcing, rate = teacher_forcing_ratio(config, self._position()), self._rate()
        train_loss = state.loss_sum / state.tokens
        valid_loss = exact_match = None
        samples: tuple[Sample, ...] = ()
        score = [-train_loss]
        if self._valid:
            report = evaluate(self.model, self.coder, self._valid, max_length=self._max_length)
            valid_loss, exact_match = report.teacher_forced_loss, report.free_running_exact_match
            score = [exact_match, -valid_loss]
            samples = self._samples()
        best = state.best_epoch is None or score > state.best_score
        if best:
            state.best_epoch, state.best_score, state.since_best = state.epoch + 1, score, 0
            self.best = self.model.parameters.to_host()
        else:
            state.since_best += 1
            if config.schedule == "plateau" and state.since_best % PLATEAU_PATIENCE == 0:
                state.plateaus += 1
        event = EpochDone(
            epoch=state.epoch + 1,
            epochs=config.epochs,
            train_loss=train_loss,
            valid_loss=valid_loss,
            valid_exact_match=exact_match,
            teacher_forcing=forcing,
            rate=rate,
            seconds=seconds,
            tokens_per_second=speed,
            best=best,
            samples=samples,
        )
        figures = event.as_dict()
        state.history.append({name: figures[name] for name in figures if name not in ("event", "version", "samples")})
        state.epoch, state.step, state.loss_sum, state.tokens = state.epoch + 1, 0, 0.0, 0
        return event

    def _samples(self) -> tuple[Sample, ...]:
        key = (self.config.seed, purpose("samples"), self.state.epoch)
        rows = np.random.default_rng(list(key)).permutation(len(self._valid))[:SAMPLES]
        pairs = [self._valid[row] for row in rows]
        answers, _, _ = answer(self.model, self.coder, [source for source, _ in pairs], max_length=self._max_length)
        return tuple(
            Sample(source, said, target, said in self._right[source])
            for (source, target), said in zip(pairs, answers, strict=True)
        )
