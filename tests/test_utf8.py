"""Bytes that should be UTF-8."""

from __future__ import annotations

import gzip

import pytest

from seq2seq_cli.config.toml import read_config
from seq2seq_cli.errors import DataError
from seq2seq_cli.utf8 import check_beginning, decode, other_encoding

TEXTS = (
    "red dog\nblue cat\n",
    "Grüße, Ärger\nschön\n",
    "안녕하세요 반갑습니다\n저도요\n",
    "一二三四五六七八九十\n一二三四五六七八九十\n",
    "一二三四五六七八九十\n" * 300,
    "a\tb\n",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_utf_16_and_utf_32_are_known_with_and_without_a_mark(text, encoding) -> None:
    marked = f"\ufeff{text}" if encoding.endswith("e") else text
    for data in (text.encode(encoding), marked.encode(encoding)):
        found = other_encoding(data[:4096])
        assert found is not None
        assert data.decode(found).removeprefix("\ufeff") == text


@pytest.mark.parametrize("text", TEXTS)
def test_utf_8_with_a_stray_mark_or_nul_stays_utf_8(text) -> None:
    data = text.encode()
    for stray in (b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0", b"\xff", b"x\0"):
        for place in (0, 3, 6, len(data)):
            assert other_encoding((data[:place] + stray + data[place:])[:4096]) is None


@pytest.mark.parametrize("line", [b"5\x007+5", b"\0", b"a\0", b"\0\0", b""])
def test_a_nul_in_a_short_line_says_nothing(line) -> None:
    assert other_encoding(line) is None


def test_what_is_no_text_at_all_is_named() -> None:
    for data, words in (
        (gzip.compress(b"a\tb\n"), "gunzip"),
        (b"PK\x03\x04xl/workbook.xml", "save it as CSV"),
        (b"%PDF-1.7", "pdftotext"),
    ):
        with pytest.raises(DataError, match=words):
            check_beginning("t.tsv", data)
    check_beginning("t.tsv", b"")


def test_a_small_file_loses_its_mark_and_says_where_it_is_not_utf_8(tmp_path) -> None:
    assert decode("f", b"\xef\xbb\xbfa\xef\xbb\xbf") == "a\ufeff"
    with pytest.raises(DataError, match="f:2: it is not UTF-8; convert it first: iconv"):
        decode("f", b"a\n\xff")
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbfepochs = 3\n")
    assert read_config(path).layer.values == {"epochs": 3}
    path.write_text("epochs = 3\n", encoding="utf-16")
    with pytest.raises(DataError, match=r"c.toml: it is in UTF-16, not UTF-8; .*iconv -f UTF-16"):
        read_config(path)
