"""`s2s translate`: answer lines, in a pipeline or at a prompt."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, refuse_max_length, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems
from seq2seq_cli.config import TranslateOptions, options_from
from seq2seq_cli.kinds import PAIRS

if TYPE_CHECKING:
    from seq2seq_cli.api.translator import Answer, Translator
    from seq2seq_cli.inference.pipeline import LineParser, Row

BATCHES_HELD = 8
"""So many batches of rows may be held, so that rows of similar length run together."""


@takes_fields(TranslateOptions)
def translate(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Lines to answer.  [default: standard input]")
    ] = None,
    model: ModelOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Answer each line of a file, of standard input, or typed at a prompt.

    Example: echo "57+5" | s2s translate
    """
    options = options_from(TranslateOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_translator
    from seq2seq_cli.inference.pipeline import LineParser

    translator = load_translator(find_model(model, PAIRS), device=options.device)
    refuse_max_length(options.max_length, translator.file.config)
    parser = LineParser(translator.codec.source, options.unknown, translator.longest_source, options.column)
    work = _Work(translator, options)
    if file is None and sys.stdin.isatty():
        _prompt(work, parser)
    else:
        answer_lines(file, parser, work, rows_at_once=BATCHES_HELD * options.batch_size)
    report_problems(parser)


class _Work:
    """Answers rows and writes them as lines."""

    def __init__(self, translator: Translator, options: TranslateOptions) -> None:
        from seq2seq_cli.inference.sampling import Sampling

        self._translator, self._max_length, self._batch_size = translator, options.max_length, options.batch_size
        self._format, self._scores = options.format, options.scores
        self._sampling = (
            Sampling(options.temperature, options.top_k, options.top_p, options.seed) if options.sample else None
        )

    def __call__(self, rows: list[Row], first_stream_id: int) -> list[str]:
        answers = self._translator.answers(
            [row.text if row.status == "sound" else "" for row in rows],
            sampling=self._sampling,
            max_length=self._max_length,
            batch_size=self._batch_size,
            first_stream_id=first_stream_id,
        )
        return [self._line(row, answer) for row, answer in zip(rows, answers, strict=True)]

    def _line(self, row: Row, answer: Answer) -> str:
        """Return a row's line; where nothing was answered, answer and score are blank (in JSON null)."""
        score = answer.log_probability
        if self._format == "jsonl":
            import json  # only here: the other formats answer a little sooner without it

            text = None if row.status == "refused" else answer.text
            scored = {"log_probability": None if score is None else round(score, 6)} if self._scores else {}
            return json.dumps({"source": row.text, "answer": text, **scored}, ensure_ascii=False)
        columns = [answer.text]
        beside_others = self._format == "tsv" or row.before or row.after
        if self._scores and (score is not None or beside_others):
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
