"""A training run with its files: model, checkpoint and log. The commands and `seq2seq_cli.train` use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from seq2seq_cli.backend import get_backend
from seq2seq_cli.errors import DataError, ModelFileError
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.model_file.content import ModelFile, read_model_file, write_model_file
from seq2seq_cli.model_file.provenance import dataset_of
from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Saved
from seq2seq_cli.training.files import RunFiles
from seq2seq_cli.training.loop import Training, TrainingState


class Session:
    """A training run that keeps its files.

    Args:
        training: the loop.
        head: the model file's content but for weights, history and metrics.
        files: where the model, its checkpoint and its log go.
        resumed: whether the run goes on, so that the log is continued.
    """

    def __init__(self, training: Training, head: ModelFile, files: RunFiles, *, resumed: bool) -> None:
        self.training, self.files, self._head, self._resumed = training, files, head, resumed

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train, write files, and yield what happens; see `Training.run` for the events and errors.

        The checkpoint is written after each epoch and when `should_stop` says so; the best model, or
        with ``keep="last"`` the latest, is written as soon as there is one.
        """
        self.files.model.parent.mkdir(parents=True, exist_ok=True)
        with self.files.log.open("a" if self._resumed else "w", encoding="utf-8") as log:
            for event in self.training.run(should_stop):
                if not isinstance(event, Progress):
                    log.write(json.dumps(event.as_dict(), ensure_ascii=False) + "\n")
                    log.flush()
                yield event
                if isinstance(event, EpochDone):
                    if event.best or self.training.config.keep == "last":
                        yield self._save_model()
                    yield self._save_checkpoint()
                elif isinstance(event, Finished):
                    yield self._finish(event)

    def _finish(self, event: Finished) -> Saved:
        if event.reason == "interrupted":
            return self._save_checkpoint()
        saved = self._save_model()
        self.files.checkpoint.unlink(missing_ok=True)
        return saved

    def _save_model(self) -> Saved:
        training = self.training
        last = training.config.keep == "last" or training.best is None
        weights = training.latest() if last else training.best
        epoch = training.state.epoch if last else training.state.best_epoch
        assert weights is not None and epoch is not None
        figures = training.state.history[epoch - 1]
        names = ("epoch", "train_loss", "valid_loss", "valid_exact_match", "valid_error_rate")
        content = replace(
            self._head,
            weights=weights,
            history=training.state.history,
            metrics={name: figures.get(name) for name in names},
        )
        write_model_file(self.files.model, content)
        return Saved(str(self.files.model), "model", epoch)

    def _save_checkpoint(self) -> Saved:
        training, backend = self.training, self.training.model.backend
        content = replace(
            self._head,
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


def resume(path: Path, *, device: str | None = None) -> tuple[Session, list[str]]:
    """Go on from a checkpoint.

    Args:
        path: the checkpoint.
        device: another device than before; equality to the bit holds on the same one.

    Returns:
        The session, and warnings.

    Raises:
        ModelFileError: it is damaged, or no checkpoint.
        DataError: the data is not what it was.
    """
    file = read_model_file(path)
    saved = file.checkpoint
    if saved is None or file.training is None:
        raise ModelFileError(f"{path} is a model, not a checkpoint: `resume` takes a file that ends in .checkpoint")
    dataset, warnings = dataset_of(file)
    if dataset.description["sha256"] != file.data.get("sha256"):
        raise DataError(f"{path}: the data was changed since; training can only go on with the same data")
    backend = get_backend(device or str(saved["device"]), str(saved["precision"]))
    task = kind_of_model(file.config.kind).task(file, dataset, backend)
    task.model.parameters.assign(file.weights)
    try:
        training = Training(task, file.training, state=TrainingState(**saved["state"]))
    except TypeError as error:
        raise ModelFileError(f"{path}: its state is not that of a checkpoint ({error})") from None
    try:
        training.assign(saved["arrays"])
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: its arrays do not fit its config ({error})") from None
    head = replace(file, weights={}, history=[], metrics={}, checkpoint=None)
    return Session(training, head, RunFiles.of(path.with_name(str(saved["output"]))), resumed=True), warnings
