"""What is drawn: curves, shares, and tables where the locale is not UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process import s2s

from seq2seq_cli.cli.view import percent
from seq2seq_cli.cli.view.curves import LONGEST, chart, curves, log_chart
from seq2seq_cli.cli.view.progress import TrainingView
from seq2seq_cli.cli.view.terminal import ASCII, UNICODE
from seq2seq_cli.training.events import EpochDone, Finished, Started

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("judged_by", "said"), [("exact-match", True), ("symbol-error-rate", False), ("loss", False)])
def test_nothing_right_is_said_where_answers_are_right_or_wrong(capfd, judged_by, said) -> None:
    view = TrainingView("m.pkl", "m.checkpoint")
    common = {"backend": "numpy", "device": "cpu", "precision": "float32", "judged_by": judged_by}
    sizes = {"parameters": 1, "train_size": 9, "valid_size": 3, "epochs": 1, "steps_per_epoch": 10}
    shares = {"teacher_forcing": 1.0, "rate": 0.1, "seconds": 1.0, "tokens_per_second": 9.0, "best": True}
    with view:
        view.show(Started(variant="plain", unit="rows", first_epoch=1, first_step=1, **sizes, **common))
        losses = {"train_loss": 1.0, "valid_loss": 1.0, "valid_exact_match": 0.0}
        view.show(EpochDone(epoch=1, epochs=1, **losses, **shares))
        view.show(Finished(reason="epochs", epochs_done=1, best_epoch=1, seconds=1.0))
    assert ("no answer to the valid part was right" in capfd.readouterr().err) == said


def test_shares_are_never_rounded_up_to_all() -> None:
    assert [percent(share) for share in (0, 0.5, 0.99999, 1)] == ["0.00%", "50.00%", "99.99%", "100.00%"]


def test_curves_go_from_low_to_high() -> None:
    assert chart([0, 0.5, 1], 0, 1) == "▁▅█"
    rows = curves([{"train_loss": 2.0, "valid_exact_match": 0.25}, {"train_loss": 1.0, "valid_exact_match": 0.5}])
    assert rows == [("train loss", "█▁  2.0000 → 1.0000"), ("exact match", "▃▅  25.00% → 50.00%")]


def test_losses_are_drawn_on_a_logarithmic_scale() -> None:
    halves = [2.0**-step for step in range(8)]
    assert log_chart(halves) == "█▇▆▅▄▃▂▁"
    assert curves([{"train_loss": loss} for loss in halves], ASCII.levels)[0] == (
        *("train loss", "#%*+=-._  1.0000 -> 0.0078"),
    )


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([3.0], "▅"),
        ([3.0, 3.0, 3.0], "▅▅▅"),
        ([3.0, 2.99], "▅▄"),  # hardly anything, and not from top to bottom
        ([4.0, float("nan"), 1.0], "█ ▁"),
        ([4.0, float("inf"), 1.0], "█ ▁"),
        ([1.0, 0.1, 0.0], "█▁▁"),
        ([0.0, 0.0], "▁▁"),
        ([float("nan")], " "),
        ([], ""),
    ],
)
def test_curves_of_few_and_strange_figures(values, drawn) -> None:
    assert log_chart(values) == drawn


def test_what_no_epoch_has_has_no_curve_and_one_epoch_has_no_arrow() -> None:
    assert curves([{"train_loss": 2.0, "valid_loss": None, "valid_exact_match": float("nan")}]) == [
        ("train loss", "▅  2.0000")
    ]
    assert curves([]) == []


@given(st.lists(st.floats() | st.none(), min_size=1, max_size=300))
def test_a_curve_has_a_sign_an_epoch_and_is_never_long(values) -> None:
    for _, line in curves([{"train_loss": value, "valid_exact_match": value} for value in values]):
        drawn = line[: min(len(values), LONGEST)]
        assert not set(drawn) - set(UNICODE.levels + " ")
        assert line[len(drawn) :].startswith("  ")


@given(st.lists(st.floats(1e-6, 1e6), min_size=41, max_size=300))
def test_of_a_long_run_the_first_and_the_last_epoch_are_drawn(values) -> None:
    values = [1e7, *values, 1e-7]
    (_, line), *_ = curves([{"train_loss": value} for value in values])
    assert (line[0], line[LONGEST - 1]) == ("█", "▁")


def test_results_are_utf8_whatever_the_locale(tmp_path) -> None:
    s2s("prep", "addition", "--digits", 2, "--train", 60, "--valid", 10, "--test", 10, cwd=tmp_path)
    s2s("train", "data/addition", "--hidden", 4, "--epochs", 2, "-o", "m.pkl", cwd=tmp_path)
    for locale in ("latin-1", "ascii", "utf-8"):
        shown = s2s("inspect", "m.pkl", cwd=tmp_path, PYTHONIOENCODING=locale).stdout.decode("utf-8")
        assert set(shown) & set(UNICODE.levels)
        assert "…" in s2s("--help", PYTHONIOENCODING=locale).stdout.decode("utf-8")
