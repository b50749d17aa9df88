"""`s2s train`: learn from a dataset."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import set_threads, takes
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.config import PRESETS, train_options
from seq2seq_cli.config.toml import ConfigFile, read_config, write_config
from seq2seq_cli.errors import S2SError, UsageError

if TYPE_CHECKING:
    from seq2seq_cli.config import Settings
    from seq2seq_cli.training.session import Session

DATA = "Data"
RUN = "Run"


@takes(
    train_options(),
    common=("preset", "output"),
    note="Defaults are those without a preset; --show-config shows what a run would use.",
    negatives=True,
)
def train(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA", help="A dataset's folder, of pairs or of text.  [default: additions, made in memory]"
        ),
    ] = None,
    lm: Annotated[
        bool | None,
        typer.Option(
            "--lm", rich_help_panel=DATA, help="Without DATA: a language model of the English in Python's library."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            rich_help_panel=RUN,
            help="The model file.  [default: models/<data>-<variant>.pkl]",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", rich_help_panel=RUN, help="Replace an existing model.")] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=RUN,
            autocompletion=lambda: list(PRESETS),
            help=f"Options by one name: {', '.join(PRESETS)}.  [default: none; of a text lm-small or char-lm]",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", rich_help_panel=RUN, help="Read options from a TOML file; those given here win."),
    ] = None,
    save_config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", rich_help_panel=RUN, help="Write all options to a TOML file, for --config."),
    ] = None,
    show_config: Annotated[
        bool,
        typer.Option(
            "--show-config", rich_help_panel=RUN, help="Print all options and where each comes from; train nothing."
        ),
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=RUN, help="Go on from a checkpoint.")
    ] = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Train a model. The best one on the valid part is kept.

    Example: s2s train --reverse --peeky
    """
    if resume is not None:
        others = {"data": data, "lm": lm, "output": output, "preset": preset, "config": config}
        others |= {"save_config": save_config, "show_config": show_config or None}
        session, warnings = _resumed(resume, [name for name, value in others.items() if value is not None], given)
    else:
        request = _Request(data, lm, preset, config, given)
        if show_config:
            from seq2seq_cli.cli.view.tables import print_settings

            settings, warnings = request.settings()
            console.warn(*warnings)
            _say_choice(settings)
            print_settings(settings)
            return
        session, warnings = request.session(output, force, save_config)
    console.warn(*warnings)
    _run(session)


def _resumed(path: Path, others: list[str], given: Mapping[str, Any]) -> tuple[Session, list[str]]:
    from seq2seq_cli.training.session import resume

    changed = [*others, *(name for name in given if name not in ("device", "threads"))]
    if changed:
        raise UsageError(f"`resume` takes no other options; the checkpoint fixes them: leave out `{changed[0]}`")
    set_threads(given.get("threads"))
    return resume(path, device=given.get("device"))


class _Request:
    """What the command line and a file ask for."""

    def __init__(
        self, data: Path | None, lm: bool | None, preset: str | None, config: Path | None, given: Mapping[str, Any]
    ) -> None:
        self._file = read_config(config) if config is not None else ConfigFile()
        self._data, self._preset = data or self._file.data, preset or self._file.preset
        self._lm, self._given = self._file.lm if lm is None else lm, dict(given)

    def settings(self) -> tuple[Settings, list[str]]:
        """Return all options and warnings about the data."""
        from seq2seq_cli.api.train import read_request

        _, settings, _, warnings = read_request(
            self._data, preset=self._preset, lm=bool(self._lm), options=self._given, file=self._file.layer
        )
        return settings, warnings

    def session(self, output: Path | None, force: bool, save_config: Path | None) -> tuple[Session, list[str]]:
        """Return the run, its options saved where that is wanted, and warnings about the data."""
        from seq2seq_cli.api.train import new_session

        if save_config is not None and save_config.exists() and not force:
            raise S2SError(f"{save_config} exists: give another `save_config`, or `force` to replace it")
        session, settings, warnings = new_session(
            self._data,
            output=output,
            preset=self._preset,
            lm=bool(self._lm),
            options=self._given,
            file=self._file.layer,
            force=force,
        )
        if save_config is not None:
            _save(save_config, write_config(settings, self._data), force)
        _say_choice(settings)
        return session, warnings


def _say_choice(settings: Settings) -> None:
    if settings.choice is not None:
        console.note(spell(settings.choice, {"preset": "--preset", "show_config": "--show-config"}))


def _save(path: Path, text: str, force: bool) -> None:
    from seq2seq_cli.files.atomic import atomic_write

    with atomic_write(path, overwrite=force) as file:
        file.write(text.encode("utf-8"))


def _run(session: Session) -> None:
    """Train to the end, or until somebody interrupts; exit with the signal's code then."""
    with _interruptible() as stopped:
        view = console.TrainingView(str(session.files.model), str(session.files.checkpoint))
        with view:
            for event in session.run(lambda: stopped() is not None):
                view.show(event)
    if (number := stopped()) is not None:
        console.note(f"interrupted; go on with: s2s train --resume {session.files.checkpoint}")
        sys.exit(128 + number)


@contextmanager
def _interruptible() -> Iterator[Callable[[], int | None]]:
    """Let Ctrl-C and a request to end finish the step and save; a second Ctrl-C stops at once.

    Yields:
        What returns the number of the signal that came, or None.
    """
    caught: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: caught[0] if caught else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
