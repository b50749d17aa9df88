"""Options of commands, made from the dataclasses that say them, and those that several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import completion
from seq2seq_cli.cli import view as console
from seq2seq_cli.config.fields import Option, options_of
from seq2seq_cli.config.values import PATHS
from seq2seq_cli.config.wording import command_spellings, default_text, help_text

if TYPE_CHECKING:
    from seq2seq_cli.config import ModelConfig
    from seq2seq_cli.kinds import Kind

GIVEN = "given"
"""The parameter of a command that takes the options that were given, by their fields' names."""

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FILE",
        help="A model file.  [default: the newest suitable one in models/]",
        autocompletion=completion.models,
    ),
]

ModelsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="FILE",
        help="A model file; several answer together, by the mean of their probabilities.  "
        "[default: the newest suitable one in models/]",
        autocompletion=completion.models,
    ),
]


def takes(
    options: Mapping[str, Option],
    *,
    common: Sequence[str] = (),
    note: str = "",
    negatives: bool = False,
    differing: Container[str] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command function the options that are described, beside the parameters it writes itself.

    Args:
        options: by name. Those that a user gives arrive, read and not yet checked, in the parameter `GIVEN`.
        common: parameters of its own that are among the most used.
        note: a sentence for the end of the help.
        negatives: whether switches can be switched off too, because something else may have switched them on.
        differing: names of those whose defaults depend on the data, which their help says.
    """
    used = sorted((entry for entry in options.values() if entry.common), key=lambda entry: not _is_flag(entry))
    shown = [*(entry.spelling for entry in used), *common]
    old = {_dashed(name) for entry in options.values() for name in entry.old}

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = dict(inspect.signature(function, eval_str=True).parameters)
        del own[GIVEN]

        @functools.wraps(function)
        def command(**values: Any) -> None:
            mine = {name: values.pop(name) for name in own}
            function(**mine, given=_read(options, values))

        del command.__wrapped__  # or the function's own signature would be looked at
        made = [
            parameter
            for entry in options.values()
            for parameter in _parameters(entry, negatives, entry.name in differing)
        ]
        # The generated ones come first, because their order is that of the groups in the help.
        parameters = [*made, *(entry.replace(kind=inspect.Parameter.KEYWORD_ONLY) for entry in own.values())]
        facts = {"common": shown, "old": old, "note": note, "__signature__": inspect.Signature(parameters)}
        command.__dict__.update(facts)
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def takes_fields(*configs: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command function the options of dataclasses; see `takes`."""
    return takes(options_of(*configs))


def _is_flag(entry: Option) -> bool:
    return entry.is_switch or entry.flag is not None


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _parameters(entry: Option, negatives: bool, differs: bool) -> list[inspect.Parameter]:
    """Return the parameters that an option becomes: one, or a flag and a choice."""
    names = [_dashed(name) for name in (*command_spellings(entry), *entry.old)]
    presets = "; presets differ" if differs else ""
    help = f"{help_text(entry)}  [default: {default_text(entry)}{presets}]"
    if entry.flag is not None:
        flag = f"{help_text(entry)}  [default: off{presets}]"
        score = f"{entry.help}: {', '.join(entry.choices)}.  [default: {entry.flag}, with {names[0]}]"
        return [
            _parameter(entry.name, bool | None, _switches(names), flag, entry),
            _parameter(f"{entry.name}_score", str | None, [f"{names[0]}-score"], score, entry),
        ]
    if entry.is_switch:
        names = _switches(names) if negatives else names
        return [_parameter(entry.name, bool | None, names, help if negatives else help_text(entry), entry)]
    if entry.choices:
        help = help.replace("  [default", f" Choices: {', '.join(entry.choices)}.  [default")
    kind: Any = list[str] | None if entry.is_list else tuple[Path, Path] | None if entry.base == PATHS else str | None
    return [_parameter(entry.name, kind, names, help, entry)]


def _switches(names: list[str]) -> list[str]:
    return [f"{name}/--no-{name.removeprefix('--')}" for name in names]


def _parameter(name: str, kind: Any, declarations: list[str], help: str, entry: Option) -> inspect.Parameter:
    info = typer.Option(
        *declarations,
        help=help,
        show_default=False,
        metavar=None if kind == bool | None else _metavar(entry),
        rich_help_panel=entry.group,
        autocompletion=_completion(entry, kind),
    )
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, info])


def _completion(entry: Option, kind: Any) -> Callable[..., list[str]] | None:
    choices = list(entry.choices)
    if choices and kind != bool | None:
        return lambda: choices
    return {"device": completion.devices, "compare": completion.models}.get(entry.name)


def _metavar(entry: Option) -> str:
    if entry.unit:
        return entry.unit.upper()
    words = {int: "N", float: "X", str: "TEXT", Path: "FILE", PATHS: "FILE FILE"}
    return words.get(entry.base, "NAME" if entry.choices else "TEXT")


def _read(options: Mapping[str, Option], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given, as values of the options' types."""
    given = {}
    for name, value in values.items():
        if value is None or value == []:
            continue
        entry = options.get(name) or options[name.removesuffix("_score")]
        given[name] = entry.parse(value) if isinstance(value, str) else value
    return given


def find_model(model: Path | None, kind: Kind | None, *, made_by: str | None = None, data: Path | None = None) -> Path:
    """Return the model that is meant, naming it on stderr where it was not given; see `newest_model`."""
    if model is not None:
        return model
    from seq2seq_cli.model_file.locate import newest_model

    path, passed = newest_model(kind, made_by=made_by, data=data)
    console.warn(*passed)
    console.note(f"using {path}")
    return path


def refuse_max_length(max_length: int | None, config: ModelConfig) -> None:
    """Refuse a longest answer for a model that always writes one width.

    Raises:
        UsageError: it was given, and can have no effect.
    """
    from seq2seq_cli.inference.answer_options import AnswerOptions, check_options

    check_options(AnswerOptions(max_length=max_length), config)


def set_threads(threads: int | None) -> None:
    """Apply --threads, and load NumPy before the rest of a command's imports.

    Deep inside other imports it took 8 ms longer: at some depths of the stack CPython 3.11 gives memory for frames back
    and takes it again with every call (1,000 page faults more).
    """
    import numpy  # noqa: F401

    if threads is not None:
        from seq2seq_cli.backend import limit_threads

        limit_threads(threads)
