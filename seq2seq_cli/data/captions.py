"""Captions: lines of image and caption, and beside them an array of what the model sees of each image.

A part is ``train.tsv`` with an image's name, a tab and a caption a line, several for an image that has several;
and ``train.npy`` with one entry an image, in the order in which the names first stand in the lines: either
images, (n, size, size, 3) of uint8, or features that somebody made of them, (n, places, numbers) of float32. Where
images differ in how many places they have, the rest of an entry is NaN.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from seq2seq_cli.config.model import LARGEST_IMAGE
from seq2seq_cli.data.folder import Dataset, PartFormat
from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.readers.tsv import encode_tsv, read_tsv
from seq2seq_cli.errors import DataError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SUFFIX, COMPANION = ".tsv", ".npy"
CHANNELS = 3
"""Numbers of a pixel: red, green, blue."""

Values: TypeAlias = "npt.NDArray[Any]"
"""Images (n, size, size, 3) of uint8, or features (n, places, numbers) of float32."""


class Captions(Sequence[Pair]):
    """Rows of (image's name, caption), and what there is of each image.

    Args:
        rows: the rows; all rows of an image stand in one part of a dataset.
        values: an entry for each distinct name, in the order of their first appearance.
    """

    def __init__(self, rows: Iterable[Pair], values: Values) -> None:
        # An image's name is looked up as its rows have it, so it is composed as their captions are.
        self.rows, self.values = [(normalise(name), normalise(caption)) for name, caption in rows], values
        self.names = list(dict.fromkeys(name for name, _ in self.rows))
        if len(self.names) != len(values):
            raise DataError(f"there are {len(self.names):,} images in the lines and {len(values):,} in the array")

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Pair: ...

    @overload
    def __getitem__(self, place: slice) -> list[Pair]: ...

    def __getitem__(self, place: int | slice) -> Pair | list[Pair]:
        return self.rows[place]

    @property
    def has_images(self) -> bool:
        """Whether there are images, and not features."""
        return is_images(self.values)


CaptionsDataset: TypeAlias = Dataset[Captions]


def is_images(values: Values) -> bool:
    """Tell whether an array holds images, and not features."""
    return bool(values.ndim == 4)


# --- files ------------------------------------------------------------------------------------------------


def read_captions(path: Path, problems: Problems) -> Captions:
    """Read a part; lines that can't be used are recorded as problems.

    Raises:
        DataError: a file can't be read, or the array is not what belongs to the lines.
    """
    beside = path.with_suffix(COMPANION)
    rows, values = read_tsv(path, problems), read_values(beside)
    try:
        return Captions(rows, values)
    except DataError as error:
        raise DataError(f"{beside}: {error}; make the dataset again") from None


def encode_values(part: Captions) -> bytes:
    """Return the bytes of a part's array."""
    import numpy as np
    from numpy.lib import format as npy

    header, values = io.BytesIO(), np.ascontiguousarray(part.values)
    npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(values))
    return b"".join([header.getvalue(), values.data])


def read_values(path: Path) -> Values:
    """Read an array of images or of features; nothing in the file is believed.

    Raises:
        DataError: it is no such array, or the file has not the bytes that it speaks of.
    """
    import numpy as np

    try:
        with path.open("rb") as file:
            dtype, shape, left = _header(path, file)
            _check_shape(path, dtype, shape)
            if math.prod(shape) * dtype.itemsize != left:
                raise DataError(f"{path}: it has {left:,} bytes for an array of {dtype} of shape {shape}")
            values: Values = np.fromfile(file, dtype=dtype, count=math.prod(shape)).reshape(shape)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    if len(shape) == 3:
        check_features(path, values)
    return values


def _header(path: Path, file: Any) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Read what stands before the numbers: their type and shape, and how many bytes follow."""
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"its version is {version}")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, columns_first, dtype = read(file)
    except OSError:
        raise
    except Exception as error:  # of many kinds: a header is a piece of Python that NumPy reads
        cause = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"{path}: it is no array of NumPy's form .npy ({cause})") from None
    if columns_first:
        raise DataError(f"{path}: its array is in Fortran's order; save it in C's")
    return dtype, shape, path.stat().st_size - file.tell()


def _check_shape(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
    images = dtype.str == "|u1" and len(shape) == 4 and shape[1] == shape[2] and shape[3] == CHANNELS
    if images and not 1 <= shape[1] <= LARGEST_IMAGE:
        raise DataError(f"{path}: its images have sides of {shape[1]:,} pixels; up to {LARGEST_IMAGE:,} are read")
    features = dtype.str == "<f4" and len(shape) == 3 and shape[1] > 0 and shape[2] > 0
    if not images and not features:
        raise DataError(
            f"{path}: it holds {dtype} of shape {shape}; images are uint8 (n, size, size, {CHANNELS}), features "
            "float32 (n, places, numbers)"
        )


def check_features(place: object, values: Values) -> None:
    """Check that features are finite, but for whole places that are not there at an entry's end.

    Raises:
        DataError: a number is not finite, or an entry has no place.
    """
    import numpy as np

    there = ~np.isnan(values).all(axis=2)  # (n, places)
    lengths = there.sum(axis=1)
    if (there != (np.arange(there.shape[1]) < lengths[:, None])).any() or not np.isfinite(values[there]).all():
        raise DataError(f"{place}: some features are not finite numbers")
    if not lengths.all():
        raise DataError(f"{place}: an image has no features at all")


CAPTIONS_FORMAT: PartFormat[Captions] = PartFormat(
    name="captions",
    suffix=SUFFIX,
    unit="rows",
    levels={"target": "word"},
    read=read_captions,
    encode=encode_tsv,
    count=len,
    nothing="not one line is image, tab, caption",
    how_to_make=lambda place: f"s2s prep captions FOLDER TABLE -o {place}",
    companion=COMPANION,
    encode_companion=encode_values,
)
