"""Datasets of captions: a table of images and captions, with the images in a folder or features of them in a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions, CaptionsDataset, Values
from seq2seq_cli.data.folder import PARTS, describe
from seq2seq_cli.data.lines import Problems, plural, read_lines
from seq2seq_cli.data.prepare.caption_options import CaptionPrepOptions
from seq2seq_cli.data.prepare.splitting import SPLIT_OPTIONS, split_rows
from seq2seq_cli.data.readers.csv_file import first_columns, read_csv
from seq2seq_cli.data.readers.features import FORMS, read_feature_file
from seq2seq_cli.data.readers.forms import beginning_of, csv_hint
from seq2seq_cli.data.readers.images import pillow, read_image
from seq2seq_cli.data.readers.tsv import read_tsv
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

_NUMBERED = re.compile(r"#\d+\Z")
"""What follows an image's name in the tables of Flickr8k and Flickr30k: the number of the caption."""


FILLED_FREELY, MOST_FILLED = 1 << 30, 20
"""Bytes that features may take when all are filled to one length, and beyond them, for each byte that there is."""


def read_table(path: Path, options: CaptionPrepOptions, problems: Problems) -> tuple[list[Pair], list[str]]:
    """Read rows of an image's name and a caption.

    A file is CSV by its name or where columns are named; else a line is name, tab, caption. A number behind a name,
    as in photo.jpg#0, is left out. A row that stands there already is left out.

    Returns:
        The rows, and lines for people: what a file was taken for.

    Raises:
        DataError: the file can't be read, has no such columns, or a line can't be used and `problems` is strict.
    """
    notes = []
    if options.csv_columns is not None or path.suffix.lower() == ".csv":
        columns = options.csv_columns or first_columns(path)
        if options.csv_columns is None:
            notes.append(f"{path}: images are in column {columns[0]}, captions in {columns[1]} (`csv` names others)")
        rows = list(read_csv(path, columns, problems))
    else:
        rows = read_tsv(path, problems)
        if not rows and (hint := csv_hint(path, beginning_of(path))):
            raise DataError(f"{path}: not one line is image, tab, caption; {hint}")
    return list(dict.fromkeys((_NUMBERED.sub("", name), caption) for name, caption in rows)), notes


def read_lists(paths: Mapping[str, Path], problems: Problems) -> dict[str, list[str]]:
    """Read the names of each part's images; blank lines are left out.

    Raises:
        DataError: a list can't be read, or an image stands in two.
    """
    lists = {
        part: list(dict.fromkeys(line.strip() for _, line in read_lines(path, problems) if line.strip()))
        for part, path in paths.items()
    }
    parts: dict[str, str] = {}
    for part, names in lists.items():
        for name in names:
            if (other := parts.setdefault(name, part)) != part:
                raise DataError(f"{paths[part]}: {name} stands in {paths[other]} too; an image is in one part")
    return lists


def split_captions(
    rows: Sequence[Pair], lists: Mapping[str, Sequence[str]], options: CaptionPrepOptions
) -> tuple[dict[str, list[Pair]], list[str]]:
    """Split rows by lists of images, or at random; all captions of an image are in one part.

    Returns:
        The rows of each part, and lines for people: what was left out.

    Raises:
        DataError: there are no rows, too few for the parts asked for, or none to train on.
    """
    if not rows:
        raise DataError("there is not one usable row in the input")
    if not lists:
        return split_rows(rows, options.valid, options.test, options.seed, str), []
    if "train" not in lists:
        raise DataError("there is no part to train on: give `train_list` too")
    part_of = {name: part for part, names in lists.items() for name in names}
    parts: dict[str, list[Pair]] = {part: [] for part in PARTS if part in lists}
    for name, caption in rows:
        if name in part_of:
            parts[part_of[name]].append((name, caption))
    if not parts["train"]:
        raise DataError("no image of `train_list` has a caption in the table")
    known = {name for name, _ in rows}
    notes = []
    if idle := len(known - set(part_of)):
        notes.append(f"left {plural(idle, 'image')} out: no list names them")
    if absent := sum(name not in known for name in part_of):
        notes.append(f"{plural(absent, 'image')} of the lists have no caption in the table")
    return {part: found for part, found in parts.items() if found}, notes


