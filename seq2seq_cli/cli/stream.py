"""Lines in, lines out: what the commands of a pipeline share."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.errors import DataError
from seq2seq_cli.types import STANDARD_STREAM

if TYPE_CHECKING:
    from seq2seq_cli.inference.pipeline import LineParser, Row


def write_bytes(data: bytes) -> None:
    """Write all of it to stdout now."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def show(line: str) -> None:
    """Write a result as a line of stdout; on a terminal without what would command it."""
    print(console.printable(line) if sys.stdout.isatty() else line, flush=True)


def _write_printable(data: bytes) -> None:
    write_bytes(console.printable(data.decode("utf-8")).encode("utf-8"))


def line_writer() -> Callable[[bytes], None]:
    """Return what writes lines to stdout; on a terminal without what would command it."""
    return _write_printable if sys.stdout.isatty() else write_bytes


def answer_lines(
    file: Path | None, parser: LineParser, answer: Callable[[list[Row], int], Iterable[str]], *, rows_at_once: int
) -> None:
    """Answer the lines of a file or of standard input under the pipeline contract; see `pipeline.answer_stream`.

    Raises:
        DataError: the file can't be opened.
    """
    from seq2seq_cli.data.lines import plural
    from seq2seq_cli.inference.pipeline import answer_stream

    try:
        source = sys.stdin.buffer if file is None or file == STANDARD_STREAM else file.open("rb")
    except OSError as error:
        raise DataError(f"{file}: {error.strerror or error}") from None
    # Where results go on to another program, that one may write to the terminal at any time.
    at_work = console.busy(lambda: f"{plural(parser.lines, 'line')} so far") if _results_are_kept() else nullcontext()
    with source, at_work:
        answer_stream(source, line_writer(), parser, answer, rows_at_once=rows_at_once)


def _results_are_kept() -> bool:
    """Tell whether stdout is a file on a disk."""
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except OSError:  # a test's stream has no number
        return False


def report_problems(parser: LineParser) -> None:
    """Say what was wrong with the lines, and exit with 1 where the policy asks for it.

    Raises:
        typer.Exit: with code 1.
    """
    if line := parser.summary():
        (console.error if parser.failed else console.warn)(f"{line} (--unknown {parser.policy})")
    if parser.failed:
        raise typer.Exit(1)


def warn_of(row: Row, parser: LineParser, result: str, option: str = "--unknown") -> None:
    """Say at once what is wrong with a line.

    Args:
        row: the line.
        parser: which has read it.
        result: what the line gets, for the sentence.
        option: how people write what says what becomes of such lines.
    """
    from seq2seq_cli.inference.remarks import remarks

    console.warn(*(spell(remark, {"unknown": option}) for remark in remarks(row, parser, result)))
