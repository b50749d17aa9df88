"""Options that somebody changes while a command runs: the same fields, the same checks, the same sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

from seq2seq_cli.config.effects import ARGUMENT, Layer, idle_message, is_off, obstacle
from seq2seq_cli.config.fields import CheckedType, Need, Option, options_of
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.errors import UsageError

SWITCHES = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
"""Words for a switch's values."""


@dataclass(frozen=True)
class LiveOptions(Generic[CheckedType]):
    """Options of a command, as they stand. A change gives new ones, or is refused and leaves these as they are.

    An option that a later change leaves without an effect rests, and holds again when what it needs is back.

    Args:
        config: the dataclass of the options.
        given: those that have been given, by their fields' names.
    """

    config: type[CheckedType]
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> dict[str, Option]:
        """The options by name, those that are settled when a command begins too."""
        return options_of(self.config)

    @property
    def resting(self) -> dict[str, Need | str]:
        """Why given options have no effect now, by name."""
        return self._held()[1]

    @property
    def effective(self) -> CheckedType:
        """What holds now."""
        return self.config(**self._held()[0])

    def why_idle(self, entry: Option) -> Need | str | None:
        """Return why an option has no effect now, whether it was given or not; None where it has one."""
        return obstacle(entry, None, vars(self.effective))

    def _held(self) -> tuple[dict[str, Any], dict[str, Need | str]]:
        """Take away what has no effect, until all that is left has one."""
        held, resting = dict(self.given), dict[str, Need | str]()
        while True:
            values = vars(self.config(**held))
            idle = {
                name: why
                for name in held
                if not is_off(values[name], self.table[name].default)
                and (why := obstacle(self.table[name], None, values)) is not None
            }
            if not idle:
                return held, resting
            resting.update(idle)
            for name in idle:
                del held[name]

    def find(self, word: str) -> Option:
        """Return the option of a name, in any of its spellings.

        Raises:
            UsageError: there is none.
        """
        name = word.lstrip("-").replace("-", "_").lower()
        for entry in self.table.values():
            if name in entry.spellings:
                return entry
        names = [entry.spelling.replace("_", "-") for entry in self.table.values() if not entry.once]
        raise UsageError(f"there is no setting {word}{hint(word, names)}")

    def changed(self, entry: Option, text: str) -> LiveOptions[CheckedType]:
        """Return options with another value of one.

        Args:
            entry: the option.
            text: the value as it is typed; nothing switches a switch on.

        Raises:
            UsageError: the value does not fit, the option can have no effect beside the others, or it is settled when
                the command begins.
        """
        if entry.once:
            raise UsageError(f"`{entry.name}` is settled when the command begins: leave, and give it there")
        value = entry.check(_read(entry, text))
        new = LiveOptions(self.config, {**self.given, entry.name: value})
        why = new.resting.get(entry.name)
        if why is not None:
            values = vars(self.config(**{**new._held()[0], entry.name: value}))
            raise UsageError(idle_message(Layer(ARGUMENT), entry.name, why, values))
        return new

    def unset(self, entry: Option) -> LiveOptions[CheckedType]:
        """Return options with one at its default; errors as `changed`'s."""
        if entry.once:
            raise UsageError(f"`{entry.name}` is settled when the command begins: leave, and give it there")
        return LiveOptions(self.config, {name: value for name, value in self.given.items() if name != entry.name})


def _read(entry: Option, text: str) -> Any:
    """Read a value as it is typed; one in double quotes keeps the blanks at its ends."""
    if entry.is_switch:
        return SWITCHES.get(text.lower(), text) if text else True
    if entry.is_list:
        return None if entry.optional and text == "none" else tuple(text.split())
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if quoted else entry.parse(text)
