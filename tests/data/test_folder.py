"""Datasets' folders: written whole, read back, checked."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.data.folder import Dataset, PartFormat, describe, read_folder, write_folder
from seq2seq_cli.data.formats import GENERATED_PAIRS, PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.errors import DataError, S2SError
from seq2seq_cli.kinds import kind_of_place

DATASET = describe(PAIRS_FORMAT, "pairs", {"train": [("a", "x"), ("b", "y")], "test": [("c", "z")]}, {"seed": 0})


def test_a_dataset_comes_back_and_its_bytes_repeat(tmp_path) -> None:
    for name in "ab":
        write_folder(tmp_path / name, DATASET)
    read, warnings = read_folder(tmp_path / "a", PAIRS_FORMAT)
    assert read == DATASET
    assert warnings == []
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    assert (tmp_path / "a" / "train.tsv").read_text() == "a\tx\nb\ty\n"
    description = json.loads((tmp_path / "a" / "dataset.json").read_text())
    assert description["counts"] == {"train": 2, "test": 1}
    assert str(tmp_path) not in json.dumps(description)


def test_an_edited_part_warns(tmp_path) -> None:
    write_folder(tmp_path / "d", DATASET)
    (tmp_path / "d" / "train.tsv").write_text("a\tx\nb\tY\n")
    read, warnings = read_folder(tmp_path / "d", PAIRS_FORMAT)
    assert read.parts["train"][1] == ("b", "Y")
    assert len(warnings) == 1
    assert "train.tsv was edited" in warnings[0]


def test_an_existing_folder_is_replaced_only_when_forced_and_ours(tmp_path) -> None:
    folder = tmp_path / "d"
    write_folder(folder, DATASET)
    with pytest.raises(S2SError, match="force"):
        write_folder(folder, DATASET)
    write_folder(folder, DATASET, force=True)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(S2SError, match="thesis"):
        write_folder(folder, DATASET, force=True)
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_lines_that_cannot_be_used_are_named_and_counted(tmp_path) -> None:
    path = tmp_path / "train.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tx\r\nno tab\n\xff\tq\n\ty\nb\tz\tq\ne\xcc\x81\tw")
    dataset, warnings = read_folder(tmp_path, PAIRS_FORMAT)
    assert dataset.parts["train"] == [("a", "x"), ("é", "w")]
    assert [line.split(": ")[0].rsplit(":", 1)[1] for line in warnings[:4]] == ["2", "3", "4", "5"]
    assert "4 lines" in warnings[-1]
    with pytest.raises(DataError, match=r"train\.tsv:2: 1 column;"):
        read_folder(tmp_path, PAIRS_FORMAT, strict=True)


def test_missing_data_says_how_to_make_it(tmp_path) -> None:
    with pytest.raises(DataError, match="s2s prep addition"):
        read_folder(tmp_path / "addition", PAIRS_FORMAT)
    (tmp_path / "dataset.json").write_text("{")
    (tmp_path / "test.tsv").write_text("a\tb\n")
    with pytest.raises(DataError, match="not JSON"):
        read_folder(tmp_path, PAIRS_FORMAT)
    with pytest.raises(DataError, match="no part 'valid'"):
        Dataset({"test": [("a", "b")]}, PAIRS_FORMAT).part("valid")


# U+FEFF at the very beginning of a file is a byte order mark.
ALPHABET = st.characters(exclude_categories=("Cs",), exclude_characters="\t\n\r\ufeff")
CELLS = st.text(ALPHABET, min_size=1).map(lambda text: unicodedata.normalize("NFC", text)).filter(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1), st.lists(st.text(ALPHABET)))
@settings(deadline=None, max_examples=40)
def test_parts_come_back_as_they_were(tmp_path_factory, pairs, lines) -> None:
    folder = tmp_path_factory.mktemp("round") / "d"
    text = "".join(f"{unicodedata.normalize('NFC', line)}\n" for line in lines)
    for part_format, part in ((PAIRS_FORMAT, pairs), (TEXT_FORMAT, text)):
        dataset = describe(part_format, "x", {"train": part}, {"seed": 1}, notes={"rules": "none"})
        write_folder(folder, dataset, force=True)
        assert read_folder(folder, part_format) == (dataset, [])


def test_one_file_is_the_test_part(tmp_path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("one\ntwo\n")
    dataset, _ = read_folder(path, TEXT_FORMAT)
    assert dataset.part("test") == "one\ntwo\n"
    assert dataset.levels == {"text": "word"}
    with pytest.raises(DataError, match="not one line is source, tab, target"):
        read_folder(path, PAIRS_FORMAT)
    path.write_text("")
    with pytest.raises(DataError, match="no text in it"):
        read_folder(path, TEXT_FORMAT)


def test_a_file_is_not_replaced_by_a_folder(tmp_path) -> None:
    (tmp_path / "d").write_text("mine")
    with pytest.raises(S2SError, match="is a file"):
        write_folder(tmp_path / "d", DATASET, force=True)
    assert (tmp_path / "d").read_text() == "mine"


def test_a_folder_of_another_format_is_replaced_whole(tmp_path) -> None:
    folder = tmp_path / "d"
    write_folder(folder, DATASET)
    write_folder(folder, describe(TEXT_FORMAT, "text", {"train": "a\n"}, {}), force=True)
    assert sorted(path.name for path in folder.iterdir()) == ["dataset.json", "train.txt"]
    (folder / "dataset.json").unlink()
    with pytest.raises(S2SError, match=r"train\.txt"):  # without its description it may be anything
        write_folder(folder, DATASET, force=True)


def test_a_folder_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch) -> None:
    synced = []
    sync = os.fsync

    def record(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        assert not any((tmp_path / "d").iterdir()) or synced[-1] == tmp_path.name
        sync(descriptor)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("names of open files are read from /proc")
    monkeypatch.setattr(os, "fsync", record)
    write_folder(tmp_path / "d", DATASET)
    assert synced[:3] == ["train.tsv", "test.tsv", "dataset.json"]
    assert synced[-1] == tmp_path.name
    assert len(synced) == 5


def test_an_interrupted_write_leaves_the_older_folder(tmp_path, monkeypatch) -> None:
    write_folder(tmp_path / "d", DATASET)

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "d", describe(PAIRS_FORMAT, "x", {"train": [("q", "r")]}, {}), force=True)
    assert read_folder(tmp_path / "d", PAIRS_FORMAT) == (DATASET, [])
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("[]", "not a JSON object"),
        ('{"levels": {}}', "levels"),
        ('{"levels": {"source": "line"}}', "levels"),
        ('{"levels": {"source": ["char"]}}', "levels"),
        ('{"levels": {"source": "char"}, "sha256": 3}', "sha256"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(tmp_path, description, message) -> None:
    (tmp_path / "train.tsv").write_text("a\tb\n")
    (tmp_path / "dataset.json").write_text(description)
    with pytest.raises(DataError, match=message):
        read_folder(tmp_path, PAIRS_FORMAT)


def test_a_new_form_of_data_is_one_reader_and_one_record(tmp_path) -> None:
    """Pairs as lines of JSON: nothing else has to know them."""

    def read(path, problems):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for number, row in enumerate(rows, 1):
            if set(row) != {"source", "target"}:
                problems.add(path, number, "a line is an object with source and target")
        return [(row["source"], row["target"]) for row in rows if set(row) == {"source", "target"}]

    def encode(pairs):
        return "".join(json.dumps({"source": s, "target": t}) + "\n" for s, t in pairs).encode()

    json_lines = PartFormat(
        name="pairs",
        suffix=".jsonl",
        unit="rows",
        levels={"source": "char", "target": "word"},
        read=read,
        encode=encode,
        count=len,
        nothing="not one line is an object with source and target",
        how_to_make=lambda place: "make it yourself",
    )
    dataset = describe(json_lines, "pairs", {"train": [("a\tb", "x\ny")]}, {})
    write_folder(tmp_path / "d", dataset)
    assert read_folder(tmp_path / "d", json_lines) == (dataset, [])
    (tmp_path / "d" / "train.jsonl").write_text('{"source": "a", "target": "b"}\n{"source": "a"}\n')
    changed, warnings = read_folder(tmp_path / "d", json_lines)
    assert changed.parts == {"train": [("a", "b")]}
    assert changed.levels == {"source": "char", "target": "word"}
    assert "edited" in warnings[-1]
    with pytest.raises(DataError, match="no dataset of pairs"):
        read_folder(tmp_path / "d", PAIRS_FORMAT)


def test_the_hint_names_what_prep_makes() -> None:
    generated = [name for name, generator in GENERATORS.items() if generator.format is PAIRS_FORMAT]
    assert sorted(GENERATED_PAIRS) == sorted(generated)


def test_a_name_that_no_file_has_is_refused() -> None:
    """A model file may name any path as that of its data."""
    with pytest.raises(DataError, match="too long"):
        kind_of_place(Path("x" * 300))
    with pytest.raises(DataError, match="no dataset"):
        kind_of_place(Path("a\0b"))
