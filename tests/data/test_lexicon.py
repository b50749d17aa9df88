"""Pronunciation dictionaries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.prepare.lexicon import LexiconOptions, join_lexicon, read_entries, split_lexicon
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.utf8 import check_beginning

CMUDICT = """;;; # CMUdict
## an older kind of comment
!EXCLAMATION-POINT  EH2 K S K L AH0 M EY1 SH AH0 N P OY2 N T
#HASH-MARK  HH AE1 M AA2 R K
READ  R EH1 D
READ(2)  R IY1 D

aalborg AO1 L B AO0 R G # place, danish
aalborg(2) AA1 L B AO0 R G
'bout B AW1 T
"""


def entries(path: Path, problems: Problems | None = None, **options):
    rows, notes = read_entries({"": [path]}, LexiconOptions(**options), problems or Problems(strict=True))
    return rows[""], notes


def test_cmudict_has_variants_comments_and_stress(tmp_path) -> None:
    path = tmp_path / "cmudict.dict"
    path.write_text(CMUDICT)
    rows, notes = entries(path)
    assert rows == [
        ("!EXCLAMATION-POINT", "EH K S K L AH M EY SH AH N P OY N T"),
        ("#HASH-MARK", "HH AE M AA R K"),
        ("READ", "R EH D"),
        ("READ", "R IY D"),
        ("aalborg", "AO L B AO R G"),
        ("aalborg", "AA L B AO R G"),
        ("'bout", "B AW T"),
    ]
    assert notes == ["stress was dropped from 7 pronunciations (`stress='keep'` keeps it)"]
    rows, notes = entries(path, stress="keep", lower=True)
    assert rows[2:4] == [("read", "R EH1 D"), ("read", "R IY1 D")]
    assert notes == []


def test_rows_that_differ_in_stress_alone_become_one(tmp_path) -> None:
    path = tmp_path / "l.tsv"
    path.write_text("record\tR IH0 K AO1 R D\nrecord\tR EH1 K ER0 D\nrecord\tR IH1 K AO0 R D\n")
    rows, notes = entries(path)
    assert rows == [("record", "R IH K AO R D"), ("record", "R EH K ER D")]
    assert "left 1 row out" in notes[-1]
    assert len(entries(path, stress="keep")[0]) == 3


def test_digits_that_are_no_stress_stay(tmp_path) -> None:
    """Tones, and phones that only end like a vowel of ARPAbet."""
    path = tmp_path / "l.tsv"
    path.write_text("爱\ta i4\n二\ter2\nx\tXAH0 AH3 AH0x AH\n东\tAH1\n")
    rows, _ = entries(path)
    assert [phones for _, phones in rows] == ["a i4", "er2", "XAH0 AH3 AH0x AH", "AH"]


def test_a_table_may_have_several_lines_a_word_and_blanks_in_it(tmp_path) -> None:
    path = tmp_path / "ice.tsv"
    path.write_text("ice cream\ta ə  s k ɹ i m \r\ncafe\u0301\tk a f e\r\n;;; x\ty\r\ncafé\tk æ f eə\r\n", newline="")
    assert entries(path)[0] == [
        ("ice cream", "a ə s k ɹ i m"),
        ("café", "k a f e"),
        (";;; x", "y"),
        ("café", "k æ f eə"),
    ]


def test_lines_that_cannot_be_used_have_a_place_and_a_cure(tmp_path) -> None:
    path, problems = tmp_path / "d.dict", Problems()
    path.write_bytes(b"A  AH0\nD\xc9J\xc0  D EY2\nB\nC # only a comment\nD\tD IY1\n(2)  X\n")
    assert entries(path, problems)[0] == [("A", "AH")]
    assert [line.removeprefix(f"{path}:") for line in problems.summary()] == [
        "2: not UTF-8 at byte 2 of the line",
        "3: a word without phones",
        "4: a word without phones",
        "5: a tab; most lines have none",
        "6: a word without phones",
        "convert the file first: iconv -f LATIN1 -t UTF-8 FILE > NEW (or from what else it is in, as CP949)",
        "5 lines could not be used and were left out",
    ]
    path.write_text("a\tb c\nd e f\ng\t\nh\ti\tj\n")
    problems = Problems()
    assert entries(path, problems)[0] == [("a", "b c")]
    assert [line.partition(": ")[2] for line in problems.shown] == [
        "1 column; a line is word, tab, phones between blanks",
        "the source or the target is empty",
        "3 columns; a line is word, tab, phones between blanks",
    ]
    with pytest.raises(DataError, match=r"d.dict:2: 1 column"):
        entries(path, Problems(strict=True))


def test_upper_case_is_kept_and_said(tmp_path) -> None:
    path = tmp_path / "d.dict"
    path.write_text("READ  R EH D\nCAFÉ  K AH F EY\n")
    rows, notes = entries(path)
    assert rows[1][0] == "CAFÉ"
    assert "all words are in upper case" in notes[0]
    path.write_text("1  W AH N\n爱  a i4\n")  # there is no case in it
    assert entries(path)[1] == []


def test_all_pronunciations_of_a_word_are_in_one_part() -> None:
    rows = [(form, f"P{n % 7} {form[0]}") for n in range(300) for form in (f"word{n % 90}", f"Word{n % 90}")]
    rows = list(dict.fromkeys(rows))
    dataset = split_lexicon(rows, LexiconOptions(valid=0.1, test=60))
    words = [{word.casefold() for word, _ in part} for part in dataset.parts.values()]
    assert sum(map(len, words)) == 90
    assert sorted(row for part in dataset.parts.values() for row in part) == sorted(rows)
    assert len(dataset.parts["test"]) >= 60
    assert dataset == split_lexicon(rows, LexiconOptions(valid=0.1, test=60))
    assert dataset.parts != split_lexicon(rows, LexiconOptions(valid=0.1, test=60, seed=1)).parts
    assert dataset.description["kind"] == "lexicon"
    assert dataset.levels == {"source": "char", "target": "word"}
    assert dataset.description["options"] == {"stress": "drop", "lower": False, "valid": 0.1, "test": 60, "seed": 0}


def test_parts_that_are_there_share_no_word() -> None:
    parts = {
        "train": [("Polish", "P OW"), ("polish", "P AA"), ("red", "R EH")],
        "valid": [("polish", "P AA L"), ("POLISH", "P")],
    }
    dataset, warnings = join_lexicon(parts, LexiconOptions())
    assert dataset.parts == {"train": [("red", "R EH")], "valid": parts["valid"]}
    assert warnings == ["left 2 rows of train out: the source stands in a later part too"]
    assert dataset.description["options"] == {"stress": "drop", "lower": False}
    for wrong in ({"valid": parts["valid"]}, {"train": parts["valid"], "valid": parts["valid"]}):
        with pytest.raises(DataError, match=r"train"):
            join_lexicon(wrong, LexiconOptions())
    with pytest.raises(DataError, match="not one usable"):
        split_lexicon([], LexiconOptions())
    with pytest.raises(UsageError, match="valid"):
        LexiconOptions(valid=1.5)


def test_the_parts_of_cmudict_stay_as_they_are(shared_data) -> None:
    folder = shared_data / "cmudict"
    rows, notes = read_entries(
        {part: [folder / f"{part}.tsv"] for part in ("train", "valid")}, LexiconOptions(), Problems(strict=True)
    )
    dataset, warnings = join_lexicon(rows, LexiconOptions())
    assert dataset.counts == {"train": 116_457, "valid": 3_944}
    assert (notes, warnings) == ([], [])


def is_text(content: bytes) -> bool:
    try:
        check_beginning("any", content)
    except DataError:
        return False
    return True


@given(st.binary(max_size=200).filter(is_text))
def test_whatever_stands_in_a_file_is_read_or_counted(tmp_path_factory, content) -> None:
    path, problems = tmp_path_factory.getbasetemp() / "any.dict", Problems()
    path.write_bytes(content)
    try:
        rows, _ = entries(path, problems)
    except DataError as error:
        assert "looks like a CSV file" in str(error)
        return
    assert all(word.strip() and phones.split() and "\t" not in word + phones for word, phones in rows)
    assert problems.count + len(rows) <= content.count(b"\n") + 1


def test_a_stray_tab_in_the_first_line_changes_no_form(tmp_path) -> None:
    path, problems = tmp_path / "d.dict", Problems()
    path.write_text("READ\tR IY D\n" + "".join(f"W{n}  W AH N\n" for n in range(5)))
    assert len(entries(path, problems)[0]) == 5
    assert problems.shown == [f"{path}:1: a tab; most lines have none"]


def test_a_csv_is_no_dictionary(tmp_path) -> None:
    (tmp_path / "d.csv").write_text("word,phones\n" + "".join(f"word{n},K AE T {n}\n" for n in range(9)))
    with pytest.raises(DataError, match=r"d\.csv: it looks like a CSV file"):
        entries(tmp_path / "d.csv")
