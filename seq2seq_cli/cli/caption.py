"""`s2s caption`: say what images show."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.lines import AnswerLines
from seq2seq_cli.cli.options import ModelsOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import line_writer
from seq2seq_cli.config import CaptionOptions, options_from
from seq2seq_cli.errors import DataError
from seq2seq_cli.kinds import CAPTIONS

if TYPE_CHECKING:
    from seq2seq_cli.api.captioner import Captioner
    from seq2seq_cli.data.captions import Values
    from seq2seq_cli.inference.pipeline import Row

PATHS_ON_STDIN = "-"
PROBLEMS_SHOWN = 5


@takes_fields(CaptionOptions)
def caption(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE...", help="Image files, or .npy files of features; - reads paths.")
    ],
    model: ModelsOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Write one caption for each image, in order.

    Example: s2s caption photos/*.jpg --beam 5

    With - paths are read from standard input, one a line. An image that can't be read has a blank line; the first few
    are named on stderr, and the exit code is 1.
    """
    options = options_from(CaptionOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_together
    from seq2seq_cli.data.lines import plural
    from seq2seq_cli.inference.pipeline import answer_stream

    loaded = load_together(model or [find_model(None, CAPTIONS)], CAPTIONS, device=options.device)
    work = _Work(cast("Captioner", loaded), options)
    write = line_writer()
    for on_stdin, arguments in groupby(images, lambda argument: argument == PATHS_ON_STDIN):
        if on_stdin:
            answer_stream(sys.stdin.buffer, write, work, work, rows_at_once=options.batch_size)
        else:
            for paths in _chunks(list(arguments), options.batch_size):
                rows = [work.row(os.fsencode(path)) for path in paths]
                write("".join(f"{line}\n" for line in work(rows, work.count - len(rows))).encode("utf-8"))
    if work.unread:
        console.warn(f"{plural(work.unread, 'image')} of {work.count:,} could not be read: their lines are blank")
        raise typer.Exit(1)


def _chunks(paths: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (paths[start : start + size] for start in range(0, len(paths), size))


@dataclass(frozen=True)
class _Image:
    """An image that is asked for."""

    path: Path
    row: Row
    """What is said of it: the path as a line can hold it, or nothing."""


class _Work:
    """Reads images, captions them and writes lines.

    Args:
        captioner: the model.
        options: of the command.
    """

    def __init__(self, captioner: Captioner, options: CaptionOptions) -> None:
        from seq2seq_cli.inference.answer_options import AnswerOptions

        self._captioner, self._lines = captioner, AnswerLines(options)
        self._options = AnswerOptions.of(options)
        self.count = self.unread = 0
        captioner.check(self._options)

    def row(self, line: bytes) -> _Image:
        """Take a path; a blank line asks for nothing."""
        from seq2seq_cli.inference.pipeline import Row

        self.count += 1
        shown = "".join(c if c.isprintable() else "\ufffd" for c in line.decode("utf-8", "replace"))
        return _Image(Path(os.fsdecode(line)), Row(shown, "sound" if line.strip() else "blank"))

    def __call__(self, images: list[_Image], first_stream_id: int) -> list[str]:
        """Return a line for each image."""
        from dataclasses import replace

        read = [self._read(image) if image.row.status == "sound" else None for image in images]
        answers = self._captioner.answers(read, self._options, first_stream_id=first_stream_id)
        lines = []
        for image, values, answer in zip(images, read, answers, strict=True):
            refused = values is None and image.row.status == "sound"
            lines.append(self._lines.line(replace(image.row, status="refused") if refused else image.row, answer))
        return lines

    def _read(self, image: _Image) -> Values | None:
        """Read an image; one that can't be read is counted."""
        try:
            return self._captioner.read(image.path)
        except DataError as error:
            self.unread += 1
            if self.unread <= PROBLEMS_SHOWN:
                console.warn(str(error).replace("\n", "\\n"))
            return None
