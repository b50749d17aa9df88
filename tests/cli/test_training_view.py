"""A training run at a terminal and in a pipe: columns, bar, time left."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screen import SAMPLES, Screen, epoch_done, screen, started

from seq2seq_cli.cli.view.epochs import Layout, columns_for, number, rate
from seq2seq_cli.cli.view.forecast import Forecast
from seq2seq_cli.cli.view.progress import TrainingView, bar, sample_line
from seq2seq_cli.cli.view.status import STATUS, duration
from seq2seq_cli.cli.view.terminal import cells
from seq2seq_cli.training.events import Finished, Progress, Sample

FIGURES = st.floats(min_value=0) | st.just(float("nan"))
SHARES = st.floats(0, 1)
RUNS = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["rows", "symbols"]),
        "judged_by": st.sampled_from(["exact-match", "symbol-error-rate", "loss"]),
        "valid_size": st.sampled_from([0, 1, 5000]),
        "teacher_forcing": st.sampled_from([1.0, 0.5]),
        "epochs": st.sampled_from([1, 40, 100_000]),
    }
)
EPOCHS = st.fixed_dictionaries(
    {
        "train_loss": FIGURES,
        "valid_loss": st.none() | FIGURES,
        "valid_exact_match": st.none() | SHARES,
        "valid_error_rate": st.none() | st.floats(0, 50),
        "rate": st.floats(0, 1e6),
        "seconds": st.floats(0, 1e8),
        "tokens_per_second": st.floats(0, 1e12),
    }
)
TEXTS = (
    st.text(max_size=60)
    | st.text(alphabet="한국어 가나다", max_size=60)
    | st.text(alphabet="👍🏽é\u0301x", max_size=60)
)


def shown_in(width: int, run: TrainingView, *events: object) -> Screen:
    with pytest.MonkeyPatch.context() as patch:
        found = screen(patch, width)
        view = type(run)("m.pkl", "m.checkpoint")
        with view:
            for event in events:
                view.show(event)  # type: ignore[arg-type]
        return found


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([60, 80, 120]), RUNS, EPOCHS, st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.booleans()), max_size=3)
)
def test_no_line_of_the_table_is_wider_than_the_terminal(width, run, epoch, samples) -> None:
    done = epoch_done(epochs=run["epochs"], samples=tuple(Sample(*each) for each in samples), **epoch)
    found = shown_in(width, TrainingView("", ""), started(**run), done, Finished("epochs", 1, 1, 1.0))
    assert max(map(cells, found.drawn)) <= width


@settings(max_examples=100, deadline=None)
@given(st.integers(10, 200), RUNS, EPOCHS)
def test_figures_stand_under_their_names_to_the_right(width, run, epoch) -> None:
    columns = columns_for(started(**run))
    layout = Layout.of(columns, width)
    assert layout.width <= width or len(layout.columns) == 1
    header, line = layout.header(), layout.line(epoch_done(epochs=run["epochs"], **epoch), 5.0)
    place = -2
    for column in layout.columns:
        place += 2 + column.wide(layout.short)
        name = column.short if layout.short else column.name
        assert header[:place].endswith(name)
        assert line[:place].endswith(column.value(epoch_done(epochs=run["epochs"], **epoch), 5.0))
    assert line == line.rstrip()


def test_what_is_worth_least_makes_room_for_the_rest() -> None:
    def names(width: int, **run: object) -> str:
        return " ".join(Layout.of(columns_for(started(**run)), width).header().split())

    assert names(120) == "epoch train loss valid loss exact match rate symbols/s time left"
    assert names(80) == "epoch train loss valid loss exact match rate symbols/s time"
    assert names(59) == "epoch train valid exact rate time"
    assert names(40) == "epoch train valid exact"
    assert names(79, judged_by="symbol-error-rate") == "epoch train valid errors exact rate sym/s time"
    assert names(59, unit="symbols") == "epoch train ppl valid ppl rate time"


def test_the_bars_total_follows_windows_of_varying_length(monkeypatch) -> None:
    monkeypatch.setattr("seq2seq_cli.cli.view.progress.REDRAWN", 0.0)
    found = screen(monkeypatch, 80)
    view = TrainingView("m.pkl", "m.checkpoint")
    with view:
        view.show(started(unit="symbols", valid_size=0))
        for steps in (10, 13, 8):
            view.show(Progress(epoch=1, step=5, steps=steps, loss=1.0, tokens_per_second=1.0))
            assert f" 5/{steps}  " in found.drawn[-1]
    assert not [line for line in found.lasting() if "━" in line]


def test_the_bar_says_when_an_epoch_is_being_measured(monkeypatch) -> None:
    found = screen(monkeypatch, 80)
    with TrainingView("m.pkl", "m.checkpoint") as view:
        view.show(started())
        view.show(progress(1, 10))
        assert re.fullmatch(r" epoch 1/2  ━+  10/10  \S+s left  loss 1.0000  measuring", found.drawn[-1])


def test_a_bar_is_not_drawn_more_often_than_anybody_sees(monkeypatch) -> None:
    monkeypatch.setattr("seq2seq_cli.cli.view.progress.REDRAWN", 60.0)
    found = screen(monkeypatch, 80)
    with TrainingView("m.pkl", "m.checkpoint") as view:
        view.show(started(steps_per_epoch=1000))
        for step in range(1000):
            view.show(progress(1, step, 1000))
    assert found.text.count("/1,000") == 1


def test_where_an_answer_and_its_source_do_not_fit_the_source_is_left_out() -> None:
    long = Sample("source " * 9, "answer " * 9, "target " * 9, False)
    assert sample_line(long, 60).startswith("  ✗ answer answer answer answ…  (target target")
    assert sample_line(long, 119).count("source") == 5


def test_nothing_of_the_bar_is_left_after_an_error(monkeypatch) -> None:
    found = screen(monkeypatch, 80)
    with pytest.raises(ValueError, match="no"), TrainingView("m.pkl", "m.checkpoint") as view:
        view.show(started())
        view.show(Progress(epoch=1, step=5, steps=10, loss=1.0, tokens_per_second=1.0))
        raise ValueError("no")
    assert "───" in found.text
    assert len(found.lasting()) == 2  # what is going to be done, broken between words


def test_in_a_pipe_there_are_plain_lines(monkeypatch, capfd) -> None:
    monkeypatch.setenv("TERM", "xterm")
    view = TrainingView("m.pkl", "m.checkpoint")
    with view:
        view.show(started())
        view.show(Progress(epoch=1, step=5, steps=10, loss=1.0, tokens_per_second=1.0))
        view.show(epoch_done(samples=SAMPLES))
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    figures = "train loss 1.0000  valid loss 1.0000  exact match 50.00%  rate 0.1  symbols/s 9  time 1.0s"
    assert lines[1].startswith(f"s2s: epoch 1/2  {figures}  left ")
    assert lines[1].endswith("s  best")


def test_on_a_dumb_terminal_there_is_a_table_and_no_bar(monkeypatch) -> None:
    found = screen(monkeypatch, 80, TERM="dumb")
    with TrainingView("m.pkl", "m.checkpoint") as view:
        view.show(started())
        view.show(Progress(epoch=1, step=5, steps=10, loss=1.0, tokens_per_second=1.0))
        view.show(epoch_done(samples=SAMPLES))
    assert found.getvalue() == found.text
    assert "\r" not in found.getvalue()
    assert found.getvalue().splitlines()[2:4] == [
        "epoch  train loss  valid loss  exact match      rate  symbols/s    time",
        "    1      1.0000      1.0000       50.00%       0.1          9    1.0s  best",
    ]


def test_signs_are_those_that_the_terminal_knows(monkeypatch) -> None:
    found = screen(monkeypatch, 80)
    monkeypatch.setattr(Screen, "encoding", "ascii")
    found.write(bar("epoch 1/2", 5, 10, ["loss 1"], 60) + sample_line(SAMPLES[1], 100))
    assert found.text.startswith(" epoch 1/2  ###############---------------   5/10  loss 1")
    assert " -> " in found.text
    assert "..." in found.text


def test_the_names_come_again_when_they_are_far_up_or_the_window_has_another_width(monkeypatch) -> None:
    found = screen(monkeypatch, 80)
    with TrainingView("m.pkl", "m.checkpoint") as view:
        view.show(started(epochs=100))
        for number_of in range(1, 41):
            monkeypatch.setenv("COLUMNS", "80" if number_of < 40 else "60")
            view.show(epoch_done(epoch=number_of, epochs=100))
    assert [line.split()[2] for line in found.lasting() if line.startswith("epoch")] == ["loss", "loss", "valid"]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(epoch: int, step: int, steps: int = 10) -> Progress:
    return Progress(epoch=epoch, step=step, steps=steps, loss=1.0, tokens_per_second=1.0)


def test_the_time_left_is_that_of_the_whole_run_with_its_validations() -> None:
    clock = Clock()
    forecast = Forecast(started(epochs=3), clock)
    assert forecast.left() is None
    clock.now = 5.0
    forecast.progress(progress(1, 5))
    assert forecast.left() == 25.0
    clock.now = 13.0
    forecast.epoch_done(epoch_done(epoch=1, epochs=3, seconds=10.0))
    assert forecast.left() == 26.0  # two more epochs, each with three seconds of measuring
    clock.now = 18.0
    forecast.progress(progress(2, 5))
    assert forecast.left() == 21.0
    assert not forecast.is_most


def test_the_time_left_of_a_run_that_goes_on_counts_what_is_done_here() -> None:
    clock = Clock()
    forecast = Forecast(started(epochs=3, first_epoch=2, first_step=6), clock)
    clock.now = 2.0
    forecast.progress(progress(2, 8))
    assert forecast.left() == 8.0


def test_the_time_left_is_never_more_than_the_run_may_take() -> None:
    clock = Clock()
    forecast = Forecast(started(epochs=1000, time_limit=60.0, seconds=20.0, patience=3), clock)
    clock.now = 10.0
    forecast.progress(progress(1, 5))
    assert forecast.left() == 30.0
    assert forecast.is_most
    clock.now = 1000.0
    assert forecast.left() == 0.0


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (3599.6, "1h00m"),
        (3601, "1h00m"),
        (86_400, "24h00m"),
        (1e6, "278h"),
    ],
)
def test_durations(seconds, shown) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.00094, "0.0009"),
        (9.99996, "10.0000"),
        (12.3456, "12.346"),
        (999.999, "1000.00"),
        (1234.56, "1234.6"),
        (123456.7, "123,457"),
        (999999.9, "1.00e+06"),
        (1e300, "1.0e+300"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_figures_have_at_most_eight_characters(value, shown) -> None:
    assert number(value) == shown
    assert len(shown) <= 8


@given(st.floats(0, 1e6))
def test_rates_have_at_most_eight_characters(value) -> None:
    assert len(rate(value)) <= 8


def test_a_status_is_shown_on_a_terminal_alone(monkeypatch, capfd) -> None:
    STATUS.show("busy")
    STATUS.clear()
    assert capfd.readouterr().err == ""
    found = screen(monkeypatch, 10)
    STATUS.show("very very busy")
    STATUS.print("line")
    assert found.lasting()[0] == "line"
    STATUS.clear()
    assert found.lasting() == ["line"]
    assert all(len(piece) < 10 for piece in found.drawn)
    assert sys.stderr is found
