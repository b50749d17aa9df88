"""Writing pickles of builtins, the same bytes for the same content."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from seq2seq_cli.files.atomic import atomic_write

_PLAIN = (str, bytes, int, float, bool, type(None))


def _check(value: Any, place: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"{place} has the key {key!r}, which is no text")
            _check(item, f"{place}.{key}")
    elif type(value) in (list, tuple):
        for item in value:
            _check(item, place)
    elif type(value) not in _PLAIN:
        raise TypeError(f"{place} is a {type(value).__name__}, which does not go into a model file")


def write_pickle(path: Path, value: dict[str, Any], *, overwrite: bool = True) -> None:
    """Write builtins atomically.

    Raises:
        TypeError: something is not a builtin; nothing was written.
        S2SError: the file exists and may not be replaced.
    """
    _check(value, "the content")
    with atomic_write(path, overwrite=overwrite) as file:
        pickler = pickle.Pickler(file, protocol=4)
        # Without a memo equal content gives equal bytes, whether or not two parts are one object.
        pickler.fast = True
        pickler.dump(value)
