"""A training run with its files: model, checkpoint and log. The commands and `seq2seq_cli.train` use it.

Beside the model ``m.pkl`` stand its log ``m.jsonl`` and, until training is done, ``m.checkpoint``.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq_cli._version import __version__
from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.config import Level, ModelConfig, TrainConfig
from seq2seq_cli.data.coding import Coder
from seq2seq_cli.data.dataset import Dataset, Pair, read_dataset
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.data.vocabulary import Vocabulary
from seq2seq_cli.errors import DataError, ModelFileError, S2SError, UsageError
from seq2seq_cli.model_file.format import ModelFile, read_model_file, write_model_file
from seq2seq_cli.models.build import build, initialise_parameters
from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Saved
from seq2seq_cli.training.loop import Training, TrainingState
from seq2seq_cli.translator import longest_answer

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


def default_dataset(seed: int = 0) -> Dataset:
    """Return the data that training uses when none is given: the book's additions, made in memory."""
    return rebuild({"kind": "addition", "options": {"seed": seed}})


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


def _vocabularies(
    dataset: Dataset,
    train: list[Pair],
    options: Mapping[str, Any],
    levels: Mapping[str, str],
    limits: Mapping[str, Any],
) -> tuple[Vocabulary, Vocabulary, dict[str, int]]:
    """Make the vocabularies of the training part, and with padding "symbol" the widths."""
    if options.get("padding", "masked") == "symbol":
        if set(levels.values()) != {"char"}:
            raise UsageError("the book's recipes fill rows with blanks, so both sides are at char level")
        recorded = dataset.description.get("fixed_width", {})
        every = [pair for pairs in dataset.parts.values() for pair in pairs]
        widths = {
            side: int(recorded.get(side, 0)) or max(len(pair[place]) for pair in every)
            for place, side in enumerate(("source", "target"))
        }
        both = Vocabulary.fixed_width(train, widths["source"], widths["target"])
        return both, both, {"source_width": widths["source"], "target_width": widths["target"]}
    made = []
    for place, side in enumerate(("source", "target")):
        level: Level = "word" if levels[side] == "word" else "char"
        made.append(Vocabulary.build((pair[place] for pair in train), level, target=side == "target", **limits))
    return made[0], made[1], {}


def start(
    dataset: Dataset,
    model_options: Mapping[str, Any],
    config: TrainConfig,
    *,
    output: Path | None = None,
    force: bool = False,
    device: str = "cpu",
    precision: str = "float32",
    source_level: str | None = None,
    target_level: str | None = None,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    monitor: str = "valid",
    data_path: str | None = None,
) -> Session:
    """Begin a training run.

    Args:
        dataset: what to learn from.
        model_options: fields of `ModelConfig` but for sizes that the data decides.
        config: how to train.
        output: where the model goes; by default a free name under ``models``.
        force: replace an existing model.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.
        source_level: ``char`` or ``word``; by default the dataset's.
        target_level: likewise.
        min_count: symbols that are rarer in the training part are unknown.
        max_vocabulary: at most so many symbols a side.
        monitor: the part that is measured after each epoch.
        data_path: where the dataset was read, recorded for `evaluate` and for resuming.

    Raises:
        UsageError: options that don't fit together.
        DataError: the data can't be used.
        S2SError: the output exists.
        BackendError: the device does not work here.
    """
    if monitor != "valid" and config.keep == "best":
        raise UsageError(f"--monitor {monitor} would choose the best epoch by that part; give --keep last with it")
    backend = get_backend(device, precision)
    train = list(dataset.part("train"))
    described = dataset.description.get("levels", {})
    levels = {
        "source": source_level or described.get("source", "char"),
        "target": target_level or described.get("target", "char"),
    }
    limits = {"min_count": min_count, "max_size": max_vocabulary}
    source, target, widths = _vocabularies(dataset, train, model_options, levels, limits)
    model_config = ModelConfig.from_dict(
        {**model_options, "source_symbols": len(source), "target_symbols": len(target), **widths}
    )
    kind = str(dataset.description.get("kind", "model"))
    name = Path(data_path).name if data_path and kind in ("pairs", "folder") else kind
    output = output or free_name(name, model_config.variant)
    if output.exists() and not force:
        raise S2SError(f"{output} exists: give another -o, or --force to replace it")
    coder = Coder.of(model_config, source, target)
    head = ModelFile(
        config=model_config,
        source_vocabulary=source,
        target_vocabulary=target,
        text={
            "normalisation": "NFC",
            "longest_source": max(len(coder.source.tokens(text)) for text, _ in train),
            "longest_target": max(len(coder.target.tokens(text)) for _, text in train),
        },
        data={**dataset.description, "path": data_path, "monitor": monitor},
        training=config,
        history=[],
        metrics={},
        versions=versions(),
    )
    model = build(model_config, backend)
    initialise_parameters(model_config, model.parameters, config.initialisation, config.seed)
    training = Training(
        model,
        coder,
        train,
        dataset.parts.get(monitor, ()),
        config,
        max_length=model_config.target_width or longest_answer(head.text["longest_target"]),
    )
    return Session(training, head, output, resumed=False)


def dataset_of(file: ModelFile) -> tuple[Dataset, list[str]]:
    """Return the data that a model was trained on, made or read again, and warnings.

    Raises:
        DataError: it is not where it was, and can't be made again.
    """
    data = file.data
    recorded = data.get("path")
    if recorded is not None:
        dataset, warnings = read_dataset(Path(str(recorded)))
    elif not data:
        raise DataError("this model does not say what it was trained on: give a dataset")
    else:
        dataset, warnings = rebuild(data), []
    if dataset.description["sha256"] != data.get("sha256"):
        warnings.append("the data differs from what the model was trained on")
    return dataset, warnings


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
    dataset, warnings = dataset_of(file)
    if dataset.description["sha256"] != file.data.get("sha256"):
        raise DataError(f"{path}: the data was changed since; training can only go on with the same data")
    backend: Backend = get_backend(device or str(saved["device"]), str(saved["precision"]))
    model = build(file.config, backend)
    model.parameters.assign(file.weights)
    try:
        state = TrainingState(**saved["state"])
    except TypeError as error:
        raise ModelFileError(f"{path}: its state is not that of a checkpoint ({error})") from None
    coder = Coder.of(file.config, file.source_vocabulary, file.target_vocabulary)
    training = Training(
        model,
        coder,
        list(dataset.part("train")),
        dataset.parts.get(str(file.data.get("monitor", "valid")), ()),
        file.training,
        max_length=file.config.target_width or longest_answer(file.text["longest_target"]),
        state=state,
    )
    try:
        training.assign(saved["arrays"])
    except (KeyError, ValueError) as error:
        raise ModelFileError(f"{path}: its arrays do not fit its config ({error})") from None
    head = replace(file, weights={}, history=[], metrics={}, checkpoint=None)
    return Session(training, head, path.with_name(str(saved["output"])), resumed=True), warnings
