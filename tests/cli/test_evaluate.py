"""s2s evaluate: the figures that fit, those asked for, two models beside each other, a missing extra."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from process import ROOT, s2s, text_of

pytest.importorskip("fcntl", reason="pseudo-terminals are Unix's")
from terminal import shown_at

pytestmark = pytest.mark.slow

WORDS = {"un": "a", "le": "the", "chat": "cat", "chien": "dog", "voit": "sees", "aime": "likes"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with two models of sentences, one better than the other."""
    folder = tmp_path_factory.mktemp("evaluated")
    draw = random.Random(0)
    rows = [draw.choices(list(WORDS), k=draw.randint(4, 6)) for _ in range(260)]
    lines = [f"{' '.join(row)}\t{' '.join(map(WORDS.get, row))}\n" for row in rows]
    (folder / "words.tsv").write_text("".join(lines))
    levels = ("--source-level", "word", "--target-level", "word")
    s2s("prep", "pairs", "words.tsv", *levels, "--valid", 20, "--test", 40, "-o", "data/words", cwd=folder)
    small = ("--attention", "--hidden", 16, "--embedding", 8, "--lr", 0.02, "--batch-size", 16)
    for name, epochs in (("good.pkl", 12), ("bad.pkl", 1)):
        s2s("train", "data/words", *small, "--epochs", epochs, "-o", name, cwd=folder)
    return folder


def test_sentences_have_bleu_and_chrf_first(trained) -> None:
    shown = shown_at(60, "evaluate", "-m", "good.pkl", cwd=trained)
    lines = shown.splitlines()
    assert lines[1].startswith("free-running BLEU ")
    assert lines[2].startswith("free-running chrF ")
    assert "BLEU: nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:" in shown
    assert all(len(line.rstrip()) <= 60 for line in lines if "|" not in line)
    grouped = text_of("evaluate", "-m", "good.pkl", "--by", "length", cwd=trained)[0]
    assert "\nlength\trows\texact match\tBLEU\n" in grouped
    first = text_of("evaluate", "-m", "good.pkl", "--metric", "character-error-rate", cwd=trained)[0].splitlines()[1]
    assert first.startswith("free-running character error rate\t")


def test_two_models_beside_each_other(trained) -> None:
    command = ("evaluate", "-m", "good.pkl", "--compare", "bad.pkl")
    shown, _ = text_of(*command, cwd=trained)
    assert "\nbeside bad.pkl\n" in shown
    narrow = shown_at(60, *command, cwd=trained).partition("\nbeside bad.pkl\n")[2].splitlines()
    assert narrow[0].split("  ")[0] == "figure"
    assert any(line.startswith("chrF ") and line.rstrip()[-1].isdigit() for line in narrow)
    assert max(len(line.rstrip()) for line in narrow) <= 60
    found = json.loads(text_of(*command, "--json", cwd=trained)[0])
    other = json.loads(text_of("evaluate", "-m", "bad.pkl", "--json", cwd=trained)[0])
    assert found["other"] == "bad.pkl"
    for entry in found["differences"]:
        name = f"free_running_{entry['name'].replace('-', '_')}"
        assert (entry["value"], entry["other_value"]) == (pytest.approx(found[name]), pytest.approx(other[name]))
        assert entry["low"] <= entry["difference"] <= entry["high"]
    assert found["differences"][0]["name"] == "bleu"
    assert found["differences"][0]["p_value"] < 0.01


def test_what_can_not_be_compared_or_measured(trained) -> None:
    assert "nope.pkl" in text_of("evaluate", "-m", "good.pkl", "--compare", "nope.pkl", cwd=trained, code=1)[1]
    assert "--metric must be any of" in text_of("evaluate", "--metric", "blue", cwd=trained, code=2)[1]


def test_without_sacrebleu_the_rest_is_measured_and_the_extra_named(trained, tmp_path) -> None:
    (tmp_path / "sacrebleu.py").write_text("raise ImportError('not here')")
    path = f"{tmp_path}:{ROOT}"
    shown, said = text_of("evaluate", "-m", "good.pkl", cwd=trained, PYTHONPATH=path)
    assert shown.splitlines()[1].startswith("free-running symbol error rate\t")
    (line,) = [line for line in said.splitlines() if "left out" in line]
    assert "'.[metrics]'" in line
    assert (
        "pip"
        in json.loads(text_of("evaluate", "-m", "good.pkl", "--json", cwd=trained, PYTHONPATH=path)[0])["left_out"][0]
    )
    said = text_of("evaluate", "-m", "good.pkl", "--metric", "bleu", cwd=trained, code=1, PYTHONPATH=path)[1]
    assert "'.[metrics]'" in said
