"""The pipeline contract: one line out for each line in, in order, as soon as it can be."""

from __future__ import annotations

import io
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.inference.pipeline import BYTES_KEPT, LineParser, LineReader, answer_stream
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
    ("policy", "line", "text", "answerable", "problems"),
    [
        ("mark", b"abc", "abc", True, 0),
        ("mark", b"", "", False, 0),
        ("mark", b"aZb", "aZb", True, 1),
        ("drop", b"aZbZ", "ab", True, 1),
        ("drop", b"ZZ", "", False, 1),
        ("error", b"aZb", "aZb", False, 1),
        ("mark", b"a\xffb", "a\ufffdb", True, 2),
        ("drop", b"a\xffb", "ab", True, 1),
        ("error", b"a\xffb", "a\ufffdb", False, 2),
        ("mark", b"abcdefgh", "abcde", True, 1),
        ("drop", b"abcdefgh", "abcde", True, 1),
        ("error", b"abcdefgh", "abcde", False, 1),
    ],
)
def test_policies(policy, line, text, answerable, problems) -> None:
    intake = LineParser(LETTERS, policy, longest=5)
    row = intake.row(line)
    assert (row.text, row.answerable) == (text, answerable)
    assert sum(intake.problems.values()) == problems
    assert intake.failed == (policy == "error" and problems > 0)
    assert (intake.summary() is None) == (problems == 0)


def test_columns() -> None:
    intake = LineParser(LETTERS, column=2)
    row = intake.row(b"x\tabc\ty\tz")
    assert (row.before, row.text, row.after) == (("x",), "abc", ("y", "z"))
    row = intake.row(b"only")
    assert row.whole
    assert row.before == ("only",)
    assert intake.summary() == (
        "of 2 lines 1 without the column (first: line 2); answered all the same (--unknown mark)"
    )


def test_decomposed_characters_are_composed() -> None:
    vocabulary = Vocabulary.build(["é"], "char", target=False)
    intake = LineParser(vocabulary)
    assert intake.row("e\u0301".encode()).text == "é"
    assert not intake.problems