def read_values(
    images: Path, names: Sequence[str], options: CaptionPrepOptions, problems: Problems
) -> dict[str, Values]:
    """Read what there is of images; one that can't be read is a problem.

    Args:
        images: a folder of image files, or a file of features.
        names: of the images; in a folder, paths in it.
        options: how large images become.
        problems: where images that can't be read are recorded.

    Raises:
        DataError: there is no such place, or no image of it can be used.
        MissingExtraError: there are images, and Pillow is not installed.
    """
    values: dict[str, Values] = {}
    if images.is_dir():
        pillow()
        for name, path in zip(names, _paths_of(images, names), strict=True):
            try:
                _check_inside(images, name)
                values[name] = read_image(path, options.size)
            except DataError as error:
                problems.add_message(str(error))
    elif images.suffix.lower() in FORMS:
        values = read_feature_file(images, names)
        for name in names:
            if name not in values:
                problems.add_message(f"{images}: it has no array named {name}")
    elif images.exists():
        raise DataError(f"{images}: it is neither a folder of images nor a file .npy or .npz of features")
    else:
        raise DataError(f"{images}: there is no such folder or file")
    if not values:
        example = f" ({names[0]!r} is the first)" if names else ""
        raise DataError(f"{images}: it has not one image that the table names{example}")
    return values


def _paths_of(folder: Path, names: Sequence[str]) -> list[Path]:
    """Return where images stand, whose names are in normal form C here and may be in another one in the folder."""
    paths = [folder / name for name in names]
    if all(name.isascii() or _stands(path) for name, path in zip(names, paths, strict=True)):
        return paths
    spelled = {normalise(str(path.relative_to(folder))): path for path in folder.rglob("*")}
    return [path if _stands(path) else spelled.get(name, path) for name, path in zip(names, paths, strict=True)]


def _stands(path: Path) -> bool:
    """Tell whether there is something; a name that is too long has nothing."""
    try:
        return path.exists()
    except OSError:
        return False


def _check_inside(folder: Path, name: str) -> None:
    """Raise DataError if a name leads out of a folder: a table is not trusted to name what is elsewhere."""
    if Path(name).is_absolute() or Path(os.path.normpath(name)).parts[:1] == (os.pardir,):
        raise DataError(f"{name}: the name leads out of the folder {folder}")


def join_captions(
    parts: Mapping[str, Sequence[Pair]], values: Mapping[str, Values], options: CaptionPrepOptions, *, split: bool
) -> CaptionsDataset:
    """Make a dataset of rows and of what there is of their images; rows without are left out.

    Raises:
        DataError: nothing is left to train on, or filling takes far more memory than there are features.
    """
    most = _most_places(list(values.values()))
    made: dict[str, Captions] = {}
    for part, rows in parts.items():
        kept = [row for row in rows if row[0] in values]
        if kept:
            made[part] = Captions(kept, _together([values[name] for name in dict.fromkeys(n for n, _ in kept)], most))
    if "train" not in made:
        raise DataError("nothing is left for train: not one of its images can be used")
    images = made["train"].has_images
    names = ("target_level", *(("size",) if images else ()), *(SPLIT_OPTIONS if split else ()))
    recorded = {name: getattr(options, name) for name in names}
    return describe(CAPTIONS_FORMAT, "captions", made, recorded, levels={"target": options.target_level})


def _most_places(entries: Sequence[Values]) -> int:
    """Return how many places the longest features have, to which all are filled; of images, their height.

    Raises:
        DataError: a few are so long that most of the array would be filling.
    """
    longest = max(entries, key=len)
    filled, there = longest.nbytes * len(entries), sum(entry.nbytes for entry in entries)
    if filled > max(FILLED_FREELY, MOST_FILLED * there):
        raise DataError(
            f"an image has features of {len(longest):,} places, and filled to as many, all {len(entries):,} take "
            f"{filled / 1e9:,.1f} GB: leave out those of so many places, or make fewer of them"
        )
    return len(longest)


def _together(entries: Sequence[Values], most: int) -> Values:
    """Return images as one array; or features, filled with NaN where one has fewer places than another."""
    if entries[0].ndim == 3:
        return np.stack(entries)
    together = np.full((len(entries), most, entries[0].shape[1]), np.nan, dtype=np.float32)
    for row, entry in zip(together, entries, strict=True):
        row[: len(entry)] = entry
    return together


def check_size(images: Path, given: Mapping[str, object]) -> None:
    """Refuse `size` where there are features.

    Raises:
        UsageError: it is given and can have no effect.
    """
    if "size" in given and not images.is_dir():
        raise UsageError("`size` has no effect on features, which are read as they are; leave it out")
