"""A prompt at a terminal: lines with editing and history, whatever is typed."""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from seq2seq_cli.cli.view.history import History, state_file


class Prompt:
    """Lines that somebody types, with editing and history where Python has readline; elsewhere as the terminal edits.

    Args:
        history: the name of its file.
        commands: what Tab completes at the beginning of a line.
    """

    def __init__(self, history: str, commands: Sequence[str] = ()) -> None:
        self._readline: Any = None
        with suppress(ImportError):  # Windows has none, and edits lines itself
            found = import_module("readline")
            self._readline = (
                found if hasattr(found, "set_auto_history") else None
            )  # what stands in for it may lack that
        self._history = History(state_file(history) if self._readline else None)
        self._commands, self._pasted = commands, deque[str]()
        if self._readline is not None:
            self._readline.set_auto_history(False)
            for line in self._history.read():
                self._remember(line)
            self._libedit = "libedit" in (self._readline.__doc__ or "")
            self._complete_with_tab()
            if not self._libedit:
                # Bytes beyond ASCII are text, also where the locale has none (LC_ALL=C), and no keys with Meta.
                for setting in ("input-meta on", "output-meta on", "convert-meta off"):
                    self._readline.parse_and_bind(f"set {setting}")
        if isinstance(sys.stdin, io.TextIOWrapper) and sys.stdin.errors != "surrogateescape":
            sys.stdin.reconfigure(errors="surrogateescape")

    def read(self, prompt: str) -> str | None:
        """Return a line that is typed, without its end, or None at the end of the input (Ctrl-D).

        Of what is pasted, each line is one. Bytes that are no text in the terminal's encoding come as surrogates, as
        file names do.

        Raises:
            KeyboardInterrupt: Ctrl-C; what else was pasted is dropped too.
        """
        if not self._pasted:
            try:
                self._pasted.extend(self._input(prompt).split("\n"))
            except EOFError:
                print(file=sys.stderr)
                return None
            except SystemError:
                # Python's readline calls the handler of a second signal with the first one's exception pending.
                raise KeyboardInterrupt from None
        line = self._pasted.popleft()
        if self._history.add(line) and self._readline is not None:
            self._remember(line)
        return line

    def drop(self) -> None:
        """Drop what was pasted and not read yet."""
        self._pasted.clear()

    @staticmethod
    def _input(prompt: str) -> str:
        if sys.stdout.isatty():
            return input(prompt)
        # A result goes elsewhere, so the prompt must not go with it.
        print(prompt, end="", file=sys.stderr, flush=True)
        return input()

    def _remember(self, line: str) -> None:
        with suppress(ValueError):  # the terminal's encoding has no such characters
            self._readline.add_history(line)

    def _complete_with_tab(self) -> None:
        """Let Tab complete a command at the beginning of a line, and be a tab elsewhere."""
        readline = self._readline

        def complete(text: str, number: int) -> str | None:
            if not readline.get_line_buffer().startswith(":"):
                if number == 0:
                    readline.insert_text("\t")
                    readline.redisplay()
                return None
            found = [name for name in self._commands if name.startswith(text)]
            return found[number] if number < len(found) else None

        readline.set_completer(complete)
        readline.set_completer_delims(" \t\n")
        readline.parse_and_bind("bind ^I rl_complete" if self._libedit else "tab: complete")
