"""`s2s score`: how probable a language model finds lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show
from seq2seq_cli.config import ScoreOptions, options_from
from seq2seq_cli.kinds import TEXT

if TYPE_CHECKING:
    from seq2seq_cli.api.text_generator import Score, TextGenerator
    from seq2seq_cli.inference.pipeline import Row

LINES_AT_ONCE = 512


@takes_fields(ScoreOptions)
def score(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Lines to score; - is standard input.  [default: standard input]"),
    ] = None,
    model: ModelOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Print each line's log-probability (natural logarithm, its end included) and perplexity.

    Example: s2s score --format tsv < candidates.txt | sort -t $'\\t' -k 3 -n
    """
    options = options_from(ScoreOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_text_generator

    path = find_model(model, TEXT)
    work = _Work(load_text_generator(path, device=options.device), options)
    if file is None and sys.stdin.isatty():
        from seq2seq_cli.cli.session import Session, files_of
        from seq2seq_cli.config.live import LiveOptions

        Session("score", LiveOptions(ScoreOptions, given), work, files_of([path], work.generator)).run()
    else:
        answer_lines(file, work.parser, work, rows_at_once=LINES_AT_ONCE)
        report_problems(work.parser)


class _Work:
    """Scores rows and writes them as lines."""

    result = "score"
    asks = "a line, which gets its log-probability and its perplexity"

    def __init__(self, generator: TextGenerator, options: ScoreOptions) -> None:
        from seq2seq_cli.inference.pipeline import LineParser

        self.generator = generator
        self.parser = LineParser(generator.codec.vocabulary, options.unknown, answers_blank=True)
        self.use(options)

    def use(self, options: ScoreOptions) -> None:
        """Go on with other options."""
        self.parser.policy, self._format = options.unknown, options.format

    def __call__(self, rows: list[Row], number: int) -> list[str]:
        """Return a line for each row."""
        scores = self.generator.score(["" if row.status == "refused" else row.text for row in rows])
        return [_line(row, found, self._format) for row, found in zip(rows, scores, strict=True)]

    def show(self, row: Row, number: int) -> None:
        """Score a row that was typed."""
        show(*self([row], number))


def _line(row: Row, found: Score, output_format: str) -> str:
    """Return a row's line; where it is refused, the figures are blank (in JSON null)."""
    refused = row.status == "refused"
    if output_format == "jsonl":
        from seq2seq_cli.files.json_text import to_json

        figures = {"log_probability": round(found.log_probability, 6), "perplexity": round(found.perplexity, 4)}
        return to_json({"line": row.text, **(dict.fromkeys(figures) if refused else figures)})
    if refused:
        return ""
    before = f"{row.text}\t" if output_format == "tsv" else ""
    return f"{before}{found.log_probability:.6f}\t{found.perplexity:.4f}"
