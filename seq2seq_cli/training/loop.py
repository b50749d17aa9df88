"""The training loop: a generator of events that knows no console and no file.

All that a run carries from one step to the next is in `TrainingState` and the arrays that `arrays`
returns; random draws are keyed by (seed, stream_id, epoch, step). A run that is resumed from them does to
the bit what an uninterrupted one does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from seq2seq_cli.backend import Workspace
from seq2seq_cli.backend.optimisers import MOMENTS
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.errors import TrainingError
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.training.averaging import WeightAverage
from seq2seq_cli.training.clock import Clock
from seq2seq_cli.training.events import Diverged, EpochDone, Event, Finished, NotFinite, Progress, Started
from seq2seq_cli.training.failures import STEPS_FIRST, diverged, has_diverged, memory_of_a_batch
from seq2seq_cli.training.optimiser import Optimizer
from seq2seq_cli.training.schedules import learning_rate, teacher_forcing_ratio
from seq2seq_cli.training.task import Task
from seq2seq_cli.types import Array, HostArray, HostArrays

CHECK_EVERY = 16
"""Steps between two looks at the device, at which its loss and its flag are fetched."""

NOT_IN_HISTORY = ("event", "version", "samples", "text")
"""Fields of an epoch's event that a model file does not keep."""


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
        task: the model, with its first values or those of a checkpoint, and its data.
        config: how to train.
        state: where to go on, for a resumed context.
    """

    def __init__(self, task: Task, config: TrainConfig, *, state: TrainingState | None = None) -> None:
        self.task, self.model, self.config = task, task.model, config
        self.state = state or TrainingState()
        self.best: HostArrays | None = None
        """The weights of the best epoch so far, on the host."""
        self._optimizer = Optimizer(self.model.parameters, config)
        self._average = WeightAverage(self.model.parameters, config.weight_averaging)
        self._workspace = Workspace(self.model.backend.xp, self.model.backend.dtype)
        self._steps = 0
        self._clock = Clock(config.seconds, self.state.seconds)

    # --- what a checkpoint holds ----------------------------------------------------------------------

    def arrays(self) -> HostArrays:
        """Return copies of the optimiser's moments, of what the task carries, and of the best epoch's weights."""
        best = {f"best.{name}": value for name, value in (self.best or {}).items()}
        return {**self._optimizer.to_host(), **self._average.to_host(), **self.task.arrays(), **best}

    @property
    def bytes_written(self) -> int:
        """What a run's model and checkpoint come to at least, while an older checkpoint stands beside the new one."""
        values = self.model.parameters.values_flat
        copies = 2 + MOMENTS[self.config.optimizer]
        return int(values.nbytes) * (1 + 2 * copies)

    def assign(self, arrays: Mapping[str, HostArray]) -> None:
        """Take over what `arrays` returned in an earlier context."""
        self._optimizer.assign(arrays)
        self._average.assign(arrays)
        self.task.assign(arrays)
        self.best = {name[5:]: value for name, value in arrays.items() if name.startswith("best.")} or None

    def latest(self) -> HostArrays:
        """Return a copy of the weights that are kept now: the latest, or their average."""
        with self._average.measured():
            return self.model.parameters.to_host()

    # --- the loop -------------------------------------------------------------------------------------

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train until all epochs are done, patience runs out, or `should_stop` says so.

        Yields:
            Started, Progress while it goes, EpochDone after each epoch, and Finished.

        Raises:
            TrainingError: a loss or gradient was not finite (the event `NotFinite` comes first, and the parameters
                are those before the bad step); or an epoch's loss is beyond all that learning has (after `Diverged`).
        """
        state, config = self.state, self.config
        self._steps = self.task.begin(state.epoch, state.step)
        self._clock = Clock(config.seconds, state.seconds)
        yield self._started()
        # Asked before an epoch, and not after one: a run that was killed behind its last epoch does no further one.
        while (reason := self._end()) is None:
            interrupted = yield from self._epoch(should_stop)
            state.seconds = self._clock.seconds
            if interrupted:
                reason = "interrupted"
                break
        yield Finished(reason, state.epoch, state.best_epoch, state.seconds)

    def _end(self) -> str | None:
        """Return why training is over, or None where it is not."""
        state, config = self.state, self.config
        if config.patience is not None and state.since_best >= config.patience:
            return "patience"
        if state.epoch >= config.epochs:
            return "epochs"
        # One epoch, or what there is time for, is always done.
        return "time" if state.epoch and not state.step and self._clock.is_over else None

    def _started(self) -> Started:
        model, state = self.model, self.state
        return Started(
            variant=model.config.variant,
            parameters=model.parameters.size,
            train_size=self.task.train_size,
            valid_size=self.task.valid_size,
            unit=self.task.unit,
            epochs=self.config.epochs,
            steps_per_epoch=self._steps,
            first_epoch=state.epoch + 1,
            first_step=state.step + 1,
            backend=model.backend.name,
            device=model.backend.device,
            precision=model.backend.precision,
            judged_by=self.task.judged_by,
            seconds=state.seconds,
            time_limit=self.config.seconds,
            patience=self.config.patience,
            teacher_forcing=self.config.teacher_forcing,
        )

    def _epoch(self, should_stop: Callable[[], bool]) -> Generator[Event, None, bool]:
        """Run one epoch, or what is left of it; return whether it was interrupted."""
        state, backend = self.state, self.model.backend
        xp = backend.xp
        self._steps = steps = self.task.begin(state.epoch, state.step)
        # Both stay on the device, so that it is not waited for at every step.
        loss_sum = xp.asarray(state.loss_sum, dtype=np.float64)
        first_bad = xp.asarray(-1)
        begun, seen = time.perf_counter(), 0
        for number in range(state.step, steps):
            if should_stop():
                yield from self._check_finite(loss_sum, first_bad)
                return True
            losses, tokens, read, finite = self._train_step(number, first_bad)
            loss_sum = loss_sum + losses.sum(dtype=np.float64)
            first_bad = xp.where((first_bad < 0) & ~finite, number, first_bad)
            state.step, state.tokens, seen = number + 1, state.tokens + tokens, seen + read
            if self._clock.is_over:
                break
            if state.step % CHECK_EVERY == 0:
                yield from self._check_finite(loss_sum, first_bad)
                speed = seen / (time.perf_counter() - begun)
                yield Progress(state.epoch + 1, state.step, steps, state.loss_sum / state.tokens, speed)
                if state.step >= STEPS_FIRST:
                    yield from self._check_diverged(state.loss_sum / state.tokens, within=True)
        yield from self._check_finite(loss_sum, first_bad)
        seconds = max(time.perf_counter() - begun, 1e-9)
        yield Progress(state.epoch + 1, state.step, steps, state.loss_sum / state.tokens, seen / seconds)
        yield from self._end_epoch(seconds, seen / seconds)
        return False

    def _train_step(self, number: int, first_bad: Array) -> tuple[Array, int, int, Array]:
        """Do one update, or none after a bad step.

        Returns:
            The losses, how many symbols count and were read, and whether all was finite (on the device).
        """
        state, model, config = self.state, self.model, self.config
        context = ForwardContext(
            model.backend,
            self._workspace,
            gradients=True,
            dropout_key=(config.seed, state.epoch, number),
            label_smoothing=config.label_smoothing,
            activation_penalty=config.activation_penalty,
            temporal_penalty=config.temporal_penalty,
        )
        model.parameters.clear_gradients()
        with memory_of_a_batch(config, text=self.task.unit == "symbols"):
            step = self.task.step(state.epoch, number, context, teacher_forcing_ratio(config, self._position()))
            step.backward()
        state.updates += 1
        loss = model.backend.xp.where(first_bad < 0, step.loss, float("nan"))
        finite = self._optimizer.step(state.updates, self._rate() * step.rate_factor, loss)
        self._average.update(state.updates)
        return step.losses, step.tokens, step.seen, finite

    def _position(self) -> float:
        """Return how much of all training is done, from 0 to 1."""
        done = (self.state.epoch + self.state.step / self._steps) / self.config.epochs
        return max(done, self._clock.share)

    def _rate(self) -> float:
        return learning_rate(self.config, self._position(), self.state.plateaus)

    def _fetch_sums(self, loss_sum: Array, first_bad: Array) -> int:
        """Fetch the device's sums into the state; return the first bad step or -1."""
        to_host = self.model.backend.to_host
        self.state.loss_sum = float(to_host(loss_sum))
        return int(to_host(first_bad))

    def _check_finite(self, loss_sum: Array, first_bad: Array) -> Iterator[Event]:
        bad = self._fetch_sums(loss_sum, first_bad)
        if bad >= 0:
            epoch = self.state.epoch + 1
            yield NotFinite(epoch, bad + 1)
            raise TrainingError(
                f"the loss or its gradient was not finite at epoch {epoch}, step {bad + 1}: "
                "try a smaller `learning_rate` or `clip`; the last good model is kept"
            )

    def _check_diverged(self, loss: float, *, within: bool = False) -> Iterator[Event]:
        symbols = self.model.config.target_vocab_size
        if has_diverged(loss, symbols, within=within):
            epoch = self.state.epoch + 1
            yield Diverged(epoch, loss if math.isfinite(loss) else None)
            raise diverged(epoch, loss, symbols, self.config)

    def _end_epoch(self, seconds: float, speed: float) -> Iterator[Event]:
        """Validate, judge and record an epoch, and make the state ready for the next one."""
        state, config = self.state, self.config
        position = self._position()
        train_loss, rate = state.loss_sum / state.tokens, self._rate()
        with self._average.measured():
            begun = self._clock.seconds
            validation = self.task.validate(state.epoch)
            self._clock.measured(self._clock.seconds - begun)
            # An epoch that has exploded is never the best, and nothing of it is written.
            yield from self._check_diverged(validation.loss if validation else train_loss)
            best = self._judge(validation.score if validation else [-train_loss])
        event = EpochDone(
            epoch=state.epoch + 1,
            epochs=config.epochs,
            train_loss=train_loss,
            valid_loss=validation.loss if validation else None,
            valid_exact_match=validation.exact_match if validation else None,
            teacher_forcing=teacher_forcing_ratio(config, position),
            rate=rate,
            seconds=seconds,
            tokens_per_second=speed,
            best=best,
            samples=validation.samples if validation else (),
            text=validation.text if validation else "",
            valid_error_rate=validation.error_rate if validation else None,
            valid_sureness=validation.sureness if validation else None,
        )
        state.seconds = self._clock.seconds
        state.history.append({name: value for name, value in event.as_dict().items() if name not in NOT_IN_HISTORY})
        state.epoch, state.step, state.loss_sum, state.tokens = state.epoch + 1, 0, 0.0, 0
        yield event

    def _judge(self, score: list[float]) -> bool:
        """Keep the weights of the best epoch, or count towards patience and plateau; return whether it is best."""
        state, config = self.state, self.config
        if state.best_epoch is None or score > state.best_score:
            state.best_epoch, state.best_score, state.since_best = state.epoch + 1, score, 0
            self.best = self.model.parameters.to_host()
            return True
        state.since_best += 1
        if config.schedule == "plateau" and state.since_best % config.plateau_patience == 0:
            state.plateaus += 1
        return False
