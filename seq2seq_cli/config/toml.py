"""Options in a TOML file: read, and written so that reading them again gives the same run."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seq2seq_cli.config.effects import Layer
from seq2seq_cli.config.presets import PRESETS
from seq2seq_cli.config.settings import Settings, canonical, train_options
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.config.values import shown
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.kinds import kind_named
from seq2seq_cli.types import STANDARD_STREAM
from seq2seq_cli.utf8 import decode

LARGEST = 1 << 20
"""Bytes of a file of options."""


@dataclass(frozen=True)
class ConfigFile:
    """What a file says."""

    layer: Layer | None = None
    """Its options, under their fields' names."""
    data: Path | None = None
    preset: str | None = None
    lm: bool | None = None
    output: Path | None = None
    init_from: Path | None = None
    grow_vocabulary: bool | None = None


def read_config(path: Path) -> ConfigFile:
    """Read a TOML file of options, named as on the command line, and of what is none: ``data``, ``preset``, ``lm``,
    ``output``, ``init-from`` and ``grow-vocabulary``. A path ``-`` is standard input.

    Raises:
        DataError: it can't be read, or is not TOML.
        UsageError: a name is no option, or a value does not fit.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    standard = path == STANDARD_STREAM
    path = Path("standard input") if standard else path
    try:
        with nullcontext(sys.stdin.buffer) if standard else path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise DataError(f"{path}: it has more than {LARGEST:,} bytes, so it is no file of options")
        content = tomllib.loads(decode(path, data))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # of its form, or of a number or date that can't be
        raise DataError(f"{path}: it is not TOML: {error}") from None
    except RecursionError:
        raise DataError(f"{path}: it is nested too deep for options") from None
    values = {name.replace("-", "_"): value for name, value in content.items()}
    paths = {name: _taken(path, values, name, str) for name in ("data", "output", "init_from")}
    preset = _taken(path, values, "preset", str)
    lm, grow = (_taken(path, values, name, bool) for name in ("lm", "grow_vocabulary"))
    if preset is not None and preset not in PRESETS:
        known = hint(preset, PRESETS, f"; there are {', '.join(PRESETS)}")
        raise UsageError(f"{path}: preset: there is no {shown(preset)}{known}")
    layer = Layer(str(path), {name: _unwritten(name, value) for name, value in values.items()})
    places = {name: None if place is None else Path(place) for name, place in paths.items()}
    return ConfigFile(Layer(str(path), canonical(layer)), preset=preset, lm=lm, grow_vocabulary=grow, **places)


def _taken(path: Path, values: dict[str, Any], name: str, kind: type) -> Any:
    value = values.pop(name, None)
    if value is not None and not isinstance(value, kind):
        raise UsageError(
            f"{path}: {name.replace('_', '-')} must be {'a text' if kind is str else 'true or false'}, "
            f"not {shown(value)}"
        )
    return value


def _unwritten(name: str, value: Any) -> Any:
    """Return None for a written ``none`` of an option that has no such choice; the check refuses it elsewhere."""
    entry = train_options().get(name)
    return None if value == "none" and (entry is None or "none" not in entry.choices) else value


def write_config(
    settings: Settings, data: Path | None = None, init_from: Path | None = None, *, grow_vocabulary: bool = False
) -> str:
    """Write all options of a run that have an effect, the preset's included, so that the file needs no preset.

    Args:
        settings: the options.
        data: the dataset's folder, if there is one.
        init_from: the model that training begins with, if there is one.
        grow_vocabulary: whether its vocabularies grow.

    Raises:
        DataError: its name is not UTF-8.
    """
    lines = [f"data = {_toml(str(data))}"] if data is not None else []
    flag = kind_named(settings.kind).train_flag
    if init_from is not None:
        lines += [f"init-from = {_toml(str(init_from))}", f"grow-vocabulary = {_toml(grow_vocabulary)}"]
    elif flag is not None and data is None:
        lines.append(f"{flag} = true")
    group = ""
    for name, value in settings.values.items():
        entry = train_options()[name]
        if entry.group != group:
            group = entry.group
            lines += ["", f"# {group}"]
        lines.append(f"{name.replace('_', '-')} = {_toml(value)}")
    return "\n".join(lines).lstrip("\n") + "\n"


def _check_unicode(value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise DataError(f"{value}: the name is not UTF-8, so `save_config` can't write it: rename it") from None


def _toml(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        _check_unicode(value)
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a JSON string is a TOML string else
    return repr(value)
