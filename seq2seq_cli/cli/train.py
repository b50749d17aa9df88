"""`s2s train`: learn from a dataset."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import completion, hints
from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.interruption import interruptible
from seq2seq_cli.cli.options import set_threads, takes
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.config import PRESETS, train_options
from seq2seq_cli.config.presets import differing
from seq2seq_cli.config.toml import ConfigFile, read_config, write_config
from seq2seq_cli.errors import UsageError
from seq2seq_cli.files.places import check_file, target_of
from seq2seq_cli.types import STANDARD_STREAM

if TYPE_CHECKING:
    from seq2seq_cli.config import Settings
    from seq2seq_cli.training.session import Session

DATA = "Data"
RUN = "Run"
SPELLINGS = {
    name: f"--{name.replace('_', '-')}" for name in ("preset", "show_config", "resume", "init_from", "grow_vocabulary")
}
"""Of options that lines for people name."""


@takes(
    train_options(),
    common=("preset", "output"),
    note="Where presets differ, a default is that of made data and of a model of your own design. Captions, texts and "
    "other pairs get the preset that fits unless --preset names one; s2s train DATA --show-config shows what holds.",
    negatives=True,
    differing=differing(),
)
def train(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            help="A dataset's folder: pairs, captions or a text.  [default: additions, made in memory]",
            autocompletion=completion.datasets,
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
            help=f"Options by one name: {', '.join(PRESETS)}.  [default: the one that fits the data, if any]",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=RUN,
            help="Read options from a TOML file, - is standard input; those given here win.",
        ),
    ] = None,
    save_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=RUN,
            help="Write all options to a TOML file, for --config; - is standard output.",
        ),
    ] = None,
    show_config: Annotated[
        bool,
        typer.Option(
            "--show-config", rich_help_panel=RUN, help="Print all options and where each comes from; train nothing."
        ),
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            autocompletion=completion.checkpoints,
            rich_help_panel=RUN,
            help="Go on from a checkpoint, with its options; --epochs may be another number.",
        ),
    ] = None,
    init_from: Annotated[
        Path | None,
        typer.Option(
            "--init-from",
            metavar="FILE",
            autocompletion=completion.models,
            rich_help_panel=RUN,
            help="Begin with a model: its weights and vocabularies, and what is not given of its options and data.",
        ),
    ] = None,
    grow_vocabulary: Annotated[
        bool,
        typer.Option(
            "--grow-vocabulary",
            rich_help_panel=RUN,
            help="Let the vocabularies of --init-from take in the symbols of the data.",
        ),
    ] = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """Train a model. The best one on the valid part is kept.

    Example: s2s train --reverse --peeky

    Defaults depend on the data: add --show-config to see what a run would use, and where each value comes from.
    """
    if resume is not None:
        others = {"data": data, "lm": lm, "output": output, "preset": preset, "config": config}
        others |= {"save_config": save_config, "show_config": show_config or None, "init_from": init_from}
        others |= {"grow_vocabulary": grow_vocabulary or None}
        session, warnings = _resumed(
            resume, [name for name, value in others.items() if value is not None], force, given
        )
    else:
        file = read_config(config) if config is not None else ConfigFile()
        request = _Request(file, data, lm, preset, given, init_from=init_from, grow=grow_vocabulary)
        if show_config:
            request.show(save_config, force)
            return
        session, warnings = request.session(output, force, save_config)
    _warn(warnings)
    _run(session)


def _resumed(path: Path, others: list[str], force: bool, given: Mapping[str, Any]) -> tuple[Session, list[str]]:
    from seq2seq_cli.training.session import resume

    changed = [*others, *(name for name in given if name not in ("device", "threads", "epochs"))]
    if changed:
        word = "DATA" if changed[0] == "data" else f"`{changed[0]}`"
        raise UsageError(f"`resume` takes no other options; the checkpoint fixes them: leave out {word}")
    set_threads(given.get("threads"))
    return resume(path, device=given.get("device"), epochs=given.get("epochs"), force=force)


class _Request:
    """What the command line and a file ask for."""

    def __init__(
        self,
        file: ConfigFile,
        data: Path | None,
        lm: bool | None,
        preset: str | None,
        given: Mapping[str, Any],
        *,
        init_from: Path | None,
        grow: bool,
    ) -> None:
        from seq2seq_cli.api.train import beginning

        self._file, self._data, self._preset = file, data or file.data, preset or file.preset
        self._lm, self._given = file.lm if lm is None else lm, dict(given)
        self._begins = beginning(init_from or file.init_from, grow=grow or bool(file.grow_vocabulary))

    def show(self, save_config: Path | None, force: bool) -> None:
        """Print all options, and write them to a file where that is wanted; on standard output they are printed so."""
        from seq2seq_cli.api.train import read_request
        from seq2seq_cli.cli.view.tables import print_settings

        if save_config not in (None, STANDARD_STREAM):
            check_file(save_config, option="save_config", force=force)
        _, settings, _, warnings = read_request(
            self._data,
            preset=self._preset,
            lm=bool(self._lm),
            options=self._given,
            file=self._file.layer,
            begins=self._begins,
        )
        _warn(warnings)
        if settings.family is not None:  # which the table does not say
            _say_choice(settings)
        if save_config is not None:
            self._save(save_config, settings, force)
        if save_config == STANDARD_STREAM:
            return
        print_settings(settings)
        hints.again("train with these options", without="--show-config")

    def session(self, output: Path | None, force: bool, save_config: Path | None) -> tuple[Session, list[str]]:
        """Return the run, its options saved where that is wanted, and warnings about the data."""
        from seq2seq_cli.api.train import new_session

        if save_config not in (None, STANDARD_STREAM):
            check_file(save_config, option="save_config", force=force)
        with console.busy("reading the data"):
            session, settings, warnings = new_session(
                self._data,
                output=output or self._file.output,
                preset=self._preset,
                lm=bool(self._lm),
                options=self._given,
                file=self._file.layer,
                force=force,
                begins=self._begins,
            )
        if save_config is not None:
            if target_of(save_config).absolute() in [target_of(path).absolute() for path in session.files.outputs]:
                raise UsageError(f"`save_config` and the run would both write {save_config}: give another name")
            self._save(save_config, settings, force)
        _say_choice(settings)
        return session, warnings

    def _save(self, path: Path, settings: Settings, force: bool) -> None:
        from seq2seq_cli.files.atomic import atomic_write

        begins = self._begins
        text = (
            write_config(settings, self._data)
            if begins is None
            else write_config(settings, self._data, begins.path, grow_vocabulary=begins.grow)
        )
        if path == STANDARD_STREAM:
            print(text, end="", flush=True)
            return
        with atomic_write(path, overwrite=force) as file:
            file.write(text.encode("utf-8"))


def _say_choice(settings: Settings) -> None:
    if settings.choice is not None:
        console.note(spell(settings.choice, SPELLINGS))


def _warn(warnings: list[str]) -> None:
    console.warn(*(spell(warning, SPELLINGS) for warning in warnings))


def _run(session: Session) -> None:
    """Train to the end, or until somebody interrupts; exit with the signal's code then."""
    from seq2seq_cli.cli.view.progress import TrainingView

    checkpoint = session.files.checkpoint
    shown = TrainingView(str(session.files.model), str(checkpoint))
    reason = None
    with interruptible() as stopped:
        try:
            with console.Unfailing(shown) as view:
                for event in session.run(lambda: stopped() is not None):
                    reason = getattr(event, "reason", reason)
                    view.show(event)
        except KeyboardInterrupt:  # who presses Ctrl-C again can't wait for the end of a step
            reason = "stopped"
        if reason in ("interrupted", "stopped"):
            if checkpoint.exists():
                console.tell("interrupted; go on with:", f"s2s train --resume {quote(str(checkpoint))}")
            else:
                console.tell("interrupted; nothing is saved")
            sys.exit(128 + (stopped() or signal.SIGINT))
    shown.end(session.training.state.history)
    head = session.head
    hints.for_model(session.files.model, head.config.kind, head.data, shown.example)
