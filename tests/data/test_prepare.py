"""Datasets of what somebody has."""

from __future__ import annotations

import pytest

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.prepare.pairs import PairsOptions, join_pairs, read_files, split_pairs
from seq2seq_cli.data.prepare.texts import join_texts, split_texts
from seq2seq_cli.errors import DataError, UsageError


def test_pairs_of_a_tsv_two_files_and_a_csv_are_the_same(tmp_path) -> None:
    (tmp_path / "p.tsv").write_text("a b\tx\nc\ty\n")
    (tmp_path / "p.en").write_text("a b\nc\n")
    (tmp_path / "p.de").write_text("x\ny\n")
    (tmp_path / "p.csv").write_bytes(b'A,Q,n\r\nx,"a b",1\r\ny,c,2\r\n')
    problems = Problems()
    expected = [("a b", "x"), ("c", "y")]
    assert read_files([tmp_path / "p.tsv"], PairsOptions(), problems)[0] == expected
    assert read_files([tmp_path / "p.en", tmp_path / "p.de"], PairsOptions(), problems)[0] == expected
    assert read_files([tmp_path / "p.csv"], PairsOptions(csv="Q,A"), problems)[0] == expected
    assert problems.count == 0
    with pytest.raises(DataError, match="no column 'X'"):
        read_files([tmp_path / "p.csv"], PairsOptions(csv="Q,X"), problems)
    (tmp_path / "p.en").write_text("a\tb\nc\n")
    assert read_files([tmp_path / "p.en", tmp_path / "p.de"], PairsOptions(), problems)[0] == expected
    (tmp_path / "p.de").write_text("x\n")
    with pytest.raises(DataError, match="2 lines"):
        read_files([tmp_path / "p.en", tmp_path / "p.de"], PairsOptions(), problems)
    with pytest.raises(DataError, match="No such file"):
        read_files([tmp_path / "none"], PairsOptions(), problems)


def test_a_fixed_width_file_records_its_widths(tmp_path) -> None:
    (tmp_path / "book.txt").write_text("16+75  _91  \n52+607 _659 \nbroken\n")
    problems = Problems()
    pairs, notes = read_files([tmp_path / "book.txt"], PairsOptions(separator="_"), problems)
    assert pairs == [("16+75", "91"), ("52+607", "659")]
    assert notes == {"fixed_width": {"source": 7, "target": 4}}
    assert problems.shown == [f"{tmp_path / 'book.txt'}:3: no separator '_'"]


def test_all_answers_of_a_source_stay_in_one_part() -> None:
    pairs = [(str(n % 50), str(n)) for n in range(500)]
    dataset, _ = split_pairs(pairs, PairsOptions(valid=0.1, test=50), {})
    sources = [{source for source, _ in part} for part in dataset.parts.values()]
    assert sum(map(len, sources)) == 50
    assert sum(map(len, dataset.parts.values())) == 500
    assert split_pairs(pairs, PairsOptions(valid=0.1, test=50), {})[0] == dataset


def test_sources_that_differ_in_case_stay_together_if_asked() -> None:
    pairs = [(form, str(n)) for n in range(100) for form in (f"may {n}", f"May {n}", f"MAY {n}")]
    for ignore_case in (True, False):
        dataset, _ = split_pairs(pairs, PairsOptions(valid=30, test=60, ignore_case=ignore_case), {})
        folded = [{source.casefold() for source, _ in part} for part in dataset.parts.values()]
        assert (sum(map(len, folded)) == 100) is ignore_case


def test_given_parts_lose_rows_that_later_parts_have() -> None:
    dataset, warnings = join_pairs({"train": [("a", "x"), ("b", "y")], "test": [("a", "x")]}, PairsOptions(), {})
    assert dataset.parts == {"train": [("b", "y")], "test": [("a", "x")]}
    assert "left 1 row of train out" in warnings[0]


def test_the_books_split_is_repeated(shared_data) -> None:
    options = PairsOptions(split="book", separator="_")
    pairs, notes = read_files([shared_data / "book" / "date.txt"], options, Problems())
    dataset, warnings = split_pairs(pairs, options, notes)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 45_000, "test": 5_000}
    assert "1,405 of 5,000" in warnings[0]
    assert notes == {"fixed_width": {"source": 29, "target": 10}}


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(DataError, match="not one usable"):
        split_pairs([], PairsOptions(), {})
    with pytest.raises(DataError, match="too few"):
        split_pairs([("a", "b")], PairsOptions(valid=1, test=1), {})
    for options in ({"valid": -1}, {"valid": 1.5}, {"separator": "ab"}):
        with pytest.raises(UsageError):
            PairsOptions(**options)


def test_rows_of_a_csv_file_have_as_many_fields_as_its_header(tmp_path) -> None:
    path, problems = tmp_path / "p.csv", Problems()
    path.write_text('Q,A\na,x\nb,y,z\n\nc\n"d ""1""","w, v"\n"e\tf",u\n', encoding="utf-8-sig")
    pairs, _ = read_files([path], PairsOptions(csv="Q,A"), problems)
    assert pairs == [("a", "x"), ('d "1"', "w, v")]
    assert [line.removeprefix(f"{path}:") for line in problems.shown] == [
        "3: 3 fields; the header has 2",
        "5: 1 field; the header has 2",
        "7: a tab or a line break stands inside a text",
    ]
    path.write_text("Q,A\na,x\n", encoding="utf-16")
    with pytest.raises(DataError, match="UTF-16"):
        read_files([path], PairsOptions(csv="Q,A"), problems)


