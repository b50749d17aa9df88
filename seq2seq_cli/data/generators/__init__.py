"""The kinds of data that s2s makes by itself, so that a model can have its data made again.

A kind is one module with its options, a frozen dataclass whose fields all have defaults, and `generate`,
which makes a dataset from them; and one line in `GENERATORS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from seq2seq_cli.data.captions import CAPTIONS_FORMAT
from seq2seq_cli.data.folder import PARTS, Dataset, PartFormat
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.data.generators import addition, dates, numbers, python_text, shapes
from seq2seq_cli.errors import DataError, UsageError

MOST_ROWS = 200_000
"""Rows that a description may ask to be made again: it may stand in a model file that a stranger made."""

MOST_BYTES = 1 << 27
"""Of what these rows hold beside their text, such as pictures; the ones made without any options are less."""


@dataclass(frozen=True)
class Generator:
    """A kind of data: how its parts stand in files, its options, and what makes a dataset from them."""

    format: PartFormat[Any]
    options: type[Any]
    generate: Callable[[Any], Dataset[Any]]


GENERATORS: Mapping[str, Generator] = {
    "addition": Generator(PAIRS_FORMAT, addition.AdditionOptions, addition.generate),
    "dates": Generator(PAIRS_FORMAT, dates.DateOptions, dates.generate),
    "numbers": Generator(PAIRS_FORMAT, numbers.NumberOptions, numbers.generate),
    "shapes": Generator(CAPTIONS_FORMAT, shapes.ShapesOptions, shapes.generate),
    "python": Generator(TEXT_FORMAT, python_text.PythonTextOptions, python_text.generate),
}


def generator_of(description: Mapping[str, Any]) -> Generator:
    """Return what made a dataset, from its description.

    Raises:
        DataError: nothing here makes data of that kind.
    """
    kind = description.get("kind")
    generator = GENERATORS.get(kind) if isinstance(kind, str) else None
    if generator is None or not isinstance(description.get("options"), dict):
        raise DataError(f"data of the kind {kind!r} can't be made again: give the dataset")
    return generator


def rebuild(description: Mapping[str, Any]) -> Dataset[Any]:
    """Make a dataset again from its description.

    Args:
        description: with its ``kind`` and ``options``; nothing in it is believed.

    Raises:
        DataError: nothing here makes data of that kind, or not with these options, or not so much of it.
        MissingExtraError: the kind needs a library that is not installed.
    """
    generator = generator_of(description)
    kind, values = description["kind"], description["options"]
    defaults = {entry.name: entry.default for entry in fields(generator.options)}
    for name, value in values.items():
        if name not in defaults or type(value) is not type(defaults[name]):
            raise DataError(f"the recorded options of {kind} are not ours ({name}={value!r}): give the dataset")
    rows = sum(abs(values.get(part, 0)) for part in PARTS)
    if rows > MOST_ROWS:
        raise DataError(f"the model asks for {rows:,} rows of {kind}; more than {MOST_ROWS:,} are not made again")
    try:
        options = generator.options(**values)
        if getattr(options, "bytes_made", 0) > MOST_BYTES:
            raise DataError(f"the model asks for {options.bytes_made:,} bytes of {kind}: give the dataset")
        return generator.generate(options)
    except UsageError as error:
        raise DataError(f"the recorded options of {kind} can't be used: {error}") from None
