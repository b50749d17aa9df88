"""Lines of files."""

from __future__ import annotations

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from seq2seq_cli.data import lines
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


def test_a_file_of_carriage_returns_alone_is_named_with_its_cure(tmp_path) -> None:
    (tmp_path / "old.txt").write_bytes(b"one\ttwo\rthree\tfour\r")
    with pytest.raises(DataError, match=r"old\.txt: its lines end in a carriage return alone: tr '\\r' '\\n' <"):
        list(read_lines(tmp_path / "old.txt", Problems()))
    (tmp_path / "bar.txt").write_bytes(b"10%\r20%\r30%\ndone\n")  # what a progress bar leaves
    assert len(list(read_lines(tmp_path / "bar.txt", Problems()))) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="these devices are Unix's")
def test_a_device_without_end_is_not_read(tmp_path, monkeypatch) -> None:
    for device in ("/dev/zero", "/dev/urandom", "/dev/full"):
        with pytest.raises(DataError, match=f"{device} is a device"), pipes_held([Path(device)]):
            raise AssertionError("it was read")
    with pipes_held([Path("/dev/null")]):
        assert list(read_lines(Path("/dev/null"), Problems())) == []
    with Path("/dev/zero").open("rb") as zero:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(zero))
        with pytest.raises(DataError, match="- is a device"), pipes_held([Path("-")]):
            raise AssertionError("it was read")


def test_a_pipe_of_more_than_can_be_held_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(lines, "MOST_HELD", 9)
    reader, writer = os.pipe()
    os.write(writer, b"0123456789")
    os.close(writer)
    with open(reader, "rb") as file:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        with pytest.raises(DataError, match=r"more than 9 bytes.* make a file of it"), pipes_held([Path("-")]):
            raise AssertionError("it was read")


def test_standard_input_is_one_file(monkeypatch) -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with open(reader, "rb") as file:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        with pytest.raises(DataError, match="- is read once"), pipes_held([Path("-"), Path("-")]):
            raise AssertionError("it was read")
