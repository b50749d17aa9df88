"""A small, fixed slice of `benchmarks/fuzz.py`: spoiled files end in an answer or in one clear refusal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CASES = {"model": 250, "checkpoint": 150, "dataset": 80, "config": 200, "import": 150}

pytest.importorskip("sentencepiece")


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import fuzz

        yield fuzz
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def given(fuzz, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "given"
    fuzz.material.make_material(folder)
    return folder


def test_every_target_is_tried(fuzz) -> None:
    assert set(fuzz.TARGETS) == set(CASES)


@pytest.mark.parametrize("target", CASES)
def test_spoiled_files_are_used_or_refused(fuzz, given, target) -> None:
    outcomes = [fuzz.run_case(target, seed, given).partition(" ")[0] for seed in range(CASES[target])]
    # Both happen: a harness whose files are all refused at the door tries nothing.
    assert outcomes.count("read") >= 3
    assert outcomes.count("refused") > CASES[target] / 3


def test_what_is_not_spoiled_is_used(fuzz, given, monkeypatch) -> None:
    monkeypatch.setattr(fuzz.material, "spoil", lambda draw, value: value)
    monkeypatch.setattr(fuzz.material, "spoil_bytes", lambda draw, data: data)
    monkeypatch.setattr(fuzz.material, "opcode_soup", lambda draw: (given / "pairs-char.pkl").read_bytes())
    for target in ("model", "dataset"):
        assert {fuzz.run_case(target, seed, given) for seed in range(20)} == {"read"}


def test_a_finding_is_found(fuzz, given, monkeypatch) -> None:
    """Whatever a case raises that is no refusal, and whatever it shows that commands a terminal."""

    def raising(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setitem(fuzz.TARGETS, "model", raising)
    with pytest.raises(KeyError):
        fuzz.run_case("model", 0, given)
    for shown in ("a\x1b[2Jb", "\x9b31m", '{"x": NaN}', "\ud800"):
        monkeypatch.setitem(fuzz.TARGETS, "model", lambda *_, shown=shown: print(shown))
        with pytest.raises(fuzz.Finding):
            fuzz.run_case("model", 0, given)
    monkeypatch.setitem(fuzz.TARGETS, "model", lambda draw, given, folder: (folder.parent / "x").touch())
    with pytest.raises(fuzz.Finding, match="elsewhere"):
        fuzz.run_case("model", 0, given)
