"""Numbers of figures, against those of textbooks."""

from __future__ import annotations

from seq2seq_cli.evaluation.metrics import finite, perplexity, wilson_interval


def test_metrics() -> None:
    low, high = wilson_interval(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)  # Wilson's interval as textbooks give it
    assert wilson_interval(0, 5)[0] == 0
    assert wilson_interval(5, 5)[1] == 1
    assert perplexity(0) == 1
    assert perplexity(1e9) == float("inf")


def test_a_figure_that_is_not_finite_is_none_in_json() -> None:
    assert finite(1.5) == 1.5
    assert finite(float("inf")) is None
    assert finite(float("nan")) is None
