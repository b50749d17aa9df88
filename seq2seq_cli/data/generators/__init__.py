"""The kinds of data that s2s makes by itself, so that a model can have its data made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seq2seq_cli.data.corpus import TextDataset
from seq2seq_cli.data.dataset import Dataset
from seq2seq_cli.data.generators import addition, dates, numbers, python_text
from seq2seq_cli.errors import DataError

GENERATORS: Mapping[str, tuple[Callable[..., Any], Callable[[Any], Dataset]]] = {
    "addition": (addition.AdditionOptions, addition.generate),
    "dates": (dates.DateOptions, dates.generate),
    "numbers": (numbers.NumberOptions, numbers.generate),
}


def rebuild(description: Mapping[str, Any]) -> Dataset:
    """Make a dataset again from its description.

    Raises:
        DataError: nothing here makes data of that kind, or not with these options.
    """
    kind, options = description.get("kind"), description.get("options")
    if not isinstance(kind, str) or kind not in GENERATORS or not isinstance(options, dict):
        raise DataError(f"data of the kind {kind!r} can't be made again: give the dataset")
    make_options, generate = GENERATORS[kind]
    try:
        return generate(make_options(**options))
    except TypeError as error:
        raise DataError(f"the recorded options of {kind} are not ours ({error}): give the dataset") from None


def rebuild_text(description: Mapping[str, Any]) -> TextDataset:
    """Make a text dataset again from its description.

    Raises:
        DataError: nothing here makes text of that kind.
    """
    if description.get("kind") != "python":
        raise DataError(f"a text of the kind {description.get('kind')!r} can't be made again: give the dataset")
    return python_text.generate()
