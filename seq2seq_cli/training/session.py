"""A training run with its files: model, checkpoint and log. The commands and `seq2seq_cli.train` use it.

Beside the model ``m.pkl`` stand its log ``m.jsonl`` and, until training is done, ``m.checkpoint``.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from seq2seq_cli._version import __version__
from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.config import Kind, TrainConfig
from seq2seq_cli.data.folder import Dataset, PartFormat, read_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT, PairsDataset, TextDataset
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.errors import DataError, ModelFileError
from seq2seq_cli.inference.translator import longest_answer
from seq2seq_cli.model_file.content import ModelFile, read_model_file, write_model_file
from seq2seq_cli.models.build import build, build_language_model
from seq2seq_cli.text.codec import TextCodec
from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Saved
from seq2seq_cli.training.loop import Training, TrainingState
from seq2seq_cli.training.pairs_task import PairsTask
from seq2seq_cli.training.text_task import TextTask

CHECKPOINT_SUFFIX, LOG_SUFFIX = ".checkpoint", ".jsonl"


class Session:
    """A training run that keeps its files.

    Args:
        training: the loop.
        head: the model file's content but for weights, history and metrics.
        output: where the model goes.
        resumed: whether the run goes on, so that the log is continued.
    """

    def __init__(self, training: Training, head: ModelFile, output: Path, *, resumed: bool) -> None:
        self.training, self.output, self._head, self._resumed = training, output, head, resumed
        self.checkpoint = output.with_suffix(CHECKPOINT_SUFFIX)
        self.log = output.with_suffix(LOG_SUFFIX)

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train, write files, and yield what happens; see `Training.run` for the events and errors.

        The checkpoint is written after each epoch and when `should_stop` says so; the best model, or
        with ``keep="last"`` the latest, is written as soon as there is one.
        """
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a" if self._resumed else "w", encoding="utf-8") as log:
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
        self.checkpoint.unlink(missing_ok=True)
        return saved

    def _save_model(self) -> Saved:
        training = self.training
        last = training.config.keep == "last" or training.best is None
        weights = training.model.parameters.to_host() if last else training.best
        epoch = training.state.epoch if last else training.state.best_epoch
        assert weights is not None and epoch is not None
        figures = training.state.history[epoch - 1]
        names = ("epoch", "train_loss", "valid_loss", "valid_exact_match")
        content = replace(
            self._head,
            weights=weights,
            history=training.state.history,
            metrics={name: figures[name] for name in names},
        )
        write_model_file(self.output, content)
        return Saved(str(self.output), "model", epoch)

    def _save_checkpoint(self) -> Saved:
        training, backend = self.training, self.training.model.backend
        content = replace(
            self._head,
            weights=training.model.parameters.to_host(),
            history=training.state.history,
            checkpoint={
                "state": training.state.as_dict(),
                "arrays": training.arrays(),
                "output": self.output.name,
                "device": backend.device,
                "precision": backend.precision,
            },
        )
        write_model_file(self.checkpoint, content)
        return Saved(str(self.checkpoint), "checkpoint", training.state.epoch)


def versions() -> dict[str, str]:
    """Return the versions of what makes a model."""
    return {"s2s": __version__, "python": platform.python_version(), "numpy": np.__version__}


def free_name(data_kind: str, variant: str, folder: Path = Path("models")) -> Path:
    """Return ``models/<data>-<variant>.pkl``, or with the next free number."""
    number, path = 1, folder / f"{data_kind}-{variant}.pkl"
    while any(path.with_suffix(suffix).exists() for suffix in (".pkl", CHECKPOINT_SUFFIX, LOG_SUFFIX)):
        number += 1
        path = folder / f"{data_kind}-{variant}-{number}.pkl"
    return path


def dataset_of(file: ModelFile) -> tuple[PairsDataset, list[str]]:
    """Return the pairs that a model was trained on, made or read again, and warnings.

    Raises:
        DataError: they can be neither read nor made again; or it was trained on a text.
    """
    return _data_of(file, "seq2seq", PAIRS_FORMAT)


def text_of(file: ModelFile) -> tuple[TextDataset, list[str]]:
    """Return the text that a language model was trained on, made or read again, and warnings.

    Raises:
        DataError: it can be neither read nor made again; or the model was trained on pairs.
    """
    return _data_of(file, "lm", TEXT_FORMAT)


LEARNED_FROM: dict[Kind, str] = {"seq2seq": "pairs", "lm": "a text"}
Part = TypeVar("Part", bound=Sized)


def _data_of(file: ModelFile, kind: Kind, part_format: PartFormat[Part]) -> tuple[Dataset[Part], list[str]]:
    if file.config.kind != kind:
        raise DataError(f"this model was trained on {LEARNED_FROM[file.config.kind]}, not on {LEARNED_FROM[kind]}")
    warnings: list[str] = []
    recorded = file.data.get("path")
    if recorded is not None:
        dataset, warnings = read_folder(Path(str(recorded)), part_format)
    elif "options" in file.data:
        dataset = rebuild(file.data)
    else:
        raise DataError("this model does not say what it was trained on: give a dataset")
    if dataset.description["sha256"] != file.data.get("sha256"):
        warnings = [*warnings, "the data differs from what the model was trained on"]
    return dataset, warnings


def task_of(
    file: ModelFile, dataset: PairsDataset | TextDataset, config: TrainConfig, backend: Backend
) -> PairsTask | TextTask:
    """Build the model that a file describes, without its weights, and join it with its data."""
    eval_part = str(file.data.get("eval_part", "valid"))
    if dataset.format.name == TEXT_FORMAT.name:
        dataset = cast(TextDataset, dataset)
        codec = TextCodec(file.target_vocabulary)
        train, valid = codec.encode(dataset.part("train")), codec.encode(dataset.parts.get(eval_part, ""))
        return TextTask(build_language_model(file.config, backend), train, valid, codec, config)
    dataset = cast(PairsDataset, dataset)
    return PairsTask(
        build(file.config, backend),
        file.codec(),
        list(dataset.part("train")),
        dataset.parts.get(eval_part, ()),
        config,
        max_length=file.config.target_width or longest_answer(file.text["longest_target"]),
    )


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
        raise ModelFileError(f"{path} is a model, not a checkpoint: --resume takes a file that ends in .checkpoint")
    dataset: PairsDataset | TextDataset
    dataset, warnings = text_of(file) if file.config.kind == "lm" else dataset_of(file)
    if dataset.description["sha256"] != file.data.get("sha256"):
        raise DataError(f"{path}: the data was changed since; training can only go on with the same data")
    task = task_of(file, dataset, file.training, get_backend(device or str(saved["device"]), str(saved["precision"])))
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
    return Session(training, head, path.with_name(str(saved["output"])), resumed=True), warnings
