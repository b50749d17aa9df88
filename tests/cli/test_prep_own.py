"""`s2s prep pairs` of aligned parts, and `s2s prep lexicon`, as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from process import text_of as s2s

pytestmark = pytest.mark.slow


def aligned(folder: Path) -> None:
    for name, lines in {
        "train.en": "a dog\na cat\nhello\n\n",
        "train.de": "ein Hund\neine Katze\nhallo\n\n",
        "val.en": "hello\nbye\n",
        "val.de": "guten Tag\ntschüs\n",
        "test.en": "yes\n",
        "test.de": "ja\n",
    }.items():
        (folder / name).write_text(lines, encoding="utf-8")
    (folder / "valid.tsv").write_text("bye\ttschüs\n", encoding="utf-8")


def test_parts_in_aligned_files_are_one_command(tmp_path) -> None:
    aligned(tmp_path)
    files = [f"--{part}-files {name}.en {name}.de" for part, name in (("train", "train"), ("valid", "val"))]
    options = " ".join([*files, "--test-files test.en test.de --source-level word --target-level word"]).split()
    out, error = s2s("prep", "pairs", *options, "-o", "d", cwd=tmp_path)
    assert out == ""
    assert error.splitlines() == [
        "s2s: warning: train.en:4: the source or the target is empty",
        "s2s: warning: 1 line could not be used and was left out",
        "s2s: warning: left 1 row of train out: the source stands in a later part too",
        "s2s: wrote d: train 2, valid 2, test 1",
    ]
    assert (tmp_path / "d" / "valid.tsv").read_text(encoding="utf-8") == "hello\tguten Tag\nbye\ttschüs\n"
    assert json.loads((tmp_path / "d" / "dataset.json").read_text())["levels"] == {"source": "word", "target": "word"}
    s2s("prep", "pairs", "--train-files", "train.en", "train.de", "--valid-file", "valid.tsv", "-o", "m", cwd=tmp_path)
    assert (tmp_path / "m" / "valid.tsv").read_text(encoding="utf-8") == "bye\ttschüs\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("pairs --train-files train.en val.de", 1, "train.en has 4 lines and val.de 2"),
        ("pairs --valid-files val.en val.de", 1, "give --train-file too"),
        ("pairs --train-files train.en train.de --train-file valid.tsv", 2, "--train-file and --train-files are the"),
        ("pairs --train-files train.en train.de --seed 1", 2, "--seed has no effect"),
        ("pairs --train-files train.en train.de --csv Q,A", 2, "--csv has no effect on two aligned files"),
        ("pairs --train-files train.en train.de --separator _", 2, "--separator has no effect on two"),
        ("pairs --train-files train.en none.de", 1, "none.de: No such file"),
        ("pairs x.tsv --train-files train.en train.de", 2, "either files to split, or --train-file"),
        ("lexicon", 2, "either files to split, or --train-file"),
        ("lexicon none.dict", 1, "none.dict: No such file"),
        ("lexicon --train-file valid.tsv --valid 3", 2, "--valid has no effect"),
        ("lexicon valid.tsv --valid 2.5", 2, "--valid must be a share below 1 or a count"),
        ("lexicon valid.tsv --stress loud", 2, "--stress must be drop, keep"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_written(tmp_path, arguments, code, words) -> None:
    aligned(tmp_path)
    out, error = s2s("prep", *arguments.split(), "-o", "d", cwd=tmp_path, code=code)
    assert out == ""
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "d").exists()


def test_a_dictionary_becomes_a_dataset_that_can_be_learned(tmp_path) -> None:
    letters = [f"{a}{b}{c}" for a in "BDFG" for b in "AEIO" for c in "BDFG"]
    lines = [f"{word}  {word[0]} {word[1] * 2}1 {word[2]}\n" for word in letters]
    (tmp_path / "d.dict").write_text(";;; made up\n" + "".join(lines) + "BAB(2)  B AH0 B # so too\nBAB(3)  B AH1 B\n")
    _, error = s2s("prep", "lexicon", "d.dict", "--lower", "--valid", 6, "--test", 6, "-o", "data/dict", cwd=tmp_path)
    assert error.splitlines() == [
        "s2s: stress was dropped from 18 pronunciations (--stress keep keeps it)",
        "s2s: left 1 row out: the word has these phones already",
        "s2s: wrote data/dict: train 53, valid 6, test 6",
    ]
    described = json.loads((tmp_path / "data" / "dict" / "dataset.json").read_text())
    assert described["kind"] == "lexicon"
    assert described["levels"] == {"source": "char", "target": "word"}
    _, error = s2s("prep", "lexicon", "d.dict", cwd=tmp_path)
    assert "--lower writes them small" in error
    s2s("train", "data/dict", "--epochs", 1, "--hidden", 8, "--embedding", 8, cwd=tmp_path)
    assert [path.name for path in (tmp_path / "models").glob("*.pkl")] == ["dict-plain.pkl"]
