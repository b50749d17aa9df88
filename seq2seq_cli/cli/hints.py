"""What may be typed next, said at a terminal when a command has done its work."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seq2seq_cli.cli import view as console
from seq2seq_cli.kinds import kind_of_model


def after_prep(folder: Path) -> None:
    """Name the command that learns from a dataset."""
    console.hint("learn from it", f"s2s train {shlex.quote(str(folder))}")


def for_model(model: Path, kind: str, data: Mapping[str, Any], source: str | None = None) -> None:
    """Name the commands that try a model and measure it.

    Args:
        model: its file.
        kind: of the model.
        data: the description of what it was trained on.
        source: something to try it with, as it stands in the data.
    """
    name = shlex.quote(str(model))
    simple = source and source.isprintable() and not source.startswith("-") and "\\" not in source  # as `echo` has it
    quoted = shlex.quote(source) if source and simple else None
    if trying := kind_of_model(kind).try_command(name, str(data.get("kind", "")), quoted):
        console.hint("try it", trying)
    counts = data.get("counts")
    parts = [part for part in ("test", "valid") if isinstance(counts, Mapping) and counts.get(part)]
    if parts and ("path" in data or "options" in data):
        console.hint("measure it", f"s2s evaluate -m {name}" + ("" if parts[0] == "test" else f" --part {parts[0]}"))


def resume(checkpoint: Path) -> None:
    """Name the command that goes on from a checkpoint."""
    console.hint("go on with it", f"s2s train --resume {shlex.quote(str(checkpoint))}")


def again(what: str, *more: str, without: str | None = None) -> None:
    """Name the command that was just typed, changed.

    Args:
        what: what it does then.
        more: what is added.
        without: what is taken away.
    """
    typed = [word for word in sys.argv[1:] if word != without]
    console.hint(what, f"s2s {shlex.join([*typed, *more])}")
