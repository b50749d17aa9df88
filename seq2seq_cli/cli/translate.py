"""`s2s translate`: answer lines, in a pipeline or at a prompt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import (
    BatchOption,
    DeviceOption,
    MaxLengthOption,
    ModelOption,
    TemperatureOption,
    ThreadsOption,
    TopKOption,
    TopPOption,
    UnknownOption,
    find_model,
    set_threads,
)
from seq2seq_cli.cli.stream import answer_lines, report_problems
from seq2seq_cli.errors import UsageError

if TYPE_CHECKING:
    from seq2seq_cli.inference.pipeline import LineParser, Row
    from seq2seq_cli.inference.sampling import Sampling
    from seq2seq_cli.inference.translator import Answer, Translator

Format = Literal["text", "tsv", "jsonl"]

BATCHES_HELD = 8
"""So many batches of rows may be held, so that rows of similar length run together."""


def translate(
    file: Annotated[Path | None, typer.Argument(help="Lines to answer; by default standard input.")] = None,
    model: ModelOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="Draw answers instead of taking the most probable.")] = False,
    temperature: TemperatureOption = 1.0,
    top_k: TopKOption = 0,
    top_p: TopPOption = 1.0,
    seed: Annotated[int, typer.Option(help="With --sample: the same seed draws the same answers.")] = 0,
    scores: Annotated[bool, typer.Option("--scores", help="Add a tab and the answer's log-probability.")] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="text: answers; tsv: source, tab, answer; jsonl: an object a line.")
    ] = "text",
    column: Annotated[
        int | None, typer.Option(min=1, help="Answer this column of a TSV in place, and pass the others through.")
    ] = None,
    unknown: UnknownOption = "mark",
    max_length: MaxLengthOption = None,
    batch_size: BatchOption = 512,
    threads: ThreadsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Answer each line of a file, of standard input, or typed at a prompt.

    Example: echo "57+5" | s2s translate
    """
    if column is not None and output_format != "text":
        raise UsageError(f"--column answers in place, so it does not go with --format {output_format}")
    set_threads(threads)
    from seq2seq_cli.inference.loading import load_translator
    from seq2seq_cli.inference.pipeline import LineParser
    from seq2seq_cli.inference.sampling import Sampling

    sampling = Sampling(temperature, top_k, top_p, seed) if sample else None
    translator = load_translator(find_model(model), device=device)
    parser = LineParser(translator.codec.source, unknown, translator.longest_source, column)
    work = _Work(translator, sampling, max_length, batch_size, output_format, scores)
    if file is None and sys.stdin.isatty():
        _prompt(work, parser)
    else:
        answer_lines(file, parser, work, rows_at_once=BATCHES_HELD * batch_size)
    report_problems(parser)


class _Work:
    """Answers rows and writes them as lines."""

    def __init__(
        self,
        translator: Translator,
        sampling: Sampling | None,
        max_length: int | None,
        batch_size: int,
        output_format: Format,
        scores: bool,
    ) -> None:
        self._translator, self._sampling, self._max_length = translator, sampling, max_length
        self._batch_size, self._format, self._scores = batch_size, output_format, scores

    def __call__(self, rows: list[Row], first_number: int) -> list[str]:
        answers = self._translator.answers(
            [row.text if row.status == "sound" else "" for row in rows],
            sampling=self._sampling,
            max_length=self._max_length,
            batch_size=self._batch_size,
            first_number=first_number,
        )
        return [self._line(row, answer) for row, answer in zip(rows, answers, strict=True)]

    def _line(self, row: Row, answer: Answer) -> str:
        """Return a row's line; where nothing was answered, answer and score are blank (in JSON null)."""
        score = answer.log_probability
        if self._format == "jsonl":
            text = None if row.status == "refused" else answer.text
            scored = {"log_probability": None if score is None else round(score, 6)} if self._scores else {}
            return json.dumps({"source": row.text, "answer": text, **scored}, ensure_ascii=False)
        columns = [answer.text]
        if self._scores and (score is not None or self._format == "tsv"):
            columns.append("" if score is None else f"{score:.6f}")
        if self._format == "tsv":
            return "\t".join((row.text, *columns))
        return "\t".join(row.before) if row.whole else "\t".join((*row.before, *columns, *row.after))


def _prompt(work: _Work, parser: LineParser) -> None:
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # gives input() its line editing

    console.note("type a line to be answered; Ctrl-D ends")
    while True:
        try:
            line = input("> ")
        except EOFError:
            print(file=sys.stderr)
            return
        row = parser.row(line.encode("utf-8", "surrogateescape"))
        print(*work([row], parser.lines - 1), flush=True)
