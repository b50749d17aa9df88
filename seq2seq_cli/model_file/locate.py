"""Choose the default model when none is named: the newest one of the right kind."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.kinds import PAIRS, Kind
from seq2seq_cli.model_file.content import read_head

FOLDER = Path("models")


def newest_model(kind: Kind | None, folder: Path = FOLDER, *, made_by: str | None = None) -> tuple[Path, list[str]]:
    """Return the newest model of a kind (None: of any), and a line for each newer file that could not be used.

    Args:
        kind: of the model.
        folder: where to look.
        made_by: what made the data of the models to prefer (``chat``); newer ones of other data give way.

    Raises:
        ModelFileError: there is none; the message gives the command that trains one.
    """
    passed: list[str] = []
    other: Path | None = None
    try:
        files = sorted(folder.glob("*.pkl"), key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        files = []
    for path in files:
        try:
            head = read_head(path)
        except (ModelFileError, OSError) as error:
            passed.append(str(error))
            continue
        if kind is None or kind.model == head.config.kind:
            if made_by in (None, head.data.get("kind")):
                return path, passed
            other = other or path
    if other is not None:
        return other, passed
    what, command = (kind.model_title, kind.train_command) if kind else ("model", PAIRS.train_command)
    raise ModelFileError(f"there is no {what} under {folder}/: train one with `{command}`, or name one with -m")
