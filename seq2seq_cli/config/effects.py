"""Which options can have an effect, and how a message refuses one that can have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seq2seq_cli.config.fields import CheckedType, Need, Option, options_of
from seq2seq_cli.errors import UsageError
from seq2seq_cli.kinds import kind_named

ARGUMENT = "argument"
"""The origin of what a caller or the command line gives."""


@dataclass(frozen=True)
class Layer:
    """Options from one place.

    Args:
        origin: where they are from, for people: `ARGUMENT`, or a file's name.
        values: by name, in any of its spellings.
    """

    origin: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> bool:
        """Whether they are given as arguments, and not in a file."""
        return self.origin == ARGUMENT

    @property
    def place(self) -> str:
        """What a message about them begins with."""
        return "" if self.given else f"{self.origin}: "

    def spell(self, name: str, value: object = None) -> str:
        """Write an option, or one with a value, as it is written in this place."""
        if self.given:
            return f"`{name}`" if value is None else f"`{name}={value!r}`"
        key = name.replace("_", "-")
        return key if value is None else f"{key} = {_quoted(value)}"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def obstacle(entry: Option, kind: str | None, values: Mapping[str, Any]) -> Need | str | None:
    """Return why an option can have no effect: the need that is not met, or words; None where it can.

    Args:
        entry: the option.
        kind: what it would act on, ``pairs`` or ``text``; None where nobody knows yet.
        values: of all options.
    """
    if kind is not None and kind not in entry.kinds:
        titles = " or ".join(kind_named(name).data_title for name in entry.kinds)
        return f"has no effect on {kind_named(kind).data_title}: it is of models that learn from {titles}"
    return next((need for need in entry.needs if not need.holds(values)), None)


def idle_message(layer: Layer, name: str, why: Need | str | None, values: Mapping[str, Any], source: str = "") -> str:
    """Say that an option can have no effect, why, and what to do.

    Args:
        layer: where it was given.
        name: the option.
        why: what `obstacle` returned.
        values: of all options.
        source: where the value that stands in the way comes from, in brackets.
    """
    words = layer.place + layer.spell(name)
    if not isinstance(why, Need):
        return f"{words} {why}; leave it out"
    other = why.names[0]
    if why.example is None:
        return f"{words} has no effect with {layer.spell(other)}{source}: leave out one of them"
    return (
        f"{words} has no effect with {layer.spell(other)} {shown(values[other])}{source}: "
        f"leave it out, or add {layer.spell(other, why.example)}"
    )


def shown(value: object) -> str:
    """Write an option's value as a message says it."""
    if value is None or value is False:
        return "off"
    return "on" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def is_off(value: object, default: object) -> bool:
    """Tell whether a value says that something is off, which is true whatever else there is."""
    return value is None or value is False or value == "none" or value == default == 0.0


def options_from(config: type[CheckedType], given: Mapping[str, Any], kind: str | None = None) -> CheckedType:
    """Make a dataclass of the options that were given.

    Args:
        config: the dataclass.
        given: options by their fields' names.
        kind: what they act on; None where nobody knows yet.

    Raises:
        UsageError: a value does not fit, or an option can have no effect.
    """
    found = config(**given)
    values, layer = vars(found), Layer(ARGUMENT, given)
    for name, entry in options_of(config).items():
        if name not in given or is_off(values[name], entry.default):
            continue
        why = obstacle(entry, kind, values)
        if why is not None:
            raise UsageError(idle_message(layer, name, why, values))
    return found
