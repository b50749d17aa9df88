"""A training run with its files: model, checkpoint and log. The commands and `seq2seq_cli.train` use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from seq2seq_cli.backend import get_backend
from seq2seq_cli.errors import DataError, ModelFileError, UsageError
from seq2seq_cli.files.places import target_of
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.model_file.content import ModelFile, read_head, read_model_file, write_model_file
from seq2seq_cli.model_file.provenance import dataset_of
from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Saved, Warned
from seq2seq_cli.training.files import Place, RunFiles, claim_again
from seq2seq_cli.training.log import RunLog
from seq2seq_cli.training.loop import Training, TrainingState


class Session:
    """A training run that keeps its files.

    What happens is told after it is on the disk: whoever stops listening, or can't be told, loses nothing.

    Args:
        training: the loop.
        head: the model file's content but for weights, history and metrics.
        files: where the model, its checkpoint and its log go.
        log: the log, which holds the run's place; None opens it when the run begins.
        resumed: whether the run goes on, so that the log is continued.
        notes: what a person should know of how it begins.
    """

    def __init__(
        self,
        training: Training,
        head: ModelFile,
        files: RunFiles,
        *,
        log: RunLog | None = None,
        resumed: bool,
        notes: Sequence[str] = (),
    ) -> None:
        self.training, self.files, self.notes = training, files, notes
        self.head, self._log, self._resumed = head, log, resumed

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train, write files, and yield what happened; see `Training.run` for the events and errors.

        The checkpoint is written after each epoch and when `should_stop` says so; the best model, or
        with ``keep="last"`` the latest, is written as soon as there is one. A log that can't be written is said
        once, in a `Warned`, and ends nothing.
        """
        log, self._log = self._log or RunLog(self.files.log), None
        try:
            if self._resumed:
                warned = _told(log, lambda: log.go_on(self.training.state.history))
            else:
                warned = _told(log, log.begin)
                target_of(self.files.checkpoint).unlink(missing_ok=True)  # of an older run, which is begun anew
            self._resumed = True
            yield from warned
            for event in self.training.run(should_stop):
                for happened in (event, *self._save_after(event)):
                    if not (warned or isinstance(happened, Progress)):
                        warned = _told(log, partial(log.write, happened))
                        yield from warned
                    yield happened
        finally:
            log.close()

    def _save_after(self, event: Event) -> list[Saved]:
        """Write what an event calls for, and return what was written."""
        if isinstance(event, EpochDone):
            is_kept = event.best or self.training.config.keep == "last"
            # The checkpoint comes first: it has the best weights too, so that all can be made of it.
            return [self._save_checkpoint(), *([self._save_model()] if is_kept else [])]
        if isinstance(event, Finished) and event.reason == "interrupted":
            return [self._save_checkpoint()]
        if isinstance(event, Finished):
            saved = self._save_model()
            target_of(self.files.checkpoint).unlink(missing_ok=True)
            return [saved]
        return []

    def _save_model(self) -> Saved:
        training = self.training
        last = training.config.keep == "last" or training.best is None
        weights = training.latest() if last else training.best
        epoch = training.state.epoch if last else training.state.best_epoch
        assert weights is not None and epoch is not None
        figures = training.state.history[epoch - 1]
        names = ("epoch", "train_loss", "valid_loss", "valid_exact_match", "valid_error_rate", "valid_sureness")
        content = replace(
            self.head,
            weights=weights,
            history=training.state.history,
            metrics={name: figures.get(name) for name in names},
        )
        write_model_file(self.files.model, content)
        return Saved(str(self.files.model), "model", epoch)

    def _save_checkpoint(self) -> Saved:
        training, backend = self.training, self.training.model.backend
        content = replace(
            self.head,
            weights=training.model.parameters.to_host(),
            history=training.state.history,
            checkpoint={
                "state": training.state.as_dict(),
                "arrays": training.arrays(),
                "output": self.files.model.name,
                "device": backend.device,
                "precision": backend.precision,
            },
        )
        write_model_file(self.files.checkpoint, content)
        return Saved(str(self.files.checkpoint), "checkpoint", training.state.epoch)


def _told(log: RunLog, act: Callable[[], None]) -> list[Warned]:
    """Do something to a log; return what there is to say if it can't be done."""
    try:
        act()
    except OSError as error:
        return [Warned(f"{log.path} is not written any more: {error.strerror or error}")]
    return []


def resume(
    path: Path, *, device: str | None = None, epochs: int | None = None, force: bool = False
) -> tuple[Session, list[str]]:
    """Go on from a checkpoint.

    Args:
        path: the checkpoint.
        device: another device than before; equality to the bit holds on the same one.
        epochs: another number of them than before, in all.
        force: replace another run's model, should one stand where this run's goes.

    Returns:
        The session, and warnings.

    Raises:
        ModelFileError: it is damaged, or no checkpoint.
        UsageError: so many epochs are done already.
        DataError: the data is not what it was.
        S2SError: another run goes on from it, or what it would write may not be replaced.
    """
    head = read_head(path)
    if head.checkpoint is None or head.training is None:
        raise ModelFileError(
            f"{path} is a model, not a checkpoint, and has nothing to go on with: `init_from={path}` begins with it"
        )
    place = claim_again(path, head, force=force)
    try:
        # Only now is it sure that no other run writes it.
        return _resumed(read_model_file(path), place, device, epochs)
    except BaseException:
        place.log.close()
        raise


def _resumed(file: ModelFile, place: Place, device: str | None, epochs: int | None) -> tuple[Session, list[str]]:
    path, saved, config = place.files.checkpoint, file.checkpoint, file.training
    assert saved is not None and config is not None
    if epochs is not None:
        if epochs < (done := saved["state"].get("epoch", 0)):
            raise UsageError(f"`epochs` counts all of a run's epochs, and {path} has {done} behind it: give more")
        config = replace(config, epochs=epochs)
    file = replace(file, training=config)
    dataset, warnings = dataset_of(file)
    if dataset.description["sha256"] != file.data.get("sha256"):
        raise DataError(f"{path}: the data was changed since; training can only go on with the same data")
    backend = get_backend(device or str(saved["device"]), str(saved["precision"]))
    task = kind_of_model(file.config.kind).task(file, dataset, backend)
    task.model.parameters.assign(file.weights)
    try:
        training = Training(task, config, state=TrainingState(**saved["state"]))
    except TypeError as error:
        raise ModelFileError(f"{path}: its state is not that of a checkpoint ({error})") from None
    try:
        training.assign(saved["arrays"])
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: its arrays do not fit its config ({error})") from None
    head = replace(file, weights={}, history=[], metrics={}, checkpoint=None)
    return Session(training, head, place.files, log=place.log, resumed=True), warnings
