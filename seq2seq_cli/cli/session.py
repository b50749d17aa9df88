"""A command at a terminal: lines are answered as they are typed, and what begins with a colon is for the command.

None of this happens in a pipeline, where a line is a line whatever it begins with.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.interruption import DroppingInterrupts
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.cli.standard_streams import explain
from seq2seq_cli.cli.stream import warn_of
from seq2seq_cli.cli.view.rows import show_rows
from seq2seq_cli.config.fields import Checked, CheckedType, Need, Option
from seq2seq_cli.config.live import LiveOptions
from seq2seq_cli.config.suggest import nearest
from seq2seq_cli.config.wording import default_text, help_text
from seq2seq_cli.data.lines import plural
from seq2seq_cli.errors import S2SError, UsageError

if TYPE_CHECKING:
    from seq2seq_cli.cli.view.prompt import Prompt
    from seq2seq_cli.inference.pipeline import LineParser, Row
    from seq2seq_cli.model_file.content import ModelFile

_COMMAND = re.compile(r":([A-Za-z][A-Za-z_-]+|[qh?])(?:[\s=]+(.*))?")
_OTHER_NAMES = {"q": "quit", "exit": "quit", "h": "help", "?": "help"}


OptionsType = TypeVar("OptionsType", bound=Checked, contravariant=True)


class Work(Protocol[OptionsType]):
    """What a command does with a line."""

    result: str
    """What a line gets, in a word."""
    asks: str
    """What a line is, for the help."""
    parser: LineParser

    def use(self, options: OptionsType) -> None:
        """Go on with other options.

        Raises:
            S2SError: they can't be used with this model; the earlier ones hold.
        """

    def show(self, row: Row, number: int) -> None:
        """Answer a row and show what comes of it.

        Args:
            row: one that is sound, or blank.
            number: how many came before, which with the seed fixes what is drawn.
        """


@dataclass(frozen=True)
class Command:
    """What a line with a colon does."""

    meaning: str
    do: Callable[[str], None]
    takes: str = ""


class Session(Generic[CheckedType]):
    """A prompt, its commands and its settings.

    Args:
        command: the name of the command, as it is called.
        options: those it was called with.
        work: what it does with lines.
        models: by their paths.
        more: commands of its own.
    """

    def __init__(
        self,
        command: str,
        options: LiveOptions[CheckedType],
        work: Work[CheckedType],
        models: Mapping[str, ModelFile],
        more: Mapping[str, Command] | None = None,
    ) -> None:
        self._command, self._options, self._work, self._models = command, options, work, models
        self._begun = dict(options.given)
        self._commands = {
            **(more or {}),
            "model": Command("what the model is, from which data, and how well it did", self._show_model),
            "settings": Command("what holds now", self._show_settings),
            "set": Command("change a setting, as :set NAME VALUE or :NAME VALUE", self._set, "NAME VALUE"),
            "unset": Command("bring a setting back to its default", self._unset, "NAME"),
            "help": Command("these lines; with a setting's name, what it does", self._help, "NAME"),
            "quit": Command("leave, as Ctrl-D does", lambda _: None),
        }
        self._settings = {name: entry for name, entry in options.table.items() if not entry.once}
        self._spellings = {name: _colon(entry) for name, entry in options.table.items()}

    def run(self, *remark: str) -> None:
        """Answer lines until somebody leaves.

        Args:
            *remark: what is said of the model besides.
        """
        from seq2seq_cli.cli.view.prompt import Prompt
        from seq2seq_cli.cli.view.summary import model_in_words

        first, *others = self._models.values()
        more = f", together with {plural(len(others), 'other model')}" if others else ""
        console.note("; ".join((model_in_words(first) + more, *remark, ":help says more, Ctrl-D leaves")))
        names = (*self._commands, *(_colon(entry)[1:] for entry in self._settings.values()))
        prompt = Prompt(f"{self._command}_history", [f":{name}" for name in names])
        going = True
        with DroppingInterrupts() as interrupts:
            while going:
                try:
                    interrupts.wanted = True
                    going = self._turn(prompt)
                    interrupts.wanted = False
                except KeyboardInterrupt:
                    interrupts.wanted = False
                    prompt.drop()
                    print(file=sys.stderr)  # the line that was being typed, or its answer, is dropped

    def _turn(self, prompt: Prompt) -> bool:
        """Take a line and do what it asks for; return False where somebody leaves."""
        line = prompt.read("> ")
        if line is None or self._name_of(line) == "quit":
            return False
        try:
            self._take(line)
        except S2SError as error:
            console.error(spell(str(error), self._spellings))
        except MemoryError as error:
            console.error(explain(error))
        return True

    def _name_of(self, line: str) -> str | None:
        """Return the name of the command that a line is; None for one to be answered, smileys among them."""
        found = _COMMAND.fullmatch(line.strip())
        if found is None:
            return None
        name = _OTHER_NAMES.get(found[1].lower(), found[1].lower())
        return name if found[1].islower() or name in self._commands or found[1] == "?" else None

    def _take(self, line: str) -> None:
        name = self._name_of(line)
        if name is None:
            self._answer(line[1:] if line.startswith("::") else line)
            return
        argument = (found[2] or "").strip() if (found := _COMMAND.fullmatch(line.strip())) else ""
        if name in self._commands:
            self._commands[name].do(argument)
        else:
            self._set_named(name, argument)

    def _answer(self, line: str) -> None:
        """Say what is wrong with a line, if anything is, and show what comes of it."""
        parser = self._work.parser
        row = parser.row(line.encode("utf-8", "surrogateescape"))
        warn_of(row, parser, self._work.result, ":unknown")
        if row.status != "refused":
            self._work.show(row, parser.lines - 1)

    # --- settings ---------------------------------------------------------------------------------------

    def _set_named(self, name: str, text: str) -> None:
        """Change the setting of a name; ``:no-sample`` switches off."""
        try:
            entry = self._options.find(name)
        except UsageError:
            entry = self._switched_off(name)
            text = "off"
        if not text and not entry.is_switch:
            self._help(name)
        else:
            self._hold(self._options.changed(entry, text), entry)

    def _switched_off(self, name: str) -> Option:
        for entry in self._settings.values():
            if entry.is_switch and name == f"no-{_colon(entry)[1:]}":
                return entry
        known = (*self._commands, *(_colon(entry)[1:] for entry in self._settings.values()))
        near = nearest(name, known)
        meant = f"did you mean :{near}?" if near else ":help lists them."
        raise UsageError(f"there is no command :{name}; {meant} A line that begins with a colon is typed ::{name}")

    def _set(self, argument: str) -> None:
        found = re.fullmatch(r":?([^\s=]+)(?:[\s=]+(.*))?", argument)
        if not found:
            self._show_settings("")
        elif found[1].lower() in self._commands:
            raise UsageError(f"{found[1]} is a command, and no setting: :settings shows those")
        else:
            if not found[1].lower().startswith("no-"):
                self._options.find(found[1])  # its sentence speaks of settings alone
            self._set_named(found[1].lower(), (found[2] or "").strip())

    def _unset(self, argument: str) -> None:
        if not argument:
            raise UsageError("which setting? :settings shows them")
        entry = self._options.find(argument.removeprefix(":"))
        self._hold(self._options.unset(entry), entry)

    def _hold(self, options: LiveOptions[CheckedType], changed: Option) -> None:
        """Let options hold, if the model takes them, and say what has changed."""
        effective = options.effective
        self._work.use(effective)
        before, self._options = self._options.resting, options
        console.note(f"{_name(changed)} is now {_value(getattr(effective, changed.name))}")
        for name in options.resting.keys() - before.keys():
            console.note(f"{_name(self._settings[name])} has no effect now")
        for name in before.keys() - options.resting.keys() - {changed.name}:
            console.note(f"{_name(self._settings[name])} is {_value(getattr(effective, name))} again")

    def _show_settings(self, argument: str) -> None:
        if argument:
            self._help(argument)
            return
        effective = self._options.effective
        rows = []
        for name, entry in self._settings.items():
            why = self._options.why_idle(entry)
            value = _value(self._options.given[name] if name in self._options.resting else getattr(effective, name))
            rows.append((_name(entry), f"{value}  ({self._reason(why)})" if why else value))
        show_rows(rows)

    def _reason(self, why: Need | str) -> str:
        return f"only {spell(why.words, self._spellings)}" if isinstance(why, Need) else why

    # --- what is shown ----------------------------------------------------------------------------------

    def _help(self, argument: str) -> None:
        name = argument.removeprefix(":").lower()
        if name in self._commands:
            show_rows([(f":{name} {self._commands[name].takes}".strip(), self._commands[name].meaning)])
            return
        if argument:
            entry = self._options.find(name)
            now = _value(getattr(self._options.effective, entry.name))
            text = f"{help_text(entry)} It is {entry.describe()}, now {now}; the default is {default_text(entry)}."
            show_rows([(_colon(entry), spell(text, self._spellings))])
            return
        rows = [("text", self._work.asks)]
        rows += [(f":{name} {entry.takes}".strip(), entry.meaning) for name, entry in self._commands.items()]
        names = " ".join(_colon(entry) for entry in self._settings.values())
        rows += [
            ("::text", "a line that begins with a colon"),
            ("Ctrl-C", f"drop the line being typed, or its {self._work.result}"),
            ("settings", names),
        ]
        show_rows(rows)

    def _show_model(self, argument: str) -> None:
        from seq2seq_cli.cli.view.summary import model_summary

        for path, file in self._models.items():
            show_rows([("file", path), *model_summary(file), ("more", f"s2s inspect {shlex.quote(path)}")])


def _name(entry: Option) -> str:
    return entry.spelling.replace("_", "-")


def _colon(entry: Option) -> str:
    return f":{_name(entry)}"


def _value(value: object) -> str:
    """Write a value as it is typed."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text == text.strip() and text else f'"{text}"'


def files_of(paths: Sequence[object], loaded: object) -> dict[str, ModelFile]:
    """Return the files of what was loaded of some paths, one model or several that answer together."""
    members = getattr(loaded, "members", (loaded,))
    return {str(path): member.file for path, member in zip(paths, members, strict=True)}
