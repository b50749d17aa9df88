"""What the commands of `s2s prep` share: where a dataset goes, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import hints
from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.config import options_from, options_of
from seq2seq_cli.data.folder import Dataset
from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.errors import UsageError

if TYPE_CHECKING:
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.files.folders import FolderPlace

OutputFolder = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to make.  [default: data/KIND]")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing dataset.")]


def make(kind: str, given: Mapping[str, Any], output: Path | None, force: bool) -> None:
    """Make a dataset of a kind that s2s makes by itself."""
    generator = GENERATORS[kind]
    options = options_from(generator.options, given)
    place = claim(output or Path("data") / kind, force)
    write(generator.generate(options), place)


def claim(folder: Path, force: bool) -> FolderPlace:
    """Take the place of a dataset before the work is done; it is given free when the process ends, if not before."""
    from seq2seq_cli.data.folder import claim_folder

    return claim_folder(folder, force=force)


def write(dataset: Dataset[Any], place: FolderPlace, warnings: Sequence[str] = ()) -> None:
    """Write a dataset's folder, and say what is in it."""
    from seq2seq_cli.data.folder import write_folder

    console.warn(*warnings)
    write_folder(place, dataset)
    folder = place.path
    counts = ", ".join(f"{name} {count:,}" for name, count in dataset.counts.items())
    level = dataset.levels.get("text")
    console.note(f"wrote {folder}: lines of {counts}; {level} level" if level else f"wrote {folder}: {counts}")
    hints.after_prep(folder)


@contextmanager
def told(problems: Problems) -> Iterator[None]:
    """Say at the end which lines can't be used, also where an error ends it: they may be its cause."""
    try:
        yield
    finally:
        console.warn(*problems.summary())


def note(messages: Iterable[str], config: type) -> None:
    """Say lines in which options of a dataclass are named."""
    spellings = {name: f"--{name.replace('_', '-')}" for name in options_of(config)}
    for message in messages:
        console.note(spell(message, spellings))


def options_among(config: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the given options that a dataclass has."""
    return {name: value for name, value in given.items() if name in options_of(config)}


def check_one_source(inputs: Sequence[Path] | None, parts: Mapping[str, object], option: str = "train_file") -> None:
    """Refuse files to split beside parts, and neither of them.

    Raises:
        UsageError: there are both, or none.
    """
    if bool(parts) == bool(inputs):
        raise UsageError(f"give either files to split, or `{option}` and the others")


def refuse(given: Mapping[str, Any], names: Sequence[str]) -> None:
    """Refuse options of splitting, where the parts are there already.

    Raises:
        UsageError: one is given.
    """
    for name in names:
        if name in given:
            raise UsageError(f"`{name}` has no effect, for these files are parts already; leave it out")
