"""A line an epoch: in columns as wide as the terminal lets them be, or each figure behind its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seq2seq_cli.cli.view.notes import percent
from seq2seq_cli.cli.view.status import duration
from seq2seq_cli.cli.view.terminal import cells

if TYPE_CHECKING:
    from seq2seq_cli.training.events import EpochDone, Started

_BETWEEN = "  "
"""Columns."""

MARK = "best"
"""Stands behind the best epoch so far."""


@dataclass(frozen=True)
class Column:
    """A figure of an epoch."""

    name: str
    short: str
    """Its name where there is little room."""
    worth: int
    """A column that is worth less makes room for others first."""
    width: int
    """Of the widest value that it usually has."""
    value: Callable[[EpochDone, float | None], str]
    """Of an epoch, and of the seconds that are left."""

    def wide(self, short: bool) -> int:
        """Return its columns, with its name or the short one."""
        return max(self.width, cells(self.short if short else self.name))


def number(value: float | int) -> str:
    """Write a figure in at most eight characters."""
    if value != value or value in (float("inf"), float("-inf")):
        return f"{value:.0f}"  # as Python spells them
    if isinstance(value, int) and abs(value) < 1_000_000:
        return f"{value:,}"
    for limit, form in ((10, ".4f"), (100, ".3f"), (1000, ".2f"), (10_000, ".1f"), (1_000_000, ",.0f")):
        if abs(value) < limit and cells(text := f"{value:{form}}") <= 8:
            return text
    text = f"{value:.2e}"
    return text if len(text) <= 8 else f"{value:.1e}"


def rate(value: float) -> str:
    """Write a learning rate in at most eight characters."""
    text = f"{value:.3g}"
    return text if len(text) <= 8 else f"{value:.1e}"


def columns_for(started: Started) -> list[Column]:
    """Return the columns that a run has something for, from left to right."""
    from seq2seq_cli.evaluation.metrics import perplexity

    def loss(value: float | None) -> str:
        return "" if value is None else number(value)

    def perplexed(value: float | None) -> str:
        return "" if value is None else number(perplexity(value))

    def share(value: float | None) -> str:
        return "" if value is None else percent(value) if value < 10 else f"{100 * value:.0f}%"

    is_text, judged = started.unit == "symbols", started.judged_by
    exact_worth = 8 if judged == "exact-match" else 1
    forced = started.teacher_forcing < 1
    found = [Column("epoch", "epoch", 9, len(str(started.epochs)), lambda done, _: str(done.epoch))]
    if is_text:
        found.append(Column("train perplexity", "train ppl", 7, 8, lambda done, _: perplexed(done.train_loss)))
    else:
        found.append(Column("train loss", "train", 7, 8, lambda done, _: loss(done.train_loss)))
    if started.valid_size and is_text:
        found.append(Column("valid loss", "valid", 3, 8, lambda done, _: loss(done.valid_loss)))
        found.append(Column("valid perplexity", "valid ppl", 8, 8, lambda done, _: perplexed(done.valid_loss)))
    elif started.valid_size:
        found.append(Column("valid loss", "valid", 8, 8, lambda done, _: loss(done.valid_loss)))
        if judged not in ("exact-match", "loss"):
            found.append(Column("errors", "errors", 8, 7, lambda done, _: share(done.valid_error_rate)))
        found.append(Column("exact match", "exact", exact_worth, 7, lambda done, _: share(done.valid_exact_match)))
    if forced:
        found.append(Column("gold inputs", "gold", 4, 7, lambda done, _: share(done.teacher_forcing)))
    found += [
        Column("rate", "rate", 5, 8, lambda done, _: rate(done.rate)),
        Column("symbols/s", "sym/s", 2, 8, lambda done, _: number(round(done.tokens_per_second))),
        Column("time", "time", 6, 6, lambda done, _: duration(done.seconds)),
        Column("left", "left", 0, 6, lambda _, left: "" if left is None else duration(left)),
    ]
    return found


@dataclass(frozen=True)
class Layout:
    """The columns that a width has room for."""

    columns: tuple[Column, ...]
    short: bool

    @classmethod
    def of(cls, columns: Sequence[Column], width: int) -> Layout:
        """Keep what is worth most, under its whole name where that leaves room for as much.

        A column that is worth nothing makes room for the others' names.
        """
        kept = list(columns)
        while True:
            least = min(kept, key=lambda column: column.worth)
            for short in (False, True) if least.worth else (False,):
                layout = cls(tuple(kept), short)
                if layout.width <= width or len(kept) == 1:
                    return layout
            kept.remove(least)

    @property
    def width(self) -> int:
        """The width of a line, its mark included."""
        return sum(column.wide(self.short) + len(_BETWEEN) for column in self.columns) + len(MARK)

    def header(self) -> str:
        """Return the names over the columns."""
        names = ((column.short if self.short else column.name, column) for column in self.columns)
        return _BETWEEN.join(f"{name:>{column.wide(self.short)}}" for name, column in names)

    def line(self, done: EpochDone, left: float | None) -> str:
        """Return an epoch's line."""
        values = (f"{column.value(done, left):>{column.wide(self.short)}}" for column in self.columns)
        return _BETWEEN.join([*values, *([MARK] if marked(done) else [])]).rstrip()


def marked(done: EpochDone) -> bool:
    """Tell whether an epoch is said to be the best one: without a validation part nobody knows."""
    return done.best and done.valid_loss is not None


def plain_line(columns: Sequence[Column], done: EpochDone, left: float | None) -> str:
    """Return an epoch's figures, each behind its name, for a log."""
    pieces = [f"epoch {done.epoch}/{done.epochs}"]
    for column in columns[1:]:
        if value := column.value(done, left):
            pieces.append(f"{column.name} {value}")
    return _BETWEEN.join([*pieces, *([MARK] if marked(done) else [])])
