"""Bytes that should be UTF-8 text: what they are instead, and what to do about it.

One rule for the byte-order mark of UTF-8, wherever text is read: at the beginning of a file or a stream it is left out;
anywhere else it is a character like others.
"""

from __future__ import annotations

import codecs

from seq2seq_cli.errors import DataError

BYTE_ORDER_MARK = codecs.BOM_UTF8
LOOKED_AT = 1 << 12
"""Bytes of a beginning that say what a file is."""

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte-order marks; those of UTF-32 come first, for one of them begins like one of UTF-16."""

_CONTAINERS = {
    b"\x1f\x8b": "it is compressed: `gunzip` it first",
    b"BZh": "it is compressed: `bunzip2` it first",
    b"\xfd7zXZ\x00": "it is compressed: `unxz` it first",
    b"\x28\xb5\x2f\xfd": "it is compressed: `unzstd` it first",
    b"PK\x03\x04": "it is a spreadsheet or a zip archive, and no text: save it as CSV or unpack it first",
    b"\xd0\xcf\x11\xe0": "it is an old spreadsheet, and no text: save it as CSV first",
    b"%PDF-": "it is a PDF, and no text: `pdftotext` takes the text out of it",
}
"""What people take for text, by how it begins."""

_MOSTLY = 0.4
"""Of the places where UTF-16 has a NUL for each ASCII character: so many have one, in a text that is mostly ASCII."""
_ENOUGH = 8
"""Such places, for a share to say anything."""
_BREAKS = 4
"""Bytes that look like a line break, for each that is half of one."""
_FEW = 0.05
"""The same in a text that is mostly not, where it has no line break to tell it by."""


def other_encoding(beginning: bytes) -> str | None:
    """Return UTF-16 or UTF-32 (as `iconv` calls them), where some bytes can be nothing but that; else None.

    A mark says so, or NULs that stand where these encodings have them. A stray mark or NUL in UTF-8 says nothing.
    """
    for mark, name in _MARKS.items():
        if beginning.startswith(mark):
            rest = beginning[len(mark) :]
            return None if rest and b"\0" not in rest and _is_utf8(rest) else name
    if b"\0" not in beginning or not any(beginning):
        return None
    for name, high in (("UTF-32LE", 3), ("UTF-32BE", 0)):
        if len(beginning) >= 4 and not any(beginning[high::4]) and not any(beginning[high ^ 1 :: 4][:64]):
            return name
    for name, high in (("UTF-16LE", 1), ("UTF-16BE", 0)):
        if _has_nuls(beginning, beginning[high::2], beginning[1 - high :: 2]):
            return name
    return None


def _has_nuls(beginning: bytes, high: bytes, low: bytes) -> bool:
    """Tell whether NULs stand as in UTF-16: in each line break, or beside most letters.

    Args:
        beginning: all bytes.
        high: the high halves of its characters.
        low: the low halves, of which some may be NUL too, as in U+C800, or look like a line break, as in U+4E0A.
    """
    if len(high) < 2 or not any(low):
        return False
    share = high.count(0) / len(high)
    if _is_utf8(beginning):
        return 0 not in low and (share == 1 or (share >= _MOSTLY and len(high) >= _ENOUGH))
    if breaks := beginning.count(b"\n"):
        whole = sum(pair == (10, 0) for pair in zip(low, high, strict=False))
        return breaks <= whole * _BREAKS
    return 0 not in low and share >= _FEW


def _is_utf8(beginning: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)  # whose last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def cure(encoding: str, file: str = "FILE") -> str:
    """Say how text in another encoding becomes UTF-8."""
    return f"convert it first: iconv -f {encoding} -t UTF-8 {file} > NEW"


def check_beginning(name: object, beginning: bytes) -> None:
    """Refuse what is no UTF-8 by its first bytes.

    Args:
        name: of the file.
        beginning: its first bytes, up to `LOOKED_AT`.

    Raises:
        DataError: it is UTF-16 or UTF-32, compressed, or a spreadsheet; the message says what to do.
    """
    for magic, words in _CONTAINERS.items():
        if beginning.startswith(magic):
            raise DataError(f"{name}: {words}")
    encoding = other_encoding(beginning)
    if encoding is not None:
        raise DataError(f"{name}: it is in {encoding}, not UTF-8; {cure(encoding, str(name))}")


def decode(name: object, data: bytes) -> str:
    """Return the text of a small file, a byte-order mark at its beginning left out.

    Raises:
        DataError: it is not UTF-8; the message names the line and says what to do.
    """
    check_beginning(name, data[:LOOKED_AT])
    try:
        return data.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}:{line}: it is not UTF-8; {cure('LATIN1', str(name))}") from None
