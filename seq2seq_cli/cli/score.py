"""`s2s score`: how probable a language model finds lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli.options import DeviceOption, ModelOption, ThreadsOption, UnknownOption, find_model, set_threads
from seq2seq_cli.cli.stream import answer_lines, report_problems

if TYPE_CHECKING:
    from seq2seq_cli.inference.pipeline import Row
    from seq2seq_cli.inference.text_generator import Score

LINES_AT_ONCE = 512


def score(
    file: Annotated[Path | None, typer.Argument(help="Lines to score; by default standard input.")] = None,
    model: ModelOption = None,
    output_format: Annotated[
        Literal["text", "tsv", "jsonl"],
        typer.Option("--format", help="text: log-probability, tab, perplexity; tsv: with the line before; jsonl."),
    ] = "text",
    unknown: UnknownOption = "mark",
    threads: ThreadsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Print each line's log-probability (natural logarithm, its end included) and perplexity.

    Example: s2s score --format tsv < candidates.txt | sort -k3 -n
    """
    set_threads(threads)
    from seq2seq_cli.inference.loading import load_text_generator
    from seq2seq_cli.inference.pipeline import LineParser

    writer = load_text_generator(find_model(model, "lm"), device=device)
    parser = LineParser(writer.codec.vocabulary, unknown)

    def answer(rows: list[Row], number: int) -> list[str]:
        scores = writer.score(["" if row.status == "refused" else row.text for row in rows])
        return [_line(row, found, output_format) for row, found in zip(rows, scores, strict=True)]

    answer_lines(file, parser, answer, rows_at_once=LINES_AT_ONCE)
    report_problems(parser)


def _line(row: Row, found: Score, output_format: str) -> str:
    """Return a row's line; where it is refused, the figures are blank (in JSON null)."""
    refused = row.status == "refused"
    if output_format == "jsonl":
        from seq2seq_cli.evaluation.metrics import finite

        score, perplexity = finite(round(found.log_probability, 6)), finite(round(found.perplexity, 4))
        known = {"log_probability": None if refused else score, "perplexity": None if refused else perplexity}
        return json.dumps({"line": row.text, **known}, ensure_ascii=False)
    if refused:
        return ""
    before = f"{row.text}\t" if output_format == "tsv" else ""
    return f"{before}{found.log_probability:.6f}\t{found.perplexity:.4f}"
