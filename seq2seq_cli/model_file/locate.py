"""Finding the model that somebody means who names none."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.config import Kind
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.model_file.format import read_head

FOLDER = Path("models")


def newest_model(kind: Kind, folder: Path = FOLDER) -> tuple[Path, list[str]]:
    """Return the newest model of a kind, and a line for each newer file that could not be used.

    Raises:
        ModelFileError: there is none; the message gives the command that trains one.
    """
    passed: list[str] = []
    try:
        files = sorted(folder.glob("*.pkl"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        files = []
    for path in files:
        try:
            if read_head(path).config.kind == kind:
                return path, passed
        except (ModelFileError, OSError) as error:
            passed.append(str(error))
    raise ModelFileError(
        f"there is no {kind} model under {folder}/: train one with `s2s train --reverse --peeky`, or name one with -m"
    )
