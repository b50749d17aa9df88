"""The kinds of data that s2s makes by itself, so that a model can have its data made again.

A kind is one module with its options, a frozen dataclass whose fields all have defaults, and `generate`,
which makes a dataset from them; and one line in `GENERATORS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from seq2seq_cli.data.folder import PARTS, Dataset
from seq2seq_cli.data.formats import PairsDataset, TextDataset
from seq2seq_cli.data.generators import addition, dates, numbers, python_text
from seq2seq_cli.errors import DataError, UsageError

MOST_ROWS = 1_000_000
"""Rows that a description may ask to be made again: it may stand in a model file that a stranger made."""


@dataclass(frozen=True)
class Generator:
    """A kind of data: its options, and what makes a dataset from them."""

    options: type[Any]
    generate: Callable[[Any], Dataset[Any]]


GENERATORS: Mapping[str, Generator] = {
    "addition": Generator(addition.AdditionOptions, addition.generate),
    "dates": Generator(dates.DateOptions, dates.generate),
    "numbers": Generator(numbers.NumberOptions, numbers.generate),
    "python": Generator(python_text.PythonTextOptions, python_text.generate),
}


def rebuild(description: Mapping[str, Any]) -> Dataset[Any]:
    """Make a dataset again from its description.

    Args:
        description: with its ``kind`` and ``options``; nothing in it is believed.

    Raises:
        DataError: nothing here makes data of that kind, or not with these options, or not so much of it.
        MissingExtraError: the kind needs a library that is not installed.
    """
    kind, values = description.get("kind"), description.get("options")
    generator = GENERATORS.get(kind) if isinstance(kind, str) else None
    if generator is None or not isinstance(values, dict):
        raise DataError(f"data of the kind {kind!r} can't be made again: give the dataset")
    defaults = {entry.name: entry.default for entry in fields(generator.options)}
    for name, value in values.items():
        if name not in defaults or type(value) is not type(defaults[name]):
            raise DataError(f"the recorded options of {kind} are not ours ({name}={value!r}): give the dataset")
    rows = sum(abs(values.get(part, 0)) for part in PARTS)
    if rows > MOST_ROWS:
        raise DataError(f"the model asks for {rows:,} rows of {kind}; more than {MOST_ROWS:,} are not made again")
    try:
        return generator.generate(generator.options(**values))
    except UsageError as error:
        raise DataError(f"the recorded options of {kind} can't be used: {error}") from None


def default_pairs(seed: int = 0) -> PairsDataset:
    """Return the pairs that training uses when none are given: the book's additions, made in memory."""
    return addition.generate(addition.AdditionOptions(seed=seed))


def default_text(seed: int = 0) -> TextDataset:
    """Return the text that training uses when none is given: Python's own English, whatever the seed."""
    return python_text.generate(python_text.PythonTextOptions())
