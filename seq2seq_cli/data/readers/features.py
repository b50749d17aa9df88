"""Features that somebody made of images: arrays of NumPy's forms .npy and .npz, checked before they are used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile, is_zipfile

import numpy as np
import numpy.typing as npt

from seq2seq_cli.config.model import LARGEST_WIDTH
from seq2seq_cli.data.captions import Values, check_features
from seq2seq_cli.data.readers.sources import open_source
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.normalise import normalise

FORMS = (".npy", ".npz")
UNPACKED_FREELY, MOST_UNPACKED = 1 << 28, 20
"""Bytes that a file .npz may unpack to whatever its size, and beyond them, for each of its own bytes."""


def read_features(path: Path, places: int, numbers: int) -> Values:
    """Read the features of one image from a file ``.npy``: vectors (places, numbers), or one vector.

    Args:
        path: the file.
        places: the most vectors that a model reads.
        numbers: of a vector, as the model reads them.

    Raises:
        DataError: it can't be read, or has another shape.
    """
    with _opened(path) as file:
        loaded = _loaded(path, file)
        if not isinstance(loaded, np.ndarray):
            raise DataError(f"{path}: it holds many arrays; the features of one image are one, in a file .npy")
        entry = _entry(path, loaded)
    if len(entry) > places or entry.shape[1] != numbers:
        raise DataError(
            f"{path}: it holds {len(entry):,} vectors of {entry.shape[1]:,} numbers; this model reads at most "
            f"{places:,} of {numbers:,}"
        )
    check_features(path, entry[None])
    return entry


def read_feature_file(path: Path, names: Sequence[str]) -> dict[str, Values]:
    """Read the features of many images.

    Args:
        path: a file ``.npz`` with an array for each image, by its name; or a file ``.npy`` of one array, with an entry
            for each image in the order of `names`.
        names: of the images.

    Returns:
        For each image that the file has, its vectors (places, numbers).

    Raises:
        DataError: it can't be read; arrays differ in their numbers, or are not as many as there are names.
    """
    with _opened(path) as file:
        loaded = _loaded(path, file)
        if isinstance(loaded, np.ndarray):
            found = _in_order(path, loaded, names)
        else:
            with loaded:
                found = _by_name(path, loaded, names)
    if len(widths := {entry.shape[1] for entry in found.values()}) > 1:
        first, second, *_ = sorted(widths)
        raise DataError(f"{path}: some vectors have {first:,} numbers and some {second:,}; a model reads one length")
    return found


def _in_order(path: Path, values: npt.NDArray[Any], names: Sequence[str]) -> dict[str, Values]:
    if values.ndim not in (2, 3):
        raise DataError(
            f"{path}: its shape is {values.shape}; features are (images, numbers) or (images, places, numbers)"
        )
    if len(values) != len(names):
        raise DataError(
            f"{path}: it has {len(values):,} entries and the table {len(names):,} images; an entry stands for each "
            "image in the order of the table, or give a file .npz with the images' names"
        )
    return {name: _entry(f"{path}: image {name}", value) for name, value in zip(names, values, strict=True)}


def _by_name(path: Path, loaded: Mapping[str, npt.NDArray[Any]], names: Sequence[str]) -> dict[str, Values]:
    there = {normalise(name): name for name in loaded}
    return {name: _entry(f"{path}: image {name}", loaded[there[name]]) for name in names if name in there}


def _entry(place: object, value: npt.NDArray[Any]) -> Values:
    """Return one image's features as (places, numbers) of float32, without places that are not there."""
    if value.ndim not in (1, 2) or not value.size or value.dtype.kind not in "fiu":
        raise DataError(f"{place}: it is {value.dtype} of shape {value.shape}; features are numbers (places, numbers)")
    with np.errstate(over="ignore"):  # what is too large for single precision becomes infinite, and is refused below
        vectors: Values = np.atleast_2d(value).astype(np.float32)
    if len(vectors) > LARGEST_WIDTH:
        raise DataError(f"{place}: it has {len(vectors):,} places; {LARGEST_WIDTH:,} are the most that a model reads")
    there = ~np.isnan(vectors).all(axis=1)
    check_features(place, vectors[None])
    return vectors[there]


def _loaded(path: Path, file: BinaryIO) -> Any:
    """Return what NumPy loads of a file, whose claims are compared with its size before anything is allocated."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if is_zipfile(file):
        with ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > max(UNPACKED_FREELY, MOST_UNPACKED * size):
            raise DataError(f"{path}: {size:,} bytes claim to unpack to {unpacked:,}; that is no file of features")
    file.seek(0)
    return np.load(file, allow_pickle=False)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, and turn what a damaged one makes NumPy raise into one error that names it."""
    try:
        with open_source(path) as file:
            yield file
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except Exception as error:  # of many kinds: of the header's syntax, of the archive, of its compression
        raise DataError(f"{path}: it is no array of NumPy's forms .npy or .npz ({_cause(error)})") from None


def _cause(error: Exception) -> str:
    """Say in few words what NumPy holds against a file. What it advises (to unpickle it) is no help."""
    words = (str(error) or type(error).__name__).splitlines()[0]
    if "pickle" in words:
        return "it holds objects, or no array at all"
    if isinstance(error, MemoryError):
        return "it claims to be larger than the memory"
    return "its header describes no array" if " object at 0x" in words else words[:200]
