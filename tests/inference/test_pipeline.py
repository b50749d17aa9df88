"""The pipeline contract: one line out for each line in, in order, as soon as it can be."""

from __future__ import annotations

import io
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.inference.line_reader import BYTES_KEPT, LineReader
from seq2seq_cli.inference.pipeline import LineParser, answer_stream
from seq2seq_cli.text.vocabulary import Vocabulary

LETTERS = Vocabulary.build(["abcdefgh "], "char", target=False)


def lines_of(data: bytes, most: int = 3) -> list[bytes]:
    reader, lines = LineReader(io.BytesIO(data)), []
    while taken := reader.take(most):
        assert len(taken) <= most
        lines += taken
    return lines


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=30), st.booleans())
def test_lines_end_at_line_feeds_only(lines, ended) -> None:
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    expected = data.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    expected = [line.removesuffix(b"\r") for line in expected]
    if data.startswith(b"\xef\xbb\xbf"):
        expected[0] = expected[0].removeprefix(b"\xef\xbb\xbf")
    assert lines_of(data) == expected


def test_marks_and_carriage_returns_are_dropped() -> None:
    assert lines_of(b"\xef\xbb\xbfa\r\n\r\nb\rc\x0b\x85\n\xef\xbb\xbfd") == [
        *(b"a", b"", b"b\rc\x0b\x85", b"\xef\xbb\xbfd")
    ]
    assert lines_of(b"") == []
    assert lines_of(b"\n") == [b""]


def test_the_rest_of_an_endless_line_is_forgotten() -> None:
    lines = lines_of(b"x" * (3 * BYTES_KEPT) + b"\nshort\n")
    assert [len(line) for line in lines] == [BYTES_KEPT + 1, 5]


def test_a_row_is_answered_before_the_next_one_is_written() -> None:
    """A writer that waits for each answer never waits in vain."""
    read_in, write_in = os.pipe()
    answers: list[bytes] = []
    arrived = threading.Semaphore(0)

    def write(data: bytes) -> None:
        answers.append(data)
        arrived.release()

    def answer(rows, number):
        return [f"{row.text}!{number}" for row in rows]

    with os.fdopen(read_in, "rb") as source:
        worker = threading.Thread(
            target=answer_stream, args=(source, write, LineParser(LETTERS), answer), kwargs={"rows_at_once": 100}
        )
        worker.start()
        for number in range(5):
            os.write(write_in, b"ab")
            os.write(write_in, b"c\n")
            assert arrived.acquire(timeout=10)
            assert answers[-1] == b"abc!%d\n" % number
        os.write(write_in, b"last")
        os.close(write_in)
        worker.join(timeout=10)
    assert answers[-1] == b"last!5\n"


@given(st.lists(st.text(alphabet="abc\r", max_size=4), max_size=40), st.integers(1, 7))
def test_one_line_out_for_each_line_in(texts, held) -> None:
    out: list[bytes] = []
    data = "".join(f"{text}\n" for text in texts).encode()
    answer_stream(
        io.BytesIO(data), out.append, LineParser(LETTERS), lambda rows, _: [row.text for row in rows], rows_at_once=held
    )
    expected = "".join(f"{text.removesuffix(chr(13))}\n" for text in texts)
    assert b"".join(out).decode() == expected


@pytest.mark.parametrize(
    ("policy", "line", "text", "status", "problems"),
    [
        ("mark", b"abc", "abc", "sound", 0),
        ("mark", b"", "", "blank", 0),
        ("mark", b"aZb", "aZb", "sound", 1),
        ("drop", b"aZbZ", "ab", "sound", 1),
        ("drop", b"ZZ", "ZZ", "refused", 2),
        ("error", b"aZb", "aZb", "refused", 1),
        ("error", b" ", " ", "blank", 0),
        ("mark", b"a\xffb", "a\ufffdb", "sound", 2),
        ("drop", b"a\xffb", "ab", "sound", 1),
        ("error", b"a\xffb", "a\ufffdb", "refused", 2),
        ("mark", b"abcdefgh", "abcde", "sound", 1),
        ("drop", b"abcdefgh", "abcde", "sound", 1),
        ("error", b"abcdefgh", "abcde", "refused", 1),
    ],
)
def test_policies(policy, line, text, status, problems) -> None:
    parser = LineParser(LETTERS, policy, longest=5)
    row = parser.row(line)
    assert (row.text, row.status) == (text, status)
    assert sum(parser.problems.values()) == problems
    assert parser.failed == (policy == "error" and problems > 0)
    assert (parser.summary() is None) == (problems == 0)


def test_columns() -> None:
    parser = LineParser(LETTERS, column=2)
    row = parser.row(b"x\tabc\ty\tz")
    assert (row.before, row.text, row.after) == (("x",), "abc", ("y", "z"))
    row = parser.row(b"only")
    assert row.whole
    assert row.before == ("only",)
    assert parser.summary() == "2 lines: 1 without the column (first: line 2); answered all the same"


