"""A training run as it goes: a live bar on a terminal, plain lines elsewhere.

Rich is imported only when something is drawn, because a pipeline that answers one line should not pay for it.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli.view.notes import make_console, note, percent, printable, warn
from seq2seq_cli.data.lines import plural

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Sample, Started, Warned


REASONS = {"patience": " (no better result for a while: patience)", "time": " (as long as it may take: time)"}
"""Why a run has ended before its epochs were done."""


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
        self._console = make_console(stderr=True) if sys.stderr.isatty() else None
        self._right: float | None = None
        """The largest share of right answers so far."""
        self._right_or_wrong = False  # whether answers are one or the other; replies and captions are neither
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

    def _show_warning(self, event: Warned) -> None:
        warn(event.message)

    def _show_started(self, event: Started) -> None:
        self._text, self._right_or_wrong = event.unit == "symbols", event.judged_by == "exact-match"
        where = event.backend if event.device == "cpu" else f"{event.backend} on {event.device}"
        length = f"{plural(event.epochs, 'epoch')} of {plural(event.steps_per_epoch, 'step')}"
        note(
            f"{event.variant}: {event.parameters:,} parameters, {event.train_size:,} {event.unit} to learn from, "
            f"{event.valid_size:,} to measure on; {length}, {where}, {event.precision}"
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
            loss = f"perplexity {_perplexity(event.loss)}" if self._text else f"loss {event.loss:.4f}"
            figures = f"{loss}  {event.tokens_per_second:,.0f} tok/s"
            # Windows of varying length make an epoch longer or shorter than the first one was.
            self._bar.update(self._task, completed=event.step, total=event.steps, epoch=event.epoch, figures=figures)

    def _show_epoch(self, event: EpochDone) -> None:
        if event.valid_exact_match is not None:
            self._right = max(self._right or 0.0, event.valid_exact_match)
        line = f"epoch {event.epoch}/{event.epochs}  train {event.train_loss:.4f}"
        if event.valid_loss is not None:
            line += f"  valid {event.valid_loss:.4f}"
            if event.valid_exact_match is None:
                line += f"  perplexity {_perplexity(event.valid_loss)}"
            else:
                line += f"  exact {percent(event.valid_exact_match)}"
            if event.valid_error_rate is not None:
                line += f"  errors {percent(event.valid_error_rate)}"
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
            self._console.print(f"  {printable(written)}", markup=False, style="dim")
        self._bar.reset(
            self._task,
            total=self._bar.tasks[0].total,
            epoch=min(event.epoch + 1, event.epochs),
            epochs=event.epochs,
            figures="",
        )

    def _show_finished(self, event: Finished) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if event.reason == "interrupted":
            return
        why = REASONS.get(event.reason, "")
        best = f", best epoch {event.best_epoch}" if event.best_epoch else ""
        note(f"done after {plural(event.epochs_done, 'epoch')}{best}, {event.seconds:.0f} s{why}: {self._model}")
        if self._right == 0 and self._right_or_wrong:
            note(
                "no answer to the valid part was right: s2s evaluate --part valid --errors 5 shows them; more --epochs,"
            )
            note("more data or a larger --hidden may help, and so may another level of cutting (docs/levels.md)")


def _perplexity(loss: float) -> str:
    from seq2seq_cli.evaluation.metrics import perplexity

    return f"{perplexity(loss):.2f}"


def _sample_line(sample: Sample) -> Any:
    from rich.text import Text

    mark, style = ("✓", "green") if sample.right else ("✗", "red")
    text = Text("  ").append(f"{mark} ", style).append(printable(f"{sample.source} → {sample.answer}"))
    return text if sample.right else text.append(printable(f"  ({sample.target})"), "dim")
