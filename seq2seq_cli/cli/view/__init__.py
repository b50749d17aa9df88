"""Everything that s2s shows to a person: notes, warnings, tables, bars. Only results go to stdout.

Notes and warnings are plain lines on stderr. Rich is imported only when something is drawn, because a
pipeline that answers one line should not pay for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from seq2seq_cli.evaluation.metrics import perplexity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from seq2seq_cli.evaluation.pairs import Report
    from seq2seq_cli.evaluation.text import ScoredText
    from seq2seq_cli.inference.text_generator import Surprisal
    from seq2seq_cli.training.events import EpochDone, Event, Progress, Sample, Started

BLOCKS = " ▁▂▃▄▅▆▇█"
SYMBOLS_SHOWN = 40


def note(message: str) -> None:
    """Write one line for people to stderr."""
    print(f"s2s: {message}", file=sys.stderr, flush=True)


def warn(*messages: str) -> None:
    """Write warnings to stderr, one a line."""
    for message in messages:
        note(f"warning: {message}")


def percent(share: float) -> str:
    """Write a share from 0 to 1 as a percentage that never rounds to a perfect or a hopeless one."""
    shown = min(share, 0.9999) if share < 1 else share
    return f"{100 * shown:.2f}%"


def _out(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


# --- training -----------------------------------------------------------------------------------------


class TrainingView:
    """Shows a training run: a live bar on a terminal, one plain line an epoch elsewhere.

    Args:
        model: where the model goes.
        checkpoint: where the checkpoint goes.
    """

    def __init__(self, model: str, checkpoint: str) -> None:
        self._model, self._checkpoint = model, checkpoint
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._console = _out(stderr=True) if sys.stderr.isatty() else None
        self._text = False  # whether a language model is trained, of which people want the perplexity

    def __enter__(self) -> TrainingView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        action = getattr(self, f"_show_{event.name.replace('-', '_')}", None)
        if action is not None:
            action(event)

    def _show_started(self, event: Started) -> None:
        self._text = event.unit == "symbols"
        where = event.backend if event.device == "cpu" else f"{event.backend} on {event.device}"
        note(
            f"{event.variant}: {event.parameters:,} parameters, {event.train_size:,} {event.unit} to learn from, "
            f"{event.valid_size:,} to measure on; {event.epochs} epochs of {event.steps_per_epoch:,} steps, "
            f"{where}, {event.precision}"
        )
        if event.first_epoch > 1 or event.first_step > 1:
            note(f"going on at epoch {event.first_epoch}, step {event.first_step}")
        if self._console is None:
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            expand=True,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(
            "", total=event.steps_per_epoch, epoch=event.first_epoch, epochs=event.epochs, figures=""
        )

    def _show_progress(self, event: Progress) -> None:
        if self._bar is not None and self._task is not None:
            loss = f"perplexity {perplexity(event.loss):.2f}" if self._text else f"loss {event.loss:.4f}"
            figures = f"{loss}  {event.tokens_per_second:,.0f} tok/s"
            self._bar.update(self._task, completed=event.step, epoch=event.epoch, figures=figures)

    def _show_epoch(self, event: EpochDone) -> None:
        line = f"epoch {event.epoch}/{event.epochs}  train {event.train_loss:.4f}"
        if event.valid_loss is not None:
            line += f"  valid {event.valid_loss:.4f}"
            if event.valid_exact_match is None:
                line += f"  perplexity {perplexity(event.valid_loss):.2f}"
            else:
                line += f"  exact {percent(event.valid_exact_match)}"
        if event.teacher_forcing < 1:
            line += f"  forced {percent(event.teacher_forcing)}"
        line += f"  {event.tokens_per_second:,.0f} tok/s  {event.seconds:.1f} s"
        if event.best and event.valid_loss is not None:
            line += "  best"
        if self._bar is None or self._console is None or self._task is None:
            note(line)
            return
        self._console.print(line, markup=False)
        for sample in event.samples:
            self._console.print(_sample_line(sample))
        for written in event.text.splitlines():
            self._console.print(f"  {written}", markup=False, style="dim")
        self._bar.reset(
            self._task,
            total=self._bar.tasks[0].total,
            epoch=min(event.epoch + 1, event.epochs),
            epochs=event.epochs,
            figures="",
        )

    def _show_finished(self, event: Any) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if event.reason == "interrupted":
            return
        why = "" if event.reason == "epochs" else f" (no better result for a while: {event.reason})"
        best = f", best epoch {event.best_epoch}" if event.best_epoch else ""
        note(f"done after {event.epochs_done} epochs{best}, {event.seconds:.0f} s{why}: {self._model}")


def _sample_line(sample: Sample) -> Any:
    from rich.text import Text

    mark, style = ("✓", "green") if sample.right else ("✗", "red")
    text = Text("  ").append(f"{mark} ", style).append(f"{sample.source} → {sample.answer}")
    return text if sample.right else text.append(f"  ({sample.target})", "dim")


# --- evaluation, cards, facts ---------------------------------------------------------------------------


def _table(title: str, rows: Sequence[Sequence[str]], header: Sequence[str] = ()) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", show_header=bool(header), box=None, pad_edge=False)
    for column in header or ("",) * max((len(row) for row in rows), default=1):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def print_report(part: str, report: Report, *, by_length: bool) -> None:
    """Print an evaluation to stdout."""
    low, high = report.free_running_exact_match_low, report.free_running_exact_match_high
    out = _out()
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
        rows.append(("answers cut at the longest length", f"{report.free_running_unfinished:,}"))
    title = f"{part}: {report.rows:,} rows, {report.sources:,} sources"
    out.print(_table(title, rows))
    if by_length:
        lengths = [(str(group.length), f"{group.rows:,}", percent(group.exact_match)) for group in report.by_length]
        out.print(_table("\nby length of the source", lengths, ("length", "rows", "exact match")))
    if report.mistakes:
        wrong = [(mistake.source, mistake.answer, " | ".join(mistake.right)) for mistake in report.mistakes]
        title = f"\n{len(report.mistakes)} of {report.mistakes_in_all:,} wrong answers"
        out.print(_table(title, wrong, ("source", "answer", "right")))


def print_text_report(
    part: str, scored: ScoredText, surprisals: Sequence[Surprisal], *, level: str, as_book: bool
) -> None:
    """Print the evaluation of a text to stdout."""
    out, unit = _out(), "character" if level == "char" else "word"
    rows = [("perplexity", f"{scored.perplexity:.2f}"), ("loss", f"{scored.loss:.5f} nats a {unit}")]
    if level == "char":
        rows.append(("bits a character", f"{scored.bits:.4f}"))
    procedure = "the book's procedure" if as_book else "the whole text"
    out.print(f"{part}: {len(scored.losses):,} {unit}s, {procedure}", markup=False)
    out.print(_table("", rows))
    if surprisals:
        lines = [(f"{s.loss:.2f}", _visible(s.symbol), _visible(s.before)) for s in surprisals]
        out.print(_table("\nthe worst surprisals", lines, ("nats", unit, "after")))


def _visible(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def chart(values: Sequence[float], low: float, high: float) -> str:
    """Draw values as a line of blocks between two bounds."""
    span = (high - low) or 1.0
    return "".join(BLOCKS[1 + round(min(max((value - low) / span, 0.0), 1.0) * (len(BLOCKS) - 2))] for value in values)


def _curves(history: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    rows = []
    curves = (("train loss", "train_loss"), ("valid loss", "valid_loss"), ("exact match", "valid_exact_match"))
    for label, name in curves:
        values = [entry[name] for entry in history if isinstance(entry.get(name), float)]
        if values:
            share = name == "valid_exact_match"
            low, high = (0.0, 1.0) if share else (0.0, max(values))
            first, last = ((percent(v) if share else f"{v:.4f}") for v in (values[0], values[-1]))
            rows.append((label, f"{chart(values[-60:], low, high)}  {first} → {last}"))
    return rows


def print_card(card: Mapping[str, Any]) -> None:
    """Print a model's card to stdout."""
    out = _out()
    config, data, metrics = card["config"], card["data"], card["metrics"]
    shown = {name: value for name, value in config.items() if value not in (None, False, 0, 0.0)}
    rows = [
        ("kind", f"{card['kind']}, {card['variant']}" + (" (checkpoint)" if card["checkpoint"] else "")),
        ("parameters", f"{card['parameters']:,} in {card['bytes']:,} bytes"),
        ("config", ", ".join(f"{name} {value}" for name, value in shown.items() if name != "kind")),
    ]
    if card["source_vocabulary"]:
        rows.append(("source symbols", _symbols(card["source_vocabulary"])))
    rows.append(("target symbols" if card["source_vocabulary"] else "symbols", _symbols(card["target_vocabulary"])))
    rows.append(("data", _data_line(data)))
    if metrics:
        known = ((name, value) for name, value in metrics.items() if value is not None)
        rows.append(("metrics", ", ".join(f"{name} {_number(value)}" for name, value in known)))
    rows.append(("versions", ", ".join(f"{name} {version}" for name, version in card["versions"].items())))
    out.print(_table(card["file"], [*rows, *_curves(card["history"])]))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _symbols(vocabulary: Mapping[str, Any]) -> str:
    symbols = vocabulary["symbols"]
    more = " …" if len(symbols) > SYMBOLS_SHOWN else ""
    shown = " ".join(map(_visible, symbols[:SYMBOLS_SHOWN]))
    return f"{len(symbols):,} ({vocabulary['level']}): {shown}{more}"


def _data_line(data: Mapping[str, Any]) -> str:
    words = [str(data.get("kind", "unknown"))]
    if data.get("path"):
        words.append(str(data["path"]))
    counts = data.get("counts")
    if isinstance(counts, dict):
        words.append(", ".join(f"{name} {count}" for name, count in counts.items()))
    return ": ".join(words)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print what works here to stdout."""
    rows = [(name, str(facts[name])) for name in ("s2s", "python", "platform", "cpus", "numpy")]
    for pool in facts["blas"]:
        rows.append(("blas", " ".join(f"{name}={value}" for name, value in pool.items() if value is not None)))
    for name, backend in facts["backends"].items():
        works = f"works on {', '.join(backend['devices'])}" if backend["works"] else f"no: {backend['why']}"
        rows.append((f"backend {name}", works))
    for name, extra in facts["extras"].items():
        works = f"works ({extra['version']})" if extra["works"] else f"no: {extra['why']}"
        rows.append((f"extra {name}", f"{works}, for {extra['for']}"))
    _out().print(_table("what works here", rows))
