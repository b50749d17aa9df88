"""Options as dataclass fields: each is said once, with its type, bounds, default, help, unit, paper and group.

`option` makes a field. `options_of` reads a class's fields back as `Option`s, from which the command line,
the TOML file, the Python signature and docs/options.md are made. `Checked` is the base of the dataclasses: it
checks every value when an object is made.

Messages name options in backquotes, as arguments (`` `batch_size` ``, `` `schedule="cosine"` ``); the command
line turns these into its own spelling (``--batch-size``, ``--schedule cosine``).
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from seq2seq_cli.config.suggest import hint
from seq2seq_cli.config.values import PATHS, TYPES, in_bounds, is_finite, shown
from seq2seq_cli.errors import UsageError

GROUPS = ("Model", "Learning", "Regularisation", "Language models", "Data", "Run")
"""Titles that options of training stand under, in their order."""
MODEL, LEARNING, REGULARISATION, LANGUAGE_MODELS, DATA, RUN = GROUPS

KINDS = ("pairs", "captions", "text")
"""What there is to learn from, and so the kinds of models that an option can be of."""
ENCODED = ("pairs", "captions")
"""Those whose models have an encoder."""

CheckedType = TypeVar("CheckedType", bound="Checked")


@dataclass(frozen=True)
class Need:
    """What other options must be for an option to have an effect.

    Args:
        names: one of these must have a value that is accepted; the first is the one to suggest.
        accepts: tells whether a value will do.
        example: a value that will do, for the message; None where there is nothing to add but to leave out.
        words: the same for the help, as the rest of a sentence.
    """

    names: tuple[str, ...]
    accepts: Callable[[Any], bool]
    example: object
    words: str

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the options have values with which there is an effect."""
        return any(self.accepts(values[name]) for name in self.names)


def among(name: str, *values: object) -> Need:
    """Return the need that an option has one of some values."""
    return Need((name,), lambda value: value in values, values[0], f"with `{name}` {' or '.join(map(str, values))}")


def positive(*names: str, example: float) -> Need:
    """Return the need that one of some options is above 0."""
    return more_than(0, *names, example=example)


def more_than(limit: float, *names: str, example: float) -> Need:
    """Return the need that one of some options is above a limit."""
    words = f"with `{names[0]}` above {limit:g}"
    return Need(names, lambda value: value is not None and value > limit, example, words)


def below(name: str, limit: float, *, example: float) -> Need:
    """Return the need that an option is below a limit."""
    return Need((name,), lambda value: value < limit, example, f"with `{name}` below {limit:g}")


def exceeding(name: str, limit: float, *, example: float) -> Need:
    """Return the need that an option is above a limit."""
    return Need((name,), lambda value: value > limit, example, f"with `{name}` above {limit:g}")


def present(name: str, *, example: object) -> Need:
    """Return the need that an option is given, or switched on."""
    return Need((name,), lambda value: value is not None and value is not False, example, f"with `{name}`")


def absent(name: str) -> Need:
    """Return the need that an option is not given, or switched off; the message says to leave it out."""
    return Need((name,), lambda value: value is None or value is False, None, f"without `{name}`")


def other_than(name: str, refused: str, *, example: str) -> Need:
    """Return the need that an option has any value but one."""
    return Need((name,), lambda value: value != refused, example, f"with `{name}` other than {refused}")


def option(default: Any, help: str = "", *, group: str = "", **facts: Any) -> Any:
    """Make a dataclass field that is an option, or with no group a field that is checked and no option.

    Args:
        default: its default.
        help: one sentence for people, without its end.
        group: the title that it stands under.
        **facts: any of
            low, high: the least and the greatest number, included; above: a number that it must exceed;
            unit: of the number; paper: where it comes from;
            names: other spellings, the first the command line's main one; old: spellings that are still understood;
            kinds: what it has an effect on (`KINDS`); needs: what else it needs for that (`Need`);
            otherwise: what None means, for the help;
            flag: the value that it has as a bare flag, where it has one of several;
            common: whether it stands in the short list of options that are most used;
            once: whether it is settled when a command begins, and can't be changed at its prompt.
    """
    unknown = facts.keys() - Option.__annotations__.keys()
    if unknown:
        raise TypeError(f"an option has no {', '.join(sorted(unknown))}")
    return dataclasses.field(default=default, metadata={"option": {"help": help, "group": group, **facts}})


