"""Typer's commands with our help, our spelling of errors, and suggestions for what was mistyped."""

from __future__ import annotations

import re
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.completion import told_shortly
from seq2seq_cli.cli.help import (
    argument_name,
    command_help,
    commands_table,
    is_argument,
    main_name,
    usage,
    width,
)
from seq2seq_cli.cli.spelling import option_spellings, spell
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.errors import S2SError

CONTEXT = {
    "help_option_names": ["-h", "--help"],
    # As files and Python write them: --learning_rate.
    "token_normalize_func": lambda token: token.replace("_", "-"),
}


QUIET = "Show results and errors only."


def _be_quiet(context: Any, param: Any, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        console.set_quiet(True)


class Command(TyperCommand):
    """A command: its help is ours, errors name its options as they are written here, and each one can be quiet."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = ["--quiet", "-q"]
        quiet = TyperOption(
            param_decls=names, is_flag=True, expose_value=False, is_eager=True, callback=_be_quiet, help=QUIET
        )
        self.params.append(quiet)

    def get_help(self, ctx: Any) -> str:
        """Return the help, drawn for the terminal's width."""
        facts = vars(self.callback) if self.callback else {}
        shown = {name: facts[name] for name in ("common", "old", "note") if name in facts}
        return command_help(ctx.command_path, self.help or "", self.get_params(ctx), **shown).rstrip()

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except S2SError as error:
            error.args = (spell(str(error), option_spellings(self.get_params(ctx))), *error.args[1:])
            raise

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return completions, without the old spellings."""
        old = vars(self.callback).get("old", ()) if self.callback else ()
        found = [item for item in super().shell_complete(ctx, incomplete) if item.value not in old]
        return told_shortly(found, option_spellings(self.get_params(ctx)))


class Group(TyperGroup):
    """A group of commands: ``help COMMAND`` is ``COMMAND --help``, and a mistyped command finds the nearest."""

    def summaries(self, ctx: Any) -> dict[str, str]:
        """Return the commands and what they do."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        return {name: _first_sentence(command.help or "") for name, command in commands.items() if command}

    def get_help(self, ctx: Any) -> str:
        """Return the help, drawn for the terminal's width."""
        head = command_help(ctx.command_path, self.help or "", self.get_params(ctx))
        head = head.replace(usage(ctx.command_path, self.get_params(ctx)), usage(ctx.command_path, (), group=True), 1)
        before, title, options = head.rpartition("Options\n")
        table = "\n".join(commands_table(self.summaries(ctx), width()))
        more = f"{ctx.command_path} help COMMAND says more."
        return f"{before}{table}\n\n{title}{options}\n{more}"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the group's own options; with nothing to read, say what there is."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            self.begin(ctx)
        return super().parse_args(ctx, args)

    def begin(self, ctx: Any) -> None:
        """Say to somebody who has typed nothing else what there is, and leave."""
        print(self.get_help(ctx), file=sys.stderr)
        ctx.exit(2)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return completions, each with what it does."""
        found, summaries = super().shell_complete(ctx, incomplete), self.summaries(ctx)
        for item in found:
            item.help = summaries.get(item.value, item.help)
        return told_shortly(found, {})

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called."""
        if args[0] == "help" and ctx.resilient_parsing:  # a shell asks what may come next
            return super().resolve_command(ctx, args[1:]) if args[1:] else (None, None, [])
        if args[0] == "help":
            args = [*args[1:], "--help"] if args[1:] != ["help"] else ["--help"]
        if args == ["--help"]:
            print(self.get_help(ctx))
            ctx.exit(0)
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            options = [name for param in self.get_params(ctx) for name in param.opts]
            there = f"; did you mean --{args[0]}?" if f"--{args[0]}" in options else f"; there are {', '.join(known)}"
            ctx.fail(f"there is no command {args[0]}" + hint(args[0], known, there))
        return super().resolve_command(ctx, args)


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def make_command(name: str, function: Any) -> Any:
    """Return a function as a command."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name, cls=Command, context_settings=CONTEXT)(function)
    return typer.main.get_command(single)


def usage_message(error: Any) -> str:
    """Say what Typer holds against a command line, in our style."""
    context = getattr(error, "ctx", None)
    where = f" (see {context.command_path} --help)" if context else ""
    return f"{_complaint(error, context)}{where}"


def _complaint(error: Any, context: Any) -> str:
    """Say it without where help is; what we have no words for keeps Typer's."""
    message = " ".join(error.format_message().split()).removesuffix(".")
    option, param = getattr(error, "option_name", None), getattr(error, "param", None)
    if option and hasattr(error, "possibilities"):
        known = [name for entry in context.command.params for name in (*entry.opts, *entry.secondary_opts)]
        return f"there is no option {option}{hint(option, known if context else ())}"
    if option and (found := re.search(r"requires (an|\d+) arguments?$", message)):
        return f"{option} takes {'a value' if found[1] == 'an' else f'{found[1]} values'} after it"
    if option and message.endswith("does not take a value"):
        return f"{option} takes no value"
    if param is not None and message.lower().startswith("missing "):
        name, choices = (argument_name(param), ()) if is_argument(param) else (main_name(param), _choices(param))
        return f"give {name}" + (f", one of {', '.join(choices)}" if choices else "")
    if param is not None and (found := re.search(r"('[^']*') is not one of ", message)):
        return f"{main_name(param)} must be {', '.join(_choices(param))}, not {found[1]}"
    if found := re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", message):
        return f"{found[1]} is more than {context.command_path if context else 's2s'} takes"
    return f"{message[:1].lower()}{message[1:]}"


def _choices(param: Any) -> tuple[str, ...]:
    return tuple(str(getattr(choice, "value", choice)) for choice in getattr(param.type, "choices", ()))


def is_usage_error(error: BaseException) -> bool:
    """Tell whether Typer raised an exception because of what a user wrote."""
    return hasattr(error, "format_message") and hasattr(error, "exit_code")