def test_decomposed_characters_are_composed() -> None:
    vocabulary = Vocabulary.build(["é"], "char", target=False)
    parser = LineParser(vocabulary)
    assert parser.row("e\u0301".encode()).text == "é"
    assert not parser.problems


def test_a_long_line_is_cut_between_characters() -> None:
    """One is of 1 MiB, its characters two bytes each and its first one byte: a plain cut would halve one."""
    vocabulary = Vocabulary.build(["aé"], "char", target=False)
    parser = LineParser(vocabulary, longest=2 * BYTES_KEPT)
    (line,) = lines_of(b"a" + "é".encode() * BYTES_KEPT + b"\n")
    row = parser.row(line)
    assert row.text == "a" + "é" * (BYTES_KEPT // 2 - 1)
    assert dict(parser.problems) == {"too long": 1}
    whole = LineParser(vocabulary, longest=2 * BYTES_KEPT)
    assert whole.row("é".encode() * (BYTES_KEPT // 2)).status == "sound"
    assert not whole.problems


class Failing(io.BytesIO):
    """Gives its bytes at the first read and an error at the second."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise OSError("the disk is gone")
        return data

    def fileno(self) -> int:
        raise OSError


def test_lines_that_were_read_before_an_error_are_answered() -> None:
    out: list[bytes] = []
    with pytest.raises(OSError, match="the disk is gone"):
        answer_stream(
            Failing(b"a\nb\nc"), out.append, LineParser(LETTERS), lambda rows, _: [r.text for r in rows], rows_at_once=1
        )
    assert b"".join(out) == b"a\nb\n"


def test_an_error_that_comes_with_lines_waits_for_them() -> None:
    reader, until = LineReader(Failing(b"a\nb\nc")), time.monotonic() + 10
    while reader._chunks.qsize() < 2 and time.monotonic() < until:
        time.sleep(0.001)  # until the thread has met the error
    assert reader.take(9) == [b"a", b"b"]
    for _ in range(2):
        with pytest.raises(OSError, match="the disk is gone"):
            reader.take(9)


def test_answers_are_written_as_they_come() -> None:
    """Many answers to one line are never held all at once."""
    asked: list[int] = []

    def answer(rows, number):
        for number in range(5000):
            asked.append(number)
            yield "x"

    held: list[int] = []

    def write(data: bytes) -> None:
        held.append(len(asked))

    answer_stream(io.BytesIO(b"a\n"), write, LineParser(LETTERS), answer, rows_at_once=10)
    assert held[0] < 1000
    assert held[-1] == 5000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("policy", ["mark", "drop", "error"])
def test_lines_in_another_encoding_are_left_blank_and_named(encoding, policy) -> None:
    parser = LineParser(LETTERS, policy)
    rows = [parser.row(line) for line in lines_of("abc\n\nde f\ng\n".encode(encoding))]
    assert {row.status for row in rows} == {"refused"}
    assert parser.failed
    summary = parser.summary() or ""
    assert "in UTF-16 or UTF-32 (first: line 1); left blank: convert it first: iconv -f UTF-" in summary


def test_a_stray_mark_or_nul_changes_no_other_line() -> None:
    for stray in (b"\xff\xfeab", b"a\0b"):
        parser = LineParser(LETTERS)
        rows = [parser.row(line) for line in lines_of(stray + b"\nab\n\nba")]
        assert [row.status for row in rows] == ["sound", "sound", "blank", "sound"]
        assert not parser.failed


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("before", range(4))
def test_a_first_line_is_cut_between_characters_too_where_a_mark_precedes(mark, before) -> None:
    parser = LineParser(None)
    text = "a" * before + "안" * (BYTES_KEPT // 3 + 2)
    (line,) = lines_of(mark + text.encode())
    row = parser.row(line)
    assert dict(parser.problems) == {"too long": 1}
    assert text.startswith(row.text)
    assert len(row.text.encode()) > BYTES_KEPT - 3


@pytest.mark.parametrize("policy", ["mark", "drop", "error", "copy"])
def test_a_blank_line_is_no_problem_even_where_blanks_are_unknown(policy) -> None:
    parser = LineParser(Vocabulary.build(["ab"], "char", target=False), policy)
    assert [parser.row(line).status for line in (b"", b" ", b"\t ", b"ab")] == ["blank", "blank", "blank", "sound"]
    assert parser.summary() is None
    parser.answers_blank = True  # as a language model does
    assert parser.row(b" ").status == {"mark": "blank", "copy": "blank"}.get(policy, "refused")
    assert parser.problems["with unknown symbols"] == 1


def test_a_line_of_which_dropping_leaves_nothing_is_no_empty_line() -> None:
    parser = LineParser(LETTERS, "drop")
    rows = [parser.row(line) for line in (b"", b"xyz", b"xa", b"\xff", b"x y")]
    assert [row.status for row in rows] == ["blank", "refused", "sound", "refused", "refused"]
    assert [row.text for row in rows] == ["", "xyz", "a", "", "x y"]
    assert parser.problems["of which nothing is left"] == 3
    assert not parser.failed
