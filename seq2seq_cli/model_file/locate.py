"""Choose the default model when none is named: the newest one of the right kind."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.kinds import PAIRS, Kind
from seq2seq_cli.model_file.content import read_head

FOLDER = Path("models")


def newest_model(kind: Kind | None, folder: Path = FOLDER) -> tuple[Path, list[str]]:
    """Return the newest model of a kind (None: of any), and a line for each newer file that could not be used.

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
            if kind is None or kind.model == read_head(path).config.kind:
                return path, passed
        except (ModelFileError, OSError) as error:
            passed.append(str(error))
    what, command = (kind.model_title, kind.train_command) if kind else ("model", PAIRS.train_command)
    raise ModelFileError(f"there is no {what} under {folder}/: train one with `{command}`, or name one with -m")
