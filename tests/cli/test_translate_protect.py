"""`s2s train --protect` and what `s2s translate` makes of it, in a pipeline."""

from __future__ import annotations

import pytest
from process import s2s

pytestmark = pytest.mark.slow

NAMES = "ab", "cd", "ef"
ROWS = [f"take {number} {name}\tnimm {name} {number}" for number in range(30) for name in NAMES]


def test_spans_pass_through_a_pipeline(tmp_path) -> None:
    (tmp_path / "rows.tsv").write_text("".join(f"{row}\n" for row in ROWS))
    s2s("prep", "pairs", "rows.tsv", "--source-level", "word", "--target-level", "word", "-o", "data", cwd=tmp_path)
    options = ["--attention", "--hidden", "24", "--epochs", "15", "--batch-size", "8", "--learning-rate", "0.01"]
    train = ["train", "data", *options, "-o", "m.pkl"]
    refused = s2s(*train, "--protect", "[0-9]+x", cwd=tmp_path, code=2)
    assert "matches nothing that stands in a source and in its target" in refused.stderr.decode()
    s2s(*train, "--protect", "[0-9]+", cwd=tmp_path)
    lines = b"take 98765 ab\n\ntake 7 zz\n"
    answers = s2s("translate", "-m", "m.pkl", cwd=tmp_path, given=lines)
    first, blank, last = answers.stdout.decode().splitlines()
    assert (first, blank) == ("nimm ab 98765", "")
    assert last.startswith("nimm ")
    assert "1 with unknown symbols (first: line 3)" in answers.stderr.decode()  # the number is none
    unprotected = s2s("translate", "-m", "m.pkl", "--protect", "", cwd=tmp_path, given=lines)
    assert b"98765" not in unprotected.stdout
    s2s(*train[:-1], "n.pkl", cwd=tmp_path)
    refused = s2s("translate", "-m", "n.pkl", "--protect", "x", cwd=tmp_path, given=lines, code=2)
    assert "--protect has no effect on a model that was trained without it" in refused.stderr.decode()
