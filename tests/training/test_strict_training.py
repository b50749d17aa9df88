"""Whole runs on arrays that refuse what a GPU's would: the files and the figures are those of plain NumPy."""

from __future__ import annotations

import re

import numpy as np
import pytest
from strict_backend import StrictBackend
from whole_runs import KINDS, check_same, resumed_on, run_on

from seq2seq_cli.backend import get_backend
from seq2seq_cli.model_file import checkpoint


@pytest.mark.parametrize("kind", KINDS)
def test_runs_and_their_evaluation(kind: str, tmp_path, monkeypatch) -> None:
    strict, plain = (
        run_on(backend, kind, tmp_path / f"{backend.name}.pkl", monkeypatch)
        for backend in (StrictBackend("float64"), get_backend("cpu", "float64"))
    )
    check_same(strict, plain)


def test_a_run_that_goes_on(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "_DEVICE", re.compile("strict"))
    backend = StrictBackend("float64")
    whole, _, _ = run_on(backend, "pairs", tmp_path / "whole.pkl", monkeypatch)
    parts = resumed_on(backend, tmp_path / "parts.pkl", monkeypatch)
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(parts.weights[name], value)
