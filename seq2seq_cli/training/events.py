"""What a training run reports. The same names and fields stand in its JSON-lines log.

Each event is a frozen dataclass; `as_dict` adds its name and version. A field's meaning never changes
within a version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

from seq2seq_cli.errors import DataError


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    name: ClassVar[str]
    version: ClassVar[int] = 1

    def as_dict(self) -> dict[str, object]:
        """Return the event as builtins, its name and version first."""
        return {"event": self.name, "version": self.version, **asdict(self)}


@dataclass(frozen=True)
class Warned(Event):
    """Something about the data or the options that a person should know."""

    name: ClassVar[str] = "warning"
    message: str


@dataclass(frozen=True)
class Started(Event):
    """Training begins, or goes on after a checkpoint."""

    name: ClassVar[str] = "started"
    variant: str
    parameters: int
    train_size: int
    valid_size: int
    unit: str
    """What the two sizes count: rows, or symbols of a text."""
    epochs: int
    steps_per_epoch: int
    first_epoch: int
    """Counted from 1; above 1 when training goes on."""
    first_step: int
    backend: str
    device: str
    precision: str
    judged_by: str = "loss"
    """What the best epoch has the best of: a metric's name, or loss. Logs that are older say loss."""
    seconds: float = 0.0
    """What it took before it went on; 0 in older logs."""
    time_limit: float | None = None
    """The most seconds that it takes in all; None without a limit, and in older logs."""
    patience: int | None = None
    """After so many epochs without a better one it ends; None if it does not, and in older logs."""
    teacher_forcing: float = 1.0
    """The least share of gold inputs; 1 in older logs."""


@dataclass(frozen=True)
class Progress(Event):
    """Some steps were done. Not in the log."""

    name: ClassVar[str] = "progress"
    epoch: int
    step: int
    """Steps done in this epoch."""
    steps: int
    loss: float
    """Mean over this epoch so far, nats a symbol."""
    tokens_per_second: float
    """Source and target symbols."""


@dataclass(frozen=True)
class Sample:
    """An answer to one validation source."""

    source: str
    answer: str
    target: str
    right: bool


@dataclass(frozen=True)
class EpochDone(Event):
    """An epoch is over. Losses are in nats a symbol; the validation figures are None without such a part."""

    name: ClassVar[str] = "epoch"
    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float | None
    valid_exact_match: float | None
    """Free-running; None for a language model."""
    teacher_forcing: float
    """The share of gold inputs at the end of the epoch."""
    rate: float
    seconds: float
    tokens_per_second: float
    best: bool
    """Whether this is the best epoch so far."""
    samples: tuple[Sample, ...] = field(default=())
    text: str = ""
    """A few words that a language model writes now."""
    valid_error_rate: float | None = None
    """Free-running, of the answers' symbols; None where the best epoch is not judged by it, and in older logs."""
    valid_sureness: float | None = None
    """The mean log-probability of a symbol that all but one of a hundred answers reach; None of fewer answers, of a
    language model, and in older logs."""


@dataclass(frozen=True)
class Saved(Event):
    """A file was written."""

    name: ClassVar[str] = "saved"
    path: str
    what: str
    """``model`` or ``checkpoint``."""
    epoch: int


@dataclass(frozen=True)
class Finished(Event):
    """Training is over."""

    name: ClassVar[str] = "finished"
    reason: str
    """``epochs`` (all done), ``patience``, ``time`` (all used) or ``interrupted``."""
    epochs_done: int
    best_epoch: int | None
    seconds: float


@dataclass(frozen=True)
class NotFinite(Event):
    """A loss or gradient was not finite; training stops."""

    name: ClassVar[str] = "not-finite"
    epoch: int
    step: int
    """Counted from 1 within the epoch."""


@dataclass(frozen=True)
class Diverged(Event):
    """An epoch's loss was beyond all that learning has; training stops, and nothing of that epoch is kept."""

    name: ClassVar[str] = "diverged"
    epoch: int
    loss: float | None
    """Nats a symbol; None where it is no finite number."""


EVENTS: dict[str, type[Event]] = {
    event.name: event for event in (Warned, Started, Progress, EpochDone, Saved, Finished, NotFinite, Diverged)
}


def read_log(path: str | Path) -> list[Event]:
    """Read the JSON-lines log of a training run.

    Raises:
        DataError: a line is not an event that this s2s knows.
        OSError: the file can't be read.

    Example:
        >>> seq2seq_cli.read_log("digits.jsonl")[0].name
        'started'
    """
    return [
        _event(line, f"{path}:{number}") for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), 1)
    ]


def _event(line: str, place: str) -> Event:
    try:
        fields = json.loads(line)
        kind, version = EVENTS[fields.pop("event")], fields.pop("version")
        if version != kind.version:
            raise DataError(f"{place}: version {version} of {kind.name} is not known to this s2s")
        if "samples" in fields:
            fields["samples"] = tuple(Sample(**sample) for sample in fields["samples"])
        return kind(**fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{place}: not an event of a training run ({error})") from None
