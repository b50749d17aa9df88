"""CSV files as the standard has them: what is wrong with a row costs that row."""

from __future__ import annotations

import pytest

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.readers.csv_file import first_columns, read_csv
from seq2seq_cli.data.readers.csv_rows import csv_form, read_rows
from seq2seq_cli.errors import DataError

ROWS = [(f"hi {n}", f"ho {n}") for n in range(20)]


def write(path, lines, separator=",") -> None:
    path.write_text("".join(f"{separator.join(line)}\n" for line in lines), encoding="utf-8")


def read(path, columns):
    problems = Problems()
    pairs = list(read_csv(path, columns, problems))
    return pairs, [line.removeprefix(f"{path}:") for line in problems.shown]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_and_columns_by_name_or_number(tmp_path, separator) -> None:
    path = tmp_path / "p.csv"
    rows = [("n", *pair) for pair in ROWS]
    write(path, [("label", "Q", "A"), *rows], separator)
    assert read(path, ("Q", "A")) == (ROWS, [])
    assert read(path, ("A", "Q"))[0][0] == ("ho 0", "hi 0")
    assert first_columns(path) == ("label", "Q")
    write(path, rows, separator)
    assert read(path, ("2", "3")) == (ROWS, [])
    with pytest.raises(DataError, match=r"no column 4; most lines have 3"):
        read(path, ("2", "4"))
    with pytest.raises(DataError, match=r"no column 'Q'; .*numbers: 1,2"):
        read(path, ("Q", "A"))
    write(path, [("1", "2"), ("a", "b")], separator)
    assert read(path, ("1", "2")) == ([("a", "b")], [])  # they are names here


def test_commas_inside_texts_do_not_make_them_the_separator(tmp_path) -> None:
    path = tmp_path / "p.csv"
    write(path, [("Q", "A"), *((f"{q}, you", f"{a}, me") for q, a in ROWS)], ";")
    assert csv_form(path, ("Q", "A")).separator == csv_form(path).separator == ";"
    assert read(path, ("Q", "A"))[0][0] == ("hi 0, you", "ho 0, me")


def test_quotes_as_the_standard_has_them(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(
        b'\xef\xbb\xbfQ,A,n\r\n"a, b","say ""x""",1\r\n\r\nno "quote" here,"",2\r\n"x","y","two\r\nlines"\r\n"",z,'
    )
    pairs, problems = read(path, ("Q", "A"))
    assert pairs == [("a, b", 'say "x"'), ("x", "y")]
    assert problems == ["4: the source or the target is empty", "7: the source or the target is empty"]
    rows = [(row.line, row.fields) for row in read_rows(path, ",", Problems())]
    assert rows[3] == (5, ["x", "y", "two\nlines"])


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ('"lost,x', "a quote is opened here and never closed"),
        ('lost,"x', "a quote is opened here and never closed"),
        ('"lo"st,x', "a quote stands inside a field in quotes"),
        ("a,x,more", "3 fields; the header has 2"),
        ("a", "1 field; the header has 2"),
    ],
)
@pytest.mark.parametrize("place", [1, 9, 20])
@pytest.mark.parametrize("quoted", [False, True])
def test_what_is_wrong_with_a_row_costs_that_row_alone(tmp_path, broken, why, place, quoted) -> None:
    path = tmp_path / "p.csv"
    rows = [f'"{q}","{a}"' if quoted else f"{q},{a}" for q, a in ROWS]
    path.write_text("\n".join(["Q,A", *rows[:place], broken, *rows[place:]]), encoding="utf-8")
    assert read(path, ("Q", "A")) == (ROWS, [f"{place + 2}: {why}"])
    with pytest.raises(DataError, match=why):
        list(read_csv(path, ("Q", "A"), Problems(strict=True)))


def test_a_quote_lost_at_the_end_of_a_field_does_not_join_two_rows(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text('Q,A\n"lost,x\nb,b said"\nc,y\n')  # together they would be one row of one field
    assert read(path, ("Q", "A")) == ([("b", 'b said"'), ("c", "y")], ["2: a quote is opened here and never closed"])


def test_one_bad_byte_costs_one_row(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(b"Q,A\na,x\nb\xff,y\nc,z\n")
    problems = Problems()
    assert list(read_csv(path, ("Q", "A"), problems)) == [("a", "x"), ("c", "z")]
    assert problems.shown == [f"{path}:3: not UTF-8"]
    assert "iconv" in problems.summary()[1]


def test_a_field_may_be_longer_than_pythons_reader_allows(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f'Q,A\n"{"a" * 200_000}",x\n')
    assert read(path, ("Q", "A")) == ([("a" * 200_000, "x")], [])


def test_open_quotes_in_every_line_take_no_time(tmp_path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Q,A\n" + '"""",x\n' * 3 + '"a "" b\n' * 3000 + "c\n" * 3000)
    assert read(path, ("Q", "A"))[0] == [('"', "x")] * 3
