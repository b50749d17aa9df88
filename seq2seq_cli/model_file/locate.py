"""Choose the default model when none is named: one that learned from the data at hand, else the newest that fits."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.kinds import PAIRS, Kind
from seq2seq_cli.model_file.content import read_head

FOLDER = Path("models")


def newest_model(
    kind: Kind | None, folder: Path = FOLDER, *, made_by: str | None = None, data: Path | None = None
) -> tuple[Path, list[str]]:
    """Return the newest model of a kind (None: of any), and a line for each newer file that could not be used.

    Args:
        kind: of the model.
        folder: where to look.
        made_by: what made the data of the models to prefer (``chat``); newer ones of other data give way.
        data: a dataset, or a file of one; newer models that learned from other data give way.

    Raises:
        ModelFileError: there is none; the message gives the command that trains one.
    """
    passed: list[str] = []
    other: Path | None = None
    sums = _sums(data) if data is not None else {}
    for path in _files(folder):
        try:
            head = read_head(path)
        except (ModelFileError, OSError) as error:
            passed.append(str(error))
            continue
        if kind is None or kind.model == head.config.kind:
            fits = made_by in (None, head.data.get("kind"))
            if fits and (data is None or _learned_from(head.data, data, sums)):
                return path, passed
            other = other or path
    if other is not None:
        return other, passed
    what, command = (kind.model_title, kind.train_command) if kind else ("model", PAIRS.train_command)
    raise ModelFileError(f"there is no {what} under {folder}/: train one with `{command}`, or name one with -m")


def _files(folder: Path) -> Iterator[Path]:
    """Yield the regular files that may be models, the newest first; what can't be looked at hides no other."""
    times: dict[Path, float] = {}
    try:
        found = list(folder.glob("*.pkl"))
    except OSError:
        return
    for path in found:
        try:
            status = path.stat()
        except OSError:
            continue  # a link to nothing
        if stat.S_ISREG(status.st_mode):
            times[path] = status.st_mtime
    yield from sorted(times, key=lambda path: times[path], reverse=True)


def _learned_from(recorded: dict[str, Any], data: Path, sums: dict[str, Any]) -> bool:
    """Tell whether what a model records is this dataset, by its place or, if that was moved, by its content."""
    if sums and recorded.get("sha256") == sums:
        return True
    place = recorded.get("path")
    if not isinstance(place, str):
        return False
    try:
        known = Path(place).resolve()
        return known in (data.resolve(), data.resolve().parent)
    except (OSError, ValueError):
        return False


def _sums(data: Path) -> dict[str, Any]:
    """Return the hashes of a dataset's parts, as its description records them."""
    try:
        sums = json.loads((data / "dataset.json").read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return sums if isinstance(sums, dict) else {}
