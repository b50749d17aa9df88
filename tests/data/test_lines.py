"""Lines of files."""

from __future__ import annotations

import os
import threading

import pytest

from seq2seq_cli.data.lines import Problems, pipes_held, read_lines
from seq2seq_cli.errors import DataError


def test_a_line_ends_at_a_line_feed_alone(tmp_path) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(b"\xef\xbb\xbfa\x0bb\x0c\x1c\xc2\x85c\xe2\x80\xa8d\r\n\ne\rf\n\xff\ng")
    problems = Problems()
    lines = list(read_lines(path, problems))
    assert lines == [(1, "a\x0bb\x0c\x1c\x85c\u2028d"), (2, ""), (3, "e\rf"), (5, "g")]
    assert problems.shown == [f"{path}:4: not UTF-8 at byte 1 of the line"]
    with pytest.raises(DataError, match=":4: not UTF-8"):
        list(read_lines(path, Problems(strict=True)))


def test_another_encoding_is_named_with_its_cure(tmp_path) -> None:
    path = tmp_path / "t.txt"
    for encoding in ("utf-16", "utf-32"):
        path.write_bytes("one\ntwo\n".encode(encoding))
        with pytest.raises(DataError, match=f"iconv -f {encoding.upper()} -t UTF-8 .*t.txt"):
            list(read_lines(path, Problems()))


def test_a_pipe_can_be_read_twice_while_it_is_held(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(b"one\n",), daemon=True).start()
    with pipes_held([pipe]):
        assert list(read_lines(pipe, Problems())) == list(read_lines(pipe, Problems())) == [(1, "one")]
    with pytest.raises(DataError, match="No such file"), pipes_held([tmp_path / "none"]):
        list(read_lines(tmp_path / "none", Problems()))


def test_many_problems_are_counted_and_a_few_shown() -> None:
    problems = Problems()
    assert problems.summary() == []
    for number in range(7):
        problems.add("f", number, "odd")
    assert problems.summary()[-2:] == ["and 2 more", "7 lines could not be used and were left out"]
