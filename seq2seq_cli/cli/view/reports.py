"""Evaluations as tables, on stdout: a function for each type of report."""

from __future__ import annotations

from functools import singledispatch

from seq2seq_cli.cli.view.notes import make_console, percent
from seq2seq_cli.cli.view.tables import make_table, visible
from seq2seq_cli.evaluation.pairs import Report
from seq2seq_cli.evaluation.text_report import TextReport

UNITS = {"char": "character", "word": "word", "subword": "subword unit"}


@singledispatch
def print_report(report: object, part: str) -> None:
    """Print the evaluation of a part of a dataset to stdout."""
    raise TypeError(f"there is no table for a {type(report).__name__}")


@print_report.register
def _(report: Report, part: str) -> None:
    low, high = report.free_running_exact_match_low, report.free_running_exact_match_high
    out = make_console()
    rows = [
        (
            "free-running exact match",
            f"{percent(report.free_running_exact_match)}  ({percent(low)} to {percent(high)})",
        ),
        ("free-running character error rate", f"{100 * report.free_running_character_error_rate:.3f}%"),
        ("teacher-forced token accuracy", percent(report.teacher_forced_token_accuracy)),
        ("teacher-forced loss", f"{report.teacher_forced_loss:.5f} nats a symbol"),
        ("teacher-forced perplexity", f"{report.teacher_forced_perplexity:.4f}"),
    ]
    if report.free_running_unfinished:
        rows.append(("answers that reached the longest length", f"{report.free_running_unfinished:,}"))
    out.print(make_table(f"{part}: {report.rows:,} rows, {report.sources:,} sources", rows))
    if report.by_length:
        lengths = [(str(group.length), f"{group.rows:,}", percent(group.exact_match)) for group in report.by_length]
        out.print(make_table("\nby length of the source", lengths, ("length", "rows", "exact match")))
    if report.mistakes:
        wrong = [(mistake.source, mistake.answer, " | ".join(mistake.right)) for mistake in report.mistakes]
        title = f"\n{len(report.mistakes)} of {report.mistakes_in_all:,} wrong answers"
        out.print(make_table(title, wrong, ("source", "answer", "right")))


@print_report.register
def _(report: TextReport, part: str) -> None:
    out, unit, scored = make_console(), UNITS[report.level], report.scored
    rows = [("perplexity", f"{scored.perplexity:.2f}"), ("loss", f"{scored.loss:.5f} nats a {unit}")]
    if report.level == "char":
        rows.append(("bits a character", f"{scored.bits:.4f}"))
    procedure = "the book's procedure" if report.procedure == "book" else f"the {report.procedure}"
    out.print(f"{part}: {len(scored.losses):,} {unit}s, {procedure}", markup=False)
    out.print(make_table("", rows))
    if report.surprisals:
        lines = [(f"{s.loss:.2f}", visible(s.symbol), visible(s.before)) for s in report.surprisals]
        out.print(make_table("\nthe worst surprisals", lines, ("nats", unit, "after")))
    if report.cached is not None and report.cache is not None:
        print(f"with a cache of {report.cache.size:,} states: perplexity {report.cached.perplexity:.2f}")
