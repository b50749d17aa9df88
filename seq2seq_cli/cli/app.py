"""Typer's commands with our help, our spelling of errors, and suggestions for what was mistyped."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from seq2seq_cli.cli.help import command_help, commands_table, usage, width
from seq2seq_cli.cli.spelling import option_spellings, spell
from seq2seq_cli.errors import S2SError

CONTEXT = {"help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command: its help is ours, and errors name its options as they are written here."""

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
        return [item for item in super().shell_complete(ctx, incomplete) if item.value not in old]


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
        """Read the group's own options; with nothing to read, show the help."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            print(self.get_help(ctx), file=sys.stderr)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called."""
        if args[0] == "help":
            args = [*args[1:], "--help"]
        if args == ["--help"]:
            print(self.get_help(ctx))
            ctx.exit(0)
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            ctx.fail(f"there is no command {args[0]}; {hint}")
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
    if getattr(error, "option_name", None) and hasattr(error, "possibilities"):
        known = [name for param in context.command.params for name in param.opts] if context else []
        begun = [name for name in known if name.startswith(error.option_name)]
        near = begun or list(error.possibilities or [])
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"there is no option {error.option_name}{hint}{where}"
    message = " ".join(error.format_message().split()).removesuffix(".")
    return f"{message[:1].lower()}{message[1:]}{where}"


def is_usage_error(error: BaseException) -> bool:
    """Tell whether Typer raised an exception because of what a user wrote."""
    return hasattr(error, "format_message") and hasattr(error, "exit_code")
