"""The files of a training run, and whose they are.

Beside the model ``m.pkl`` stand its log ``m.jsonl`` and, until training is done, ``m.checkpoint``. A model of any
other name keeps all of it in theirs (``en-de.v1.jsonl``), so that two models never share a file.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.errors import ModelFileError, S2SError
from seq2seq_cli.files.locks import remove_litter
from seq2seq_cli.files.places import check_file, mode_at, target_of
from seq2seq_cli.model_file.content import ModelFile, read_head
from seq2seq_cli.training.log import RunLog

MODEL_SUFFIX, CHECKPOINT_SUFFIX, LOG_SUFFIX = ".pkl", ".checkpoint", ".jsonl"
MOST_NAMES = 10_000
"""That are tried; where none of so many is free, a file system lets none be taken."""
MODELS = Path("models")
"""Where a model goes when nobody says."""


@dataclass(frozen=True)
class RunFiles:
    """Where a run writes."""

    model: Path
    checkpoint: Path
    log: Path

    @classmethod
    def of(cls, model: Path) -> RunFiles:
        """Return the files of a run whose model goes to a path."""
        stem = model.name.removesuffix(MODEL_SUFFIX) or model.name
        return cls(model, model.with_name(f"{stem}{CHECKPOINT_SUFFIX}"), model.with_name(f"{stem}{LOG_SUFFIX}"))

    @classmethod
    def beside(cls, checkpoint: Path, recorded: str) -> RunFiles:
        """Return the files of a run that goes on from a checkpoint; its place decides, and not what it says.

        Args:
            checkpoint: where it stands. A file that was renamed goes on under its new name.
            recorded: the name that its model had: believed only where it would have this very checkpoint.
        """
        if recorded not in ("", ".", "..") and Path(recorded).name == recorded:
            files = cls.of(checkpoint.with_name(recorded))
            if files.checkpoint == checkpoint:
                return files
        stem = checkpoint.name.removesuffix(CHECKPOINT_SUFFIX) or checkpoint.name
        model, log = (checkpoint.with_name(f"{stem}{suffix}") for suffix in (MODEL_SUFFIX, LOG_SUFFIX))
        return cls(model, checkpoint, log)

    @property
    def outputs(self) -> tuple[Path, Path, Path]:
        """All of them."""
        return self.model, self.checkpoint, self.log

    def can_go_on(self) -> bool:
        """Tell whether the checkpoint is one of this very run."""
        try:
            found = read_head(self.checkpoint)
        except (ModelFileError, OSError):
            return False
        return found.checkpoint is not None and found.checkpoint["output"] == self.model.name


@dataclass(frozen=True)
class Place:
    """Where a run writes, held so that no other run can write there."""

    files: RunFiles
    log: RunLog
    """Holds the place until it is closed."""
    can_go_on: tuple[Path, ...] = ()
    """Checkpoints of interrupted runs that had the names before this one."""


# --- a run that begins ------------------------------------------------------------------------------------


def claim(model: Path, *, force: bool) -> Place:
    """Check all that a run will write, and take its place, so that no other run can.

    Args:
        model: where its model goes.
        force: whether older files of these names are replaced.

    Raises:
        S2SError: another run has the place; something stands there that may not be replaced; or nothing can be
            written there.
    """
    check_file(model, force=True)  # first: the others' names are made of its own
    files = RunFiles.of(model)
    for path in files.outputs[1:]:
        check_file(path, force=True)
    log = RunLog(files.log)
    try:
        _check_companions(files, force=force, abandoned=log.is_empty)
    except BaseException:
        log.close()
        raise
    remove_litter(target_of(files.model).parent)
    return Place(files, log)


def _check_companions(files: RunFiles, *, force: bool, abandoned: bool) -> None:
    """Refuse to lose what stands beside a model, and what stands in its place.

    Raises:
        S2SError: it would be lost.
    """
    if mode_at(files.checkpoint) is not None:
        if files.can_go_on():
            if not force:
                raise S2SError(
                    f"{files.checkpoint} can go on: `resume={files.checkpoint}`, or `force=True` to begin anew"
                )
        else:
            _refuse_strange_checkpoint(files)
    for path in files.outputs:
        if path != files.log or not abandoned:
            check_file(path, force=force)
    rival = _rival(files.model)
    if not abandoned and mode_at(files.model) is None and stat.S_ISREG(mode_at(rival) or 0):
        raise S2SError(f"{files.log} is the log of {rival}: give another `output`")


def _refuse_strange_checkpoint(files: RunFiles) -> None:
    """Refuse to write over another model, or another run's checkpoint, whatever is forced."""
    try:
        found = read_head(files.checkpoint)
    except (ModelFileError, OSError):
        return  # no model, so nothing of ours is lost
    what = "a model" if found.checkpoint is None else f"the checkpoint of {found.checkpoint['output']}"
    raise S2SError(f"{files.checkpoint} is {what}, and the run would write its own there: give another `output`")


def _rival(model: Path) -> Path:
    """Return the other name of a model that would have the same log: ``m`` and ``m.pkl``."""
    stem = model.name.removesuffix(MODEL_SUFFIX)
    return model.with_name(f"{model.name}{MODEL_SUFFIX}" if stem == model.name or not stem else stem)


def claim_free(data_name: str, variant: str, folder: Path = MODELS) -> Place:
    """Take the place ``models/<data>-<variant>.pkl``, or the one with the next free number.

    Raises:
        S2SError: nothing can be written there.
    """
    can_go_on, name = list[Path](), f"{data_name}-{variant}"
    for number in range(2, MOST_NAMES + 2):
        files = RunFiles.of(folder / f"{name}{MODEL_SUFFIX}")
        for path in files.outputs:
            check_file(path, force=True)
        log = RunLog.if_free(files.log)
        if log is not None:
            if log.is_empty and mode_at(files.model) is None and mode_at(files.checkpoint) is None:
                remove_litter(folder)
                return Place(files, log, tuple(can_go_on))
            if mode_at(files.checkpoint) is not None and files.can_go_on():
                can_go_on.append(files.checkpoint)
            log.close()
        name = f"{data_name}-{variant}-{number}"
    raise S2SError(
        f"{folder} has {MOST_NAMES:,} names like {data_name}-{variant}, or lets none be taken: give `output`"
    )


# --- a run that goes on -----------------------------------------------------------------------------------


def claim_again(checkpoint: Path, file: ModelFile, *, force: bool) -> Place:
    """Take the place of a run that goes on.

    Args:
        checkpoint: where it stands.
        file: what it holds.
        force: whether another run's model of that name is replaced.

    Raises:
        S2SError: another run has the place, or something stands there that is not this run's.
    """
    assert file.checkpoint is not None
    files = RunFiles.beside(checkpoint, str(file.checkpoint["output"]))
    for path in files.outputs:
        check_file(path, force=True)
    if mode_at(files.model) is not None:
        _check_same_run(files, file, force=force)
    log = RunLog(files.log)
    remove_litter(target_of(files.model).parent)
    return Place(files, log)


def _check_same_run(files: RunFiles, file: ModelFile, *, force: bool) -> None:
    try:
        found = read_head(files.model)
    except ModelFileError:
        raise S2SError(
            f"{files.model} would be replaced by the model of {files.checkpoint}, and is none: move it away"
        ) from None
    same = found.config == file.config and found.data.get("sha256") == file.data.get("sha256")
    if not (same or force):
        raise S2SError(
            f"{files.model} is not the model of {files.checkpoint}, which would replace it: rename one of them, "
            "or give `force=True`"
        )
