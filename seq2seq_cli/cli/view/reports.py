"""Evaluations as tables, on stdout: a function for each type of report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from seq2seq_cli.cli.view.notes import note, percent
from seq2seq_cli.cli.view.tables import print_table, visible
from seq2seq_cli.data.lines import plural
from seq2seq_cli.evaluation.compare import Difference
from seq2seq_cli.evaluation.figures import Figure
from seq2seq_cli.evaluation.pairs_report import Report
from seq2seq_cli.evaluation.text_report import TextReport

UNITS = {"char": "character", "word": "word", "subword": "subword unit"}


NOTHING_RIGHT = (
    "nothing is right: --errors 5 shows what it answers; perhaps it learned from other data (s2s inspect MODEL says), "
    "or not for long enough (s2s train --epochs)"
)


@singledispatch
def what_errors_show(report: object) -> str | None:
    """Return what --errors would show of a part, or None where there is nothing to see."""
    raise TypeError(f"there are no errors of a {type(report).__name__}")


@what_errors_show.register
def _(report: Report) -> str | None:
    all_right = any(figure.name == "exact-match" and figure.value == 1 for figure in report.figures)
    return None if all_right or report.mistakes else "see wrong answers"


@what_errors_show.register
def _(report: TextReport) -> str | None:
    return None if report.surprisals else "see what it expected least"


@singledispatch
def print_report(report: object, part: str) -> None:
    """Print the evaluation of a part of a dataset to stdout."""
    raise TypeError(f"there is no table for a {type(report).__name__}")


@print_report.register
def _(report: Report, part: str) -> None:
    rows = [
        (f"free-running {report.form.title(figure)}", _number(figure, figure.value), _interval(figure))
        for figure in report.figures
    ]
    rows += [
        ("teacher-forced token accuracy", percent(report.teacher_forced_token_accuracy), ""),
        ("teacher-forced loss", f"{report.teacher_forced_loss:.5f}", "nats a symbol"),
        ("teacher-forced perplexity", f"{report.teacher_forced_perplexity:.4f}", ""),
    ]
    if report.free_running_unfinished:
        rows.append(("answers that reached the longest length", f"{report.free_running_unfinished:,}", ""))
    title = f"{part}: {plural(report.rows, 'row')}, {plural(report.sources, 'source')}"
    print_table(title, rows, numbers={1}, only_first_folds=True)
    for figure in report.figures:
        if figure.signature:
            print(f"{figure.title}: {figure.signature}")
    if report.figures[0].larger_is_better and not report.figures[0].value:
        note(NOTHING_RIGHT)
    for reason in report.left_out:
        note(f"left out: {reason}")
    if report.by_length:
        first = report.figures[0]
        more = first.name not in ("exact-match", "word-error-rate")  # which say the same
        lengths = [
            (
                *(str(group.length), f"{group.rows:,}", percent(group.exact_match)),
                *([_number(first, group.first_figure)] if more else []),
            )
            for group in report.by_length
        ]
        header = ("length", "rows", "exact match", *([report.form.title(first)] if more else []))
        print_table("\nby length of the source", lengths, header, numbers=range(4))
    if report.mistakes:
        wrong = [(mistake.source, mistake.answer, " | ".join(mistake.right)) for mistake in report.mistakes]
        title = f"\n{len(report.mistakes)} of {plural(report.mistakes_in_all, 'wrong answer')}"
        print_table(title, wrong, ("source", "answer", "right"))


def print_differences(differences: Sequence[Difference], other: str) -> None:
    """Print two models' figures beside each other to stdout.

    Args:
        differences: of their figures.
        other: where the second model is.
    """
    rows = []
    for entry in differences:
        scale = 1 if entry.unit == "points" else 100
        difference, low, high = (scale * value for value in (entry.difference, entry.low, entry.high))
        p_value = f"{entry.p_value:.3f}" if entry.p_value >= 0.001 else "<0.001"
        figures = (_number(entry, entry.value), _number(entry, entry.other_value), f"{difference:+.2f}")
        rows.append((entry.title, *figures, f"{low:+.2f} to {high:+.2f}", p_value))
    header = ("figure", "this", "other", "gap", "95% interval", "p")
    print(f"\nbeside {visible(other)}")
    print_table("", rows, header, numbers=range(1, 6), only_first_folds=True)


def _interval(figure: Figure) -> str:
    low, high = (_number(figure, end).removesuffix("%") for end in (figure.low, figure.high))
    return f"({low} to {high})"


def _number(figure: Figure | Difference, value: float) -> str:
    if figure.unit == "points":
        return f"{value:.2f}"
    # Neither rounds to a perfect one.
    return percent(value) if figure.larger_is_better or not 0 < value < 0.0005 else f"{100 * value:.3f}%"


@print_report.register
def _(report: TextReport, part: str) -> None:
    unit, scored = UNITS[report.level], report.scored
    rows = [("perplexity", f"{scored.perplexity:.2f}", ""), ("loss", f"{scored.loss:.5f}", f"nats a {unit}")]
    if report.level == "char":
        rows.append(("bits a character", f"{scored.bits:.4f}", ""))
    procedure = "the book's procedure" if report.procedure == "book" else f"the {report.procedure}"
    print_table(f"{part}: {plural(len(scored.losses), unit)}, {procedure}", rows, numbers={1}, only_first_folds=True)
    if report.surprisals:
        lines = [(f"{s.loss:.2f}", visible(s.symbol), visible(s.before)) for s in report.surprisals]
        print_table("\nthe worst surprisals", lines, ("nats", unit, "after"), numbers={0})
    if report.cached is not None and report.cache is not None:
        print(f"with a cache of {report.cache.size:,} states: perplexity {report.cached.perplexity:.2f}")
