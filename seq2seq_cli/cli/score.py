"""`s2s score`: how probable a language model finds lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems
from seq2seq_cli.config import ScoreOptions, options_from
from seq2seq_cli.kinds import TEXT

if TYPE_CHECKING:
    from seq2seq_cli.api.text_generator import Score
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

    Example: s2s score --format tsv < candidates.txt | sort -k3 -n
    """
    options = options_from(ScoreOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_text_generator
    from seq2seq_cli.inference.pipeline import LineParser

    unknown, output_format = options.unknown, options.format
    generator = load_text_generator(find_model(model, TEXT), device=options.device)
    parser = LineParser(generator.codec.vocabulary, unknown, answers_blank=True)

    def answer(rows: list[Row], number: int) -> list[str]:
        scores = generator.score(["" if row.status == "refused" else row.text for row in rows])
        return [_line(row, found, output_format) for row, found in zip(rows, scores, strict=True)]

    answer_lines(file, parser, answer, rows_at_once=LINES_AT_ONCE)
    report_problems(parser)


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
