"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq_cli.config import TrainConfig
from seq2seq_cli.config.presets import PRESETS_OF_TEXT, resolve_options
from seq2seq_cli.data.corpus import TextDataset, is_text_dataset, read_text_dataset
from seq2seq_cli.data.dataset import Dataset, read_dataset
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.training.events import Event
from seq2seq_cli.training.session import Session
from seq2seq_cli.training.setup import default_dataset, default_text, start


def new_session(
    data: Dataset | TextDataset | str | Path | None = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    lm: bool = False,
    data_seed: int = 0,
    options: dict[str, Any],
    **session: Any,
) -> tuple[Session, list[str]]:
    """Prepare a training run; see `train`. Returns the session, and warnings about the data."""
    dataset, path, warnings = _dataset(data, lm or preset in PRESETS_OF_TEXT, data_seed)
    if isinstance(dataset, TextDataset):
        if preset is None:
            preset = "char-lm" if (session.get("level") or dataset.level) == "char" else "lm-small"
        elif preset not in PRESETS_OF_TEXT:
            raise UsageError(f"the preset {preset} is for pairs; {path or 'the data'} is a text")
    elif lm or preset in PRESETS_OF_TEXT:
        raise UsageError(f"{path or 'the data'} holds pairs; a language model learns from a text (s2s prep text)")
    model_options, training_options = resolve_options(preset, options)
    prepared = start(
        dataset,
        model_options,
        TrainConfig.from_dict(training_options),
        output=Path(output) if output is not None else None,
        data_path=path,
        **session,
    )
    return prepared, warnings


def _dataset(
    data: Dataset | TextDataset | str | Path | None, text: bool, seed: int
) -> tuple[Dataset | TextDataset, str | None, list[str]]:
    """Return the data, where it was read, and warnings about it."""
    if data is None:
        return default_text() if text else default_dataset(seed), None, []
    if isinstance(data, (Dataset, TextDataset)):
        return data, None, []
    dataset: Dataset | TextDataset
    place = Path(data)
    is_text = is_text_dataset(place)
    if place.is_file():
        kind = "text" if is_text else "pairs"
        folder = Path("data") / place.stem
        raise DataError(
            f"{place} is one file; make a dataset with its parts first: s2s prep {kind} {place} -o {folder}"
        )
    dataset, warnings = (read_text_dataset if is_text else read_dataset)(place)
    return dataset, str(data), warnings


def train(
    data: Dataset | TextDataset | str | Path | None = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    lm: bool = False,
    data_seed: int = 0,
    force: bool = False,
    device: str = "cpu",
    precision: str = "float32",
    source_level: str | None = None,
    target_level: str | None = None,
    level: str | None = None,
    min_count: int = 1,
    max_vocabulary: int | None = None,
    eval_part: str = "valid",
    **options: Any,
) -> Iterator[Event]:
    """Train a model, yielding what happens; it is saved as it gets better.

    Args:
        data: a dataset, or its folder; None makes additions, or with `lm` English of Python's library, as the
            command does.
        output: the model file; by default a free name under ``models``.
        preset: named values for some options.
        lm: train a language model; a text dataset asks for one by itself.
        data_seed: of the additions.
        force: replace an existing model.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.
        source_level: ``char`` or ``word``; by default the dataset's.
        target_level: likewise.
        level: of a text: ``char`` or ``word``; by default the dataset's.
        min_count: rarer symbols are unknown.
        max_vocabulary: at most so many symbols a side.
        eval_part: the part measured after each epoch; another one than ``valid`` needs ``keep="last"``.
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
        lm=lm,
        data_seed=data_seed,
        options=options,
        force=force,
        device=device,
        precision=precision,
        source_level=source_level,
        target_level=target_level,
        level=level,
        min_count=min_count,
        max_vocabulary=max_vocabulary,
        eval_part=eval_part,
    )
    yield from session.run()
