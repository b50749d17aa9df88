"""The `s2s` application: its commands, its exit codes, and how an error reaches a person.

Exit codes: 0 done; 1 a failure with one line that says what to do; 2 wrong usage; 130 and 143
interrupted; 141, without a word, when the reader of our output has gone away.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from seq2seq_cli._version import __version__
from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.app import CONTEXT, QUIET, Group, is_usage_error, make_command, usage_message
from seq2seq_cli.cli.standard_streams import drop_results, explain, flush_results, open_streams
from seq2seq_cli.errors import S2SError

EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_READER_GONE = 141  # 128 + SIGPIPE, which Windows does not define


def _terminate(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signum)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let signals that end a command leave it by an exception, so that it tidies up; before, they just end it.

    Afterwards, where the process has nothing else to do, they come too late: its exit code is known. A signal that is
    ignored, as `nohup` has it, stays so.
    """
    before = {}
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGTERM", _terminate), ("SIGHUP", _terminate)):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, signal.SIG_IGN if earlier == signal.SIG_DFL else earlier)


COMMANDS = {
    "prep": "Make a dataset: of your own pairs, pronunciations, chats, captions or text, or one that is made here.",
    "train": "Train a model.",
    "evaluate": "Measure a model on a part of a dataset.",
    "translate": "Answer lines: in a pipeline, or at a prompt.",
    "caption": "Say what images show.",
    "chat": "Talk with a model.",
    "generate": "Write text that begins with a prompt.",
    "score": "Say how probable a language model finds lines.",
    "inspect": "Show what a model is and how well it did.",
    "import": "Make a model file of one of the book's pickles.",
    "info": "Show which backends, devices and extras work here.",
}
"""The commands and what they do, so that ``s2s --help`` need not import them."""


FIRST_STEPS = """\
s2s turns one sequence into another, and writes new text.

Three first steps:

  s2s train --reverse --peeky    learn to add, in half a minute
  echo "57+5" | s2s translate    ask for a sum
  s2s evaluate --errors 5        see how many sums are right

Data of your own: s2s prep --help
All commands:     s2s --help"""


class _Commands(Group):
    """The group of commands: imports the one that is called; turns exceptions into a line and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def summaries(self, ctx: Any) -> dict[str, str]:
        return COMMANDS

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        # `import` is a keyword of Python, so its module has another name.
        function = "import_" if cmd_name == "import" else cmd_name
        module = import_module(f"seq2seq_cli.cli.{function}")
        if hasattr(module, "app"):
            return typer.main.get_command(module.app)
        return make_command(cmd_name, getattr(module, function))

    def begin(self, ctx: Any) -> None:
        print(FIRST_STEPS)
        ctx.exit(0)

    def make_context(self, *args: Any, **options: Any) -> Any:
        return self._guarded(lambda: super(_Commands, self).make_context(*args, **options))

    def invoke(self, ctx: Any) -> Any:
        def invoke() -> Any:
            with _ended_by_signals():
                result = super(_Commands, self).invoke(ctx)
                flush_results()
            return result

        return self._guarded(invoke, debug=bool(ctx.params.get("debug")))

    def _guarded(self, action: Callable[[], Any], *, debug: bool = False) -> Any:
        """Do something and write its results; turn what it raises into a line and an exit code."""
        try:
            try:
                return action()
            finally:
                # Also before an error is told, and where help was asked for, which Typer ends by an exception.
                flush_results()
        except BrokenPipeError:
            drop_results()
            sys.exit(EXIT_READER_GONE)
        except KeyboardInterrupt:
            console.tell("interrupted")
            sys.exit(EXIT_INTERRUPTED)
        except Exception as error:
            # Typer's own exceptions (wrong usage, exit) are for its caller.
            if debug or type(error).__module__.partition(".")[0] in ("typer", "click"):
                raise
            sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, S2SError):
        console.error(str(error))
        return error.exit_code
    if isinstance(error, (OSError, MemoryError)):
        drop_results()
        console.error(explain(error))
    elif isinstance(error, ImportError):  # of what is installed: broken, or without memory to load it
        cause = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
        console.error(f"a library can't be loaded: {cause[-1]}")
    else:
        what = f"{type(error).__name__}: {error}"
        console.tell(f"error in s2s itself, {what} (s2s --debug … shows where; please report it)")
    return 1


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's help takes longer to import than all the rest of a command
    context_settings=CONTEXT,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        import platform
        from importlib import metadata

        try:
            numpy = f", NumPy {metadata.version('numpy')}"  # which need not be imported for that
        except metadata.PackageNotFoundError:
            numpy = ""
        system = f"{platform.system()} {platform.machine()}"
        print(f"s2s {__version__} (Python {platform.python_version()}{numpy}, {system})")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Print the version and leave.", callback=_show_version, is_eager=True),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=QUIET)] = False,
) -> None:
    """Turn one sequence into another, and write new text: LSTM models that train in seconds.

    Example: s2s train --reverse --peeky && echo "57+5" | s2s translate
    """
    if quiet:
        console.set_quiet(True)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; see the module for what it means.

    Args:
        arguments: instead of those of the process.
    """
    open_streams()
    console.set_quiet(False)
    try:
        with console.warnings_as_notes():
            code = app(arguments, prog_name="s2s", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except Exception as error:
        if "_S2S_COMPLETE" in os.environ:  # a shell asks, and would show whatever is said in the middle of a line
            return 1
        if not is_usage_error(error):
            raise
        console.error(usage_message(error))
        return 2
    return code if isinstance(code, int) else 0