def test_parts_need_one_to_train_on(tmp_path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(DataError, match="no part to train on"):
        join_pairs({"valid": [("a", "x")]}, PairsOptions(), {})
    with pytest.raises(DataError, match="no part to train on"):
        join_texts({"valid": tmp_path / "empty.txt"}, Problems(), level=None)
    with pytest.raises(DataError, match="no text to train on"):
        join_texts({"train": tmp_path / "empty.txt"}, Problems(), level=None)
    with pytest.raises(DataError, match="nothing is left"):
        join_pairs({"train": [("a", "x")], "test": [("a", "x")]}, PairsOptions(), {})


def test_the_form_of_a_text_decides_how_it_is_cut(tmp_path) -> None:
    (tmp_path / "ptb.txt").write_text("the <unk> cat\n" * 20)
    (tmp_path / "plain.txt").write_text("To be, or not to be\n" * 20)
    words, characters = (
        split_texts([tmp_path / name], Problems(), valid=2, test=0.1, level=None) for name in ("ptb.txt", "plain.txt")
    )
    assert (words.levels, words.description["form"]) == ({"text": "word"}, "ptb")
    assert (characters.levels, characters.description["form"]) == ({"text": "char"}, "plain")
    assert words.description["counts"] == {"train": 16, "valid": 2, "test": 2}
    assert split_texts([tmp_path / "ptb.txt"], Problems(), valid=0, test=0, level="char").levels == {"text": "char"}


def test_aligned_files_are_counted_by_lines_whatever_these_hold(tmp_path) -> None:
    sources, targets = tmp_path / "s", tmp_path / "t"
    sources.write_bytes(b"a\n\xff\n\nd\n")
    targets.write_bytes(b"x\ny\nz\n\xff\n")
    problems = Problems()
    assert read_files([sources, targets], PairsOptions(), problems)[0] == [("a", "x")]
    assert [line.rpartition("/")[2] for line in problems.shown] == [
        "s:2: not UTF-8 at byte 1 of the line",
        "s:3: the source or the target is empty",
        "t:4: not UTF-8 at byte 1 of the line",
    ]
    targets.write_bytes(b"x\ny\nz\nw\n\xff\n")
    with pytest.raises(DataError, match=r"has 4 lines and .* 5; aligned"):
        read_files([sources, targets], PairsOptions(), problems)


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        ("Q,A\nhi,ho\nyou,me\n", "`csv=Q,A` takes two columns"),
        ("hi there;ho;0\n" * 9, "`csv=1,2` takes two columns"),
        ("Hi.\tHallo.\tCC-BY\n" * 9 + "odd\n", "`columns=1,2` takes two of 3 columns"),
        ("57+5   _62  \n3+4    _7   \n", "`separator=_`"),
        ("HELLO  HH AH0 L OW1\nHI  HH AY1\n", "`s2s prep lexicon`"),
        ("To be or not to be\nthat is the question\n", "FILE FILE"),
    ],
)
def test_a_file_of_another_form_is_named_with_what_takes_it(tmp_path, content, cure) -> None:
    path = tmp_path / "p.txt"
    path.write_text(content)
    with pytest.raises(DataError) as raised:
        read_files([path], PairsOptions(), Problems())
    assert cure in str(raised.value)
    assert str(raised.value).startswith(f"{path}: not one line is source, tab, target; ")


def test_two_columns_of_a_table(tmp_path) -> None:
    path, problems = tmp_path / "p.tsv", Problems()
    path.write_text("Hi.\tHallo.\tCC-BY\nBye.\tTschüs.\nodd\n", encoding="utf-8")
    assert read_files([path], PairsOptions(columns="2,1"), problems)[0] == [("Hallo.", "Hi."), ("Tschüs.", "Bye.")]
    assert problems.shown == [f"{path}:3: 1 column; column 2 is asked for"]
    for columns in ("1", "1,1", "0,1", "a,b", "1,2,3", "1,", "-1,2", "1,99999999"):
        with pytest.raises(UsageError, match="`columns` takes two"):
            PairsOptions(columns=columns)
    with pytest.raises(UsageError, match="give one of them"):
        PairsOptions(columns="1,2", csv="1,2")


def test_a_few_stray_marks_change_no_form(tmp_path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("a text about the <unk> of others\n" * 2 + "plain words of any kind\n" * 2000)
    assert split_texts([path], Problems(), valid=0, test=0, level=None).levels == {"text": "char"}
    path.write_text("the <unk> of words\n" * 9 + "plain words of any kind\n" * 2000)
    assert split_texts([path], Problems(), valid=0, test=0, level=None).levels == {"text": "char"}


def test_blanks_around_a_side_are_kept_and_said() -> None:
    pairs = [(f" {n}", f"{n}") for n in range(10)]
    dataset, warnings = split_pairs(pairs, PairsOptions(), {})
    assert sorted(pair for part in dataset.parts.values() for pair in part) == pairs
    assert warnings[0].startswith("10 rows have blanks around a side: they are kept")
    assert join_pairs({"train": [("a ", "b")]}, PairsOptions(), {})[1][0].startswith("1 row has blanks")
