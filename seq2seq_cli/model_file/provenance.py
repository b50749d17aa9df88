"""What made a model: the libraries' versions, and the data that it was trained on, found or made again."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq_cli._version import __version__
from seq2seq_cli.data.folder import Dataset, read_folder
from seq2seq_cli.data.generators import generator_of, rebuild
from seq2seq_cli.errors import DataError
from seq2seq_cli.kinds import Kind, kind_named, kind_of_model, kind_of_place
from seq2seq_cli.model_file.content import ModelFile


def library_versions() -> dict[str, str]:
    """Return the versions of what makes a model."""
    return {"s2s": __version__, "python": platform.python_version(), "numpy": np.__version__}


def dataset_of(file: ModelFile) -> tuple[Dataset[Any], list[str]]:
    """Return the data that a model was trained on, read or made again, and warnings.

    Raises:
        DataError: they can be neither read nor made again, or are of another kind than the model learns from.
    """
    warnings: list[str] = []
    recorded = file.data.get("path")
    if recorded is not None:
        dataset, warnings = dataset_for(file, Path(str(recorded)))
    elif "options" in file.data:
        _check_kind(file, kind_named(generator_of(file.data).format.name), "what it was trained on")
        dataset = rebuild(file.data)
    else:
        raise DataError("this model does not say what it was trained on: give a dataset")
    if dataset.description["sha256"] != file.data.get("sha256"):
        warnings = [*warnings, "the data differs from what the model was trained on"]
    return dataset, warnings


def dataset_for(file: ModelFile, place: Path) -> tuple[Dataset[Any], list[str]]:
    """Read a dataset that a model can be measured on, and warnings.

    Raises:
        DataError: there is none, or it is of another kind than the model learns from.
    """
    kind = kind_of_place(place, kind_of_model(file.config.kind))
    _check_kind(file, kind, str(place))
    return read_folder(place, kind.format())


def _check_kind(file: ModelFile, kind: Kind, place: str) -> None:
    wanted = kind_of_model(file.config.kind)
    if kind.model != wanted.model:
        raise DataError(f"{place} holds {kind.data_title}; this {wanted.model_title} learned from {wanted.data_title}")
