"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seq2seq_cli.config import ARGUMENT, Layer, Settings, preset_named, resolve
from seq2seq_cli.data.folder import Dataset, read_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT, PairsDataset, TextDataset
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.training.events import Event
from seq2seq_cli.training.session import Session
from seq2seq_cli.training.setup import default_dataset, default_text, start


def new_session(
    data: PairsDataset | TextDataset | str | Path | None = None,
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
    data: PairsDataset | TextDataset | str | Path | None,
    *,
    preset: str | None,
    lm: bool,
    options: Mapping[str, Any],
    file: Layer | None = None,
) -> tuple[PairsDataset | TextDataset, Settings, str | None, list[str]]:
    """Return the data, all options, where the data was read, and warnings about it."""
    layers = [file] if file is not None else []
    layers.append(Layer(ARGUMENT, options))
    given = {name: value for layer in layers for name, value in layer.values.items()}
    text = lm or (preset is not None and preset_named(preset).kind == "text")
    dataset, path, warnings = _dataset(data, text, int(given.get("data_seed") or 0))
    if dataset.format.name == TEXT_FORMAT.name:
        if preset is None:
            preset = "char-lm" if (given.get("level") or dataset.levels["text"]) == "char" else "lm-small"
    elif text:
        raise UsageError(f"{path or 'the data'} holds pairs; a language model learns from a text (s2s prep text)")
    return dataset, resolve(dataset.format.name, preset, *layers, made_in_memory=data is None), path, warnings


def _dataset(
    data: PairsDataset | TextDataset | str | Path | None, text: bool, seed: int
) -> tuple[PairsDataset | TextDataset, str | None, list[str]]:
    """Return the data, where it was read, and warnings about it."""
    if data is None:
        return default_text() if text else default_dataset(seed), None, []
    if isinstance(data, Dataset):
        return data, None, []
    dataset: PairsDataset | TextDataset
    place = Path(data)
    is_text = place.suffix != PAIRS_FORMAT.suffix if place.is_file() else bool(TEXT_FORMAT.parts_in(place))
    if place.is_file():
        kind = "text" if is_text else "pairs"
        folder = Path("data") / place.stem
        raise DataError(
            f"{place} is one file; make a dataset with its parts first: s2s prep {kind} {place} -o {folder}"
        )
    dataset, warnings = read_folder(place, TEXT_FORMAT) if is_text else read_folder(place, PAIRS_FORMAT)
    return dataset, str(data), warnings


def train(
    data: PairsDataset | TextDataset | str | Path | None = None,
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
