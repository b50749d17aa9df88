"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq_cli.config import TrainConfig, resolve_options
from seq2seq_cli.data.dataset import Dataset, read_dataset
from seq2seq_cli.training.events import Event
from seq2seq_cli.training.session import Session, default_dataset, start


def new_session(
    data: Dataset | str | Path | None = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    data_seed: int = 0,
    options: dict[str, Any],
    **session: Any,
) -> tuple[Session, list[str]]:
    """Prepare a training run; see `train`. Returns the session, and warnings about the data."""
    model_options, training_options = resolve_options(preset, options)
    warnings: list[str] = []
    path = None
    if data is None:
        dataset = default_dataset(data_seed)
    elif isinstance(data, Dataset):
        dataset = data
    else:
        dataset, warnings = read_dataset(Path(data))
        path = str(data)
    prepared = start(
        dataset,
        model_options,
        TrainConfig.from_dict(training_options),
        output=Path(output) if output is not None else None,
        data_path=path,
        **session,
    )
    return prepared, warnings


def train(
    data: Dataset | str | Path | None = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    data_seed: int = 0,
    force: bool = False,
    device: str = "cpu",
    precision: str = "float32",
    source_level: str | None = None,
    target_level: str | None = None,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    monitor: str = "valid",
    **options: Any,
) -> Iterator[Event]:
    """Train a model, yielding what happens; it is saved as it gets better.

    Args:
        data: a dataset, or its folder; None makes additions, as the command does.
        output: the model file; by default a free name under ``models``.
        preset: named values for some options.
        data_seed: of the additions.
        force: replace an existing model.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.
        source_level: ``char`` or ``word``; by default the dataset's.
        target_level: likewise.
        min_count: rarer symbols are unknown.
        max_vocabulary: at most so many symbols a side.
        monitor: the part measured after each epoch; another one than ``valid`` needs ``keep="last"``.
        options: fields of `ModelConfig` and `TrainConfig` (``reverse``, ``peeky``, ``epochs``, …).

    Yields:
        The events of `seq2seq_cli.training.events`.

    Raises:
        S2SError: one of its children, for options, data or a device that can't be used, or a loss that
            is not finite.
    """
    session, _ = new_session(
        data,
        output=output,
        preset=preset,
        data_seed=data_seed,
        options=options,
        force=force,
        device=device,
        precision=precision,
        source_level=source_level,
        target_level=target_level,
        min_count=min_count,
        max_vocabulary=max_vocabulary,
        monitor=monitor,
    )
    yield from session.run()
