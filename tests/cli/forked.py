"""The command in a fork of the tests' process: as quick as a call, with real descriptors of every state."""

from __future__ import annotations

import io
import os
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

CLOSED, FULL, GONE = "closed", "full", "gone"
"""States of a descriptor: ``>&-``, ``> /dev/full``, and a pipe whose reader has gone away."""
SECONDS = 30
"""Of processor time that a command may take."""


@dataclass(frozen=True)
class Run:
    """What came of a command."""

    code: int
    out: bytes
    err: bytes

    @property
    def message(self) -> str:
        return self.err.decode("utf-8", "backslashreplace")


def fork_s2s(
    *arguments: object,
    given: bytes = b"",
    stdin: str = "",
    stdout: str = "",
    stderr: str = "",
    encoding: str = "utf-8",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    prepare: Callable[[], object] = lambda: None,
) -> Run:
    """Run a command to its end.

    Args:
        *arguments: of the command.
        given: its standard input.
        stdin: the state of its standard input, where it is not to read `given`.
        stdout: the state of its standard output, where it is not to be returned.
        stderr: the same of standard error.
        encoding: of the standard streams, as Python takes it from the locale.
        cwd: where it runs.
        environment: variables that it has besides.
        prepare: is called in it before anything else.
    """
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        source.write(given)
        source.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: a fork has only the one that forks
            child = os.fork()
        if child == 0:
            files = ((source.fileno(), stdin), (out.fileno(), stdout), (err.fileno(), stderr))
            _become(list(map(str, arguments)), files, encoding, cwd, {**(environment or {})}, prepare)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return Run(os.waitstatus_to_exitcode(status), out.read(), err.read())


def _become(
    arguments: list[str],
    files: tuple[tuple[int, str], ...],
    encoding: str,
    cwd: Path | None,
    environment: Mapping[str, str],
    prepare: Callable[[], object],
) -> NoReturn:
    """Be a command: make standard streams as Python does at its start, run, and end as Python ends."""
    code = 99
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        for number, (descriptor, state) in enumerate(files):
            os.dup2(_opened(state) if state in (FULL, GONE) else descriptor, number)
        for number, (_, state) in enumerate(files):
            if state == CLOSED:
                os.close(number)
        sys.stdin, sys.stdout, sys.stderr = (_stream(number, encoding) for number in range(3))
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
        os.environ.update(environment)
        if cwd is not None:
            os.chdir(cwd)
        sys.argv = ["s2s", *arguments]
        prepare()
        from seq2seq_cli.__main__ import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        with suppress(Exception):
            traceback.print_exc()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BaseException:
        code = 120  # as Python exits when it can't write what is left
    os._exit(code)


def _opened(state: str) -> int:
    if state == FULL:
        return os.open("/dev/full", os.O_RDWR)
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def _stream(number: int, encoding: str) -> io.TextIOWrapper | None:
    try:
        os.fstat(number)
    except OSError:
        return None
    errors = "backslashreplace" if number == 2 else "strict"
    return open(number, "r" if number == 0 else "w", encoding=encoding, errors=errors, closefd=False)
