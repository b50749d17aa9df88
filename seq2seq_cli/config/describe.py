"""Options written out for people and for type checkers: docs/options.md and `signature.py` are made here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seq2seq_cli.config.fields import Option, options_of
from seq2seq_cli.config.presets import PRESETS
from seq2seq_cli.config.settings import train_options
from seq2seq_cli.config.wording import command_spellings, default_text, help_text

FAR = 1_000
"""A bound from here on is left out of the tables; messages name it."""

HEAD = """# Options

Made from the fields of `seq2seq_cli/config` by `python docs/make_options.py`; a test says when it is out of date.

An option is written `--batch-size 32` on the command line, `batch-size = 32` in a file for `--config`, and
`batch_size=32` in Python. A later one wins: default, preset, file, option. Where `none` is a value it is written so on
the command line, `"none"` in a file, and `None` in Python. An option that can have no effect is refused.
`s2s train --help` also shows the few that are no settings of a run. Of them a file may have `data`, `preset`, `lm`,
`output`, `init-from` and `grow-vocabulary`.

## s2s train
"""


def options_markdown(commands: Mapping[str, Sequence[type]]) -> str:
    """Return the text of docs/options.md.

    Args:
        commands: the commands beside ``train``, and the dataclasses of their options.
    """
    parts = [HEAD, *_tables(train_options().values())]
    parts.append("### Presets\n\n" + _table(("preset", "for", "what", "sets"), map(_preset_row, PRESETS)))
    for command, configs in commands.items():
        parts += [f"## s2s {command}\n", *_tables(options_of(*configs).values())]
    return "\n".join(parts)


def _tables(options: Iterable[Option]) -> list[str]:
    groups: dict[str, list[Option]] = {}
    for entry in options:
        groups.setdefault(entry.group, []).append(entry)
    header = ("option", "in Python", "values", "default", "what it does")
    return [f"### {group}\n\n{_table(header, map(_row, entries))}" for group, entries in groups.items()]


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _row(entry: Option) -> tuple[str, ...]:
    spellings = ", ".join(f"`--{name.replace('_', '-')}`" for name in command_spellings(entry))
    if entry.flag is not None:
        spellings += f", `--{entry.name}-score`"
    return spellings, f"`{entry.name}`", _values(entry), default_text(entry), help_text(entry)


def _values(entry: Option) -> str:
    """Return what the values are, without a bound that nobody will reach."""
    if entry.base in (int, float) and entry.high >= FAR:
        entry = Option(entry.name, entry.hint, entry.default, {**entry.facts, "high": math.inf})
    return entry.describe().replace(", or none", "; `none`")


def _preset_row(name: str) -> tuple[str, ...]:
    preset = PRESETS[name]
    values = ", ".join(f"{option} {value}" for option, value in preset.values.items())
    if preset.recipe is not None:
        values = "chosen from the training part; `--show-config` shows it"
    return f"`{name}`", preset.kind, preset.summary, values


SIGNATURE_HEAD = '''"""The options of `seq2seq_cli.train` as types. Made by `python docs/make_options.py`."""

from __future__ import annotations

from typing import Literal, TypedDict


class TrainOptions(TypedDict, total=False):
    """Options by name; see docs/options.md."""

'''


def signature_source() -> str:
    """Return the text of `signature.py`."""
    lines = []
    for entry in train_options().values():
        words = f"{help_text(entry)} Default: {default_text(entry)}.".replace("`", "")
        lines += [f"    {entry.name}: {_type(entry)}", *_wrapped(f'"""{words}"""')]
    return SIGNATURE_HEAD + "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 116, initial_indent="    ", subsequent_indent="    ")


def _type(entry: Option) -> str:
    names: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str"}
    choices = ", ".join(f'"{choice}"' for choice in entry.choices)
    words = [f"Literal[{choices}]" if choices else names[entry.base]]
    if entry.flag is not None:
        words.append("bool")
    if entry.optional:
        words.append("None")
    return " | ".join(words)
