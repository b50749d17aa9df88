"""A training run as it goes: a table with a bar below it at a terminal, plain lines elsewhere.

The bar is drawn here and not by Rich, whose bars leave pieces behind when the window is made narrower, or when Ctrl-C
is shown as ``^C``; and training need not wait for its import.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli.view.curves import curves
from seq2seq_cli.cli.view.epochs import Column, Layout, columns_for, number, plain_line
from seq2seq_cli.cli.view.forecast import Forecast
from seq2seq_cli.cli.view.notes import note, printable, warn
from seq2seq_cli.cli.view.status import STATUS, duration, is_quiet
from seq2seq_cli.cli.view.terminal import cells, columns, cropped, is_live, paint, signs_of
from seq2seq_cli.data.lines import plural

if TYPE_CHECKING:
    from seq2seq_cli.training.events import EpochDone, Event, Finished, Progress, Sample, Started, Warned


REASONS = {"patience": " (no better result for a while: patience)", "time": " (as long as it may take: time)"}
"""Why a run has ended before its epochs were done."""

NARROW_BAR, WIDE_BAR = 8, 30
TEXT_LINES = 3
"""Of what a language model writes."""
LEAST_SEEN = 24
"""Columns of a source, an answer and what it should be, below which the source is left out where all do not fit."""
REDRAWN = 0.05
"""Seconds between two bars."""
HEADER_EVERY = 30
"""Lines after which the names stand over the columns again."""


class TrainingView:
    """Shows a training run: a table and a bar at a terminal, one plain line an epoch elsewhere.

    Args:
        model: where the model goes.
        checkpoint: where the checkpoint goes.
    """

    def __init__(self, model: str, checkpoint: str) -> None:
        self._model, self._checkpoint = model, checkpoint
        self._at_terminal = sys.stderr.isatty()
        self._started: Started | None = None
        self._forecast: Forecast | None = None
        self._columns: list[Column] = []
        self._layout: Layout | None = None
        self._since_header, self._drawn = 0, 0.0
        self._right: float | None = None
        """The largest share of right answers so far."""
        self.example: str | None = None
        """Something that the model can be tried with."""

    def __enter__(self) -> TrainingView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        STATUS.clear()

    def show(self, event: Event) -> None:
        """Show one event."""
        action = getattr(self, f"_show_{event.name.replace('-', '_')}", None)
        if action is not None:
            action(event)

    def _show_warning(self, event: Warned) -> None:
        warn(event.message)

    def _show_started(self, event: Started) -> None:
        self._started, self._forecast, self._columns = event, Forecast(event), columns_for(event)
        where = event.backend if event.device == "cpu" else f"{event.backend} on {event.device}"
        length = f"{plural(event.epochs, 'epoch')} of {plural(event.steps_per_epoch, 'step')}"
        measured = f"{event.valid_size:,}" if event.valid_size else "none"
        unit = event.unit.removesuffix("s") if event.train_size == 1 else event.unit
        note(
            f"{event.variant}: {plural(event.parameters, 'parameter')}, {event.train_size:,} {unit} to learn from, "
            f"{measured} to measure on; {length}, {where}, {event.precision}"
        )
        if event.first_epoch > 1 or event.first_step > 1:
            note(f"going on at epoch {event.first_epoch}, step {event.first_step}")
        self._draw_bar(event.first_epoch, event.first_step - 1, event.steps_per_epoch, [])

    def _show_progress(self, event: Progress) -> None:
        if self._forecast is None or self._started is None:
            return
        self._forecast.progress(event)
        is_over = event.step >= event.steps
        if time.monotonic() - self._drawn < REDRAWN and not is_over:
            return
        loss = f"perplexity {_perplexity(event.loss)}" if self._is_text else f"loss {number(event.loss)}"
        # Windows of varying length make an epoch longer or shorter than the first one was.
        doing = "measuring" if is_over and self._started.valid_size else f"{event.tokens_per_second:,.0f} symbols/s"
        self._draw_bar(event.epoch, event.step, event.steps, [loss, doing])

    @property
    def _is_text(self) -> bool:
        return self._started is not None and self._started.unit == "symbols"

    def _draw_bar(self, epoch: int, step: int, steps: int, figures: list[str]) -> None:
        if self._started is None or self._forecast is None or is_quiet() or not is_live(sys.stderr):
            return
        self._drawn, left = time.monotonic(), self._forecast.left()
        most = "at most " if self._forecast.is_most else ""
        end = [] if left is None else [f"{most}{duration(left)} left"]
        STATUS.show(
            bar(f"epoch {epoch}/{self._started.epochs}", step, steps, [*end, *figures], columns(sys.stderr) - 1)
        )

    def _show_epoch(self, event: EpochDone) -> None:
        if event.valid_exact_match is not None:
            self._right = max(self._right or 0.0, event.valid_exact_match)
        words = re.search(r"\w+", event.text)  # a word that the model knows
        sources = sorted((sample.source for sample in event.samples), key=len)
        self.example = sources[0] if sources else words[0] if words else None
        if self._started is None or self._forecast is None:
            return
        self._forecast.epoch_done(event)
        left = self._forecast.left() if event.epoch < event.epochs else None
        if not self._at_terminal:
            note(plain_line(self._columns, event, left))
        elif not is_quiet():
            STATUS.print(*self._rows(event, left))
            if event.epoch < event.epochs:
                self._draw_bar(event.epoch + 1, 0, self._started.steps_per_epoch, [])
            else:
                STATUS.clear()

    def _rows(self, event: EpochDone, left: float | None) -> list[str]:
        """Return an epoch's line and samples, and the names of the columns where they are wanted."""
        width = columns(sys.stderr) - 1
        layout = Layout.of(self._columns, width)
        lines = list[str]()
        if layout != self._layout or self._since_header >= HEADER_EVERY:
            self._layout, self._since_header = layout, 0
            lines.append(paint(layout.header(), "bold", sys.stderr))
        lines.append(layout.line(event, left))
        lines += [sample_line(sample, width) for sample in event.samples]
        written = [line for line in event.text.splitlines() if line.strip()][:TEXT_LINES]
        more = signs_of(sys.stderr).more
        lines += [paint(f"  {cropped(printable(line), width - 2, more)}", "dim", sys.stderr) for line in written]
        self._since_header += len(lines)
        return lines

    def end(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Draw the curves of a run at a terminal."""
        if self._at_terminal and not is_quiet() and len(history) > 1:
            rows = curves(history, signs_of(sys.stderr).levels)
            wide = max((len(name) for name, _ in rows), default=0)
            STATUS.print(*(f"{name:{wide}}  {line}" for name, line in rows))

    def _show_finished(self, event: Finished) -> None:
        STATUS.clear()
        if event.reason == "interrupted":
            return
        why = REASONS.get(event.reason, "")
        best = f", best epoch {event.best_epoch}" if event.best_epoch else ""
        epochs = plural(event.epochs_done, "epoch")
        note(f"done after {epochs}{best}, {duration(event.seconds)}{why}: {self._model}")
        if self._right == 0 and self._started is not None and self._started.judged_by == "exact-match":
            note(
                "no answer to the valid part was right: "
                f"s2s evaluate -m {quote(self._model)} --part valid --errors 5 shows them; more --epochs, more data "
                "or a larger --hidden may help, and so may another level of cutting (docs/levels.md)"
            )


def bar(name: str, step: int, steps: int, figures: list[str], width: int) -> str:
    """Draw how much of an epoch is done.

    Args:
        name: stands before it.
        step: how many steps are done.
        steps: of how many.
        figures: stand behind it, as many as there is room for, the most important one first.
        width: the columns that there are.
    """
    signs = signs_of(sys.stderr)
    total = f"{steps:,}"
    count = f"{step:>{len(total)},}/{total}"
    room = width - cells(name) - cells(count) - 5  # the blanks
    kept = list[str]()
    for figure in figures:
        if room - NARROW_BAR < cells(figure) + 2:
            break
        kept.append(figure)
        room -= cells(figure) + 2
    length = min(room, WIDE_BAR)
    done = round(length * min(step / max(steps, 1), 1.0))
    drawn = f"{signs.done * done}{signs.left * (length - done)}" if length >= 3 else ""
    return "  ".join([f" {name}", *([drawn] if drawn else []), count, *kept])


def _perplexity(loss: float) -> str:
    from seq2seq_cli.evaluation.metrics import perplexity

    return number(perplexity(loss))


def sample_line(sample: Sample, width: int) -> str:
    """Write an answer beside what it should be, each cut where there is no room for it."""
    signs = signs_of(sys.stderr)
    mark, style = (signs.right, "good") if sample.right else (signs.wrong, "bad")
    texts = (sample.source, sample.answer, sample.target)
    source, answer, target = (printable(text).replace("\n", "\\n").replace("\t", "\\t") for text in texts)
    room = width - len(mark) - len(signs.arrow) - 5  # the blanks
    if sample.right:
        source, answer = _share([source, answer], room, signs.more)
        return f"  {paint(mark, style, sys.stderr)} {source} {signs.arrow} {answer}"
    if cells(source + answer + target) > room - 4 and room < 3 * LEAST_SEEN:
        # Of the three, the source says least of what was learned.
        answer, target = _share([answer, target], room - 4 + len(signs.arrow) + 2, signs.more)
        begin = answer
    else:
        source, answer, target = _share([source, answer, target], room - 4, signs.more)
        begin = f"{source} {signs.arrow} {answer}"
    end = paint(f"  ({target})", "dim", sys.stderr)
    return f"  {paint(mark, style, sys.stderr)} {begin}{end}"


def _share(texts: list[str], room: int, more: str) -> list[str]:
    """Crop texts so that together they fit; what short ones leave is the others'."""
    widths, left = [0] * len(texts), room
    for place, (wanted, index) in enumerate(sorted((cells(text), index) for index, text in enumerate(texts))):
        widths[index] = min(wanted, max(left, 0) // (len(texts) - place))
        left -= widths[index]
    return [cropped(text, wide, more) for text, wide in zip(texts, widths, strict=True)]
