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
    intake = LineParser(writer.codec.vocabulary, unknown)

    def answer(rows: list[Row], number: int) -> list[str]:
        lines = []
        for row, found in zip(rows, writer.score([row.text for row in rows]), strict=True):
            if not row.answerable and unknown == "error" and row.text:
                lines.append("")
            elif output_format == "jsonl":
                figures = {"log_probability": round(found.log_probability, 6), "perplexity": round(found.perplexity, 4)}
                lines.append(json.dumps({"line": row.text, **figures}, ensure_ascii=False))
            else:
                before = f"{row.text}\t" if output_format == "tsv" else ""
                lines.append(f"{before}{found.log_probability:.6f}\t{found.perplexity:.4f}")
        return lines

    answer_lines(file, intake, answer, rows_at_once=LINES_AT_ONCE)
    report_problems(intake)