class Option:
    """A field of a dataclass, described. (No dataclass itself: every command waits for this one to be made.)

    Args:
        name: the field's.
        hint: its type.
        default: its default.
        facts: what `option` says of it besides; what it does not say is as written here.
    """

    help: str = ""
    group: str = ""
    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    unit: str = ""
    paper: str = ""
    names: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    needs: tuple[Need, ...] = ()
    otherwise: str = ""
    flag: str | None = None
    common: bool = False
    once: bool = False

    def __init__(self, name: str, hint: Any, default: Any, facts: Mapping[str, Any]) -> None:
        self.name, self.hint, self.default, self.facts = name, hint, default, facts
        vars(self).update(facts)

    @property
    def optional(self) -> bool:
        """Whether None is a value."""
        return type(None) in get_args(self.hint)

    @property
    def base(self) -> Any:
        """The type without None: bool, int, float, str, or a Literal."""
        if get_origin(self.hint) in (types.UnionType, Union):
            return next(part for part in get_args(self.hint) if part is not type(None))
        return self.hint

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from, where there are few; of a list, for each of its places."""
        value = get_args(self.base)[0] if self.is_list else self.base
        return get_args(value) if get_origin(value) is Literal else ()

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off."""
        return self.base is bool

    @property
    def is_list(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(self.base) is tuple and self.base != PATHS

    @property
    def spelling(self) -> str:
        """The command line's main spelling of its name, with underscores."""
        return self.names[0] if self.names else self.name

    @property
    def spellings(self) -> tuple[str, ...]:
        """All names that it goes by."""
        return (*self.names, self.name, *self.old)

    def describe(self) -> str:
        """Say what its values are."""
        if self.choices:
            words = ("any of " if self.is_list else "") + ", ".join(self.choices)
        elif self.is_list:
            words = "texts"
        else:
            words = TYPES.get(self.base, f"made by {self.base.__name__}(…)") + in_bounds(
                self.low, self.high, self.above
            )
        return f"{words}, or none" if self.optional else words

    def parse(self, text: str) -> Any:
        """Read a value as the command line has it: a number, a choice, or ``none`` where that is a value.

        What is not of its type comes back as it is, for `check` to refuse.
        """
        if self.optional and text == "none":
            return None
        if self.base in (int, float, Path):
            try:
                return self.base(text)
            except ValueError:
                return text
        return text

    def check(self, value: Any, spelled: str = "") -> Any:
        """Return a value as the type that the field has; a NumPy number becomes one of Python.

        Args:
            value: the value.
            spelled: how a message names the option; by default as an argument.

        Raises:
            UsageError: it has another type, or is out of bounds.
        """
        if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
            value = value.item()
        if self._fits(value):
            convert = float if self.base is float else tuple if self.is_list else None
            return value if convert is None or value is None else convert(value)
        meant = hint(value[-1] if self.is_list and value else value, self.choices)
        raise UsageError(f"{spelled or f'`{self.name}`'} must be {self.describe()}, not {shown(value)}{meant}")

    def _fits(self, value: Any) -> bool:
        if value is None:
            return self.optional
        if self.is_list:
            return isinstance(value, (list, tuple)) and all(map(self._is_text, value))
        if self.choices:
            return self._is_text(value)
        if self.base in (int, float):
            kind = int if self.base is int else (int, float)
            number = isinstance(value, kind) and not isinstance(value, bool)
            return number and is_finite(value) and self.low <= value <= self.high and value > self.above
        if self.base == PATHS:
            return isinstance(value, tuple) and [isinstance(part, Path) for part in value] == [True, True]
        return isinstance(value, self.base)

    def _is_text(self, value: Any) -> bool:
        return isinstance(value, str) and (not self.choices or value in self.choices)


@cache
def fields_of(config: type) -> tuple[Option, ...]:
    """Return a dataclass's fields, those that are no options too."""
    hints = get_type_hints(config)
    return tuple(
        Option(entry.name, hints[entry.name], entry.default, entry.metadata.get("option", {}))
        for entry in dataclasses.fields(config)
    )


def options_of(*configs: type) -> dict[str, Option]:
    """Return the options of dataclasses by name."""
    return {entry.name: entry for config in configs for entry in fields_of(config) if entry.group}


@dataclass(frozen=True)
class Checked:
    """Base of dataclasses of options: type checks, bounds, and conversion from and to plain dictionaries."""

    def __post_init__(self) -> None:
        own: type = type(self)
        for entry in fields_of(own):
            given = getattr(self, entry.name)
            value = entry.check(given)
            if value is not given:
                object.__setattr__(self, entry.name, value)

    def as_dict(self) -> dict[str, object]:
        """Return the fields as a dictionary of builtins."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls: type[CheckedType], values: Mapping[str, object]) -> CheckedType:
        """Make one from a dictionary.

        Raises:
            UsageError: for a name that is not a field, or a value that does not fit.
        """
        known = {entry.name for entry in dataclasses.fields(cls)}
        unknown = sorted(str(name) for name in values if name not in known)
        if unknown:
            raise UsageError(
                f"{cls.__name__} has no field {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
            )
        return cls(**values)
