"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seq2seq_cli.config import ARGUMENT, Layer, Settings, preset_named, resolve
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
    force: bool = False,
    options: Mapping[str, Any] | None = None,
    file: Layer | None = None,
) -> tuple[Session, Settings, list[str]]:
    """Prepare a training run; see `train`. Returns the session, its settings, and warnings about the data."""
    dataset, settings, path, warnings = read_request(data, preset=preset, lm=lm, options=options or {}, file=file)
    prepared = start(
        dataset,
        settings.model,
        settings.training,
        output=Path(output) if output is not None else None,
        force=force,
        data_path=path,
        device=settings.run.device,
        precision=settings.run.precision,
        **{name: value for name, value in settings.data.as_dict().items() if name != "data_seed"},
    )
    return prepared, settings, warnings


def read_request(
    data: Dataset | TextDataset | str | Path | None,
    *,
    preset: str | None,
    lm: bool,
    options: Mapping[str, Any],
    file: Layer | None = None,
) -> tuple[Dataset | TextDataset, Settings, str | None, list[str]]:
    """Return the data, all options, where the data was read, and warnings about it."""
    layers = [file] if file is not None else []
    layers.append(Layer(ARGUMENT, options))
    given = {name: value for layer in layers for name, value in layer.values.items()}
    text = lm or (preset is not None and preset_named(preset).kind == "text")
    dataset, path, warnings = _dataset(data, text, int(given.get("data_seed") or 0))
    if isinstance(dataset, TextDataset):
        if preset is None:
            preset = "char-lm" if (given.get("level") or dataset.level) == "char" else "lm-small"
    elif text:
        raise UsageError(f"{path or 'the data'} holds pairs; a language model learns from a text (s2s prep text)")
    kind = "text" if isinstance(dataset, TextDataset) else "pairs"
    return dataset, resolve(kind, preset, *layers, made_in_memory=data is None), path, warnings


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
    force: bool = False,
    **options: Any,
) -> Iterator[Event]:
    """Train a model, yielding what happens; it is saved as it gets better.

    Args:
        data: a dataset, or its folder; None makes additions, or with `lm` English of Python's library, as the
            command does.
        output: the model file; by default a free name under ``models``.
        preset: named values for some options.
        lm: train a language model; a text dataset asks for one by itself.
        force: replace an existing model.
        options: those of the command (``reverse``, ``peeky``, ``epochs``, …), see docs/options.md.

    Yields:
        The events of `seq2seq_cli.training.events`.

    Raises:
        S2SError: one of its children, for options, data or a device that can't be used, or a loss that
            is not finite.
    """
    session, _, _ = new_session(data, output=output, preset=preset, lm=lm, force=force, options=options)
    yield from session.run()
