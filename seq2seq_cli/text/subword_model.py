"""What a subword model says, read before SentencePiece sees it: a file's bytes never reach native code as they are.

A SentencePiece model is a message of protocol buffers. `checked_model` takes it apart, refuses what no model of ours
has (long pieces, text that is not UTF-8, tables of normalisation), and writes a new message of what it has checked.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from seq2seq_cli.errors import DataError

LARGEST_MODEL = 1 << 24
"""Bytes of a subword model that is accepted."""
LONGEST_PIECE = 1024
"""Bytes of a unit that is accepted."""
MOST_PIECES = 1 << 20

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_PIECES, _TRAINER, _NORMALISER, _DENORMALISER = 1, 2, 3, 5
_TEXT, _SCORE, _TYPE = 1, 2, 3
_TEXT_TAG, _SCORE_TAG = bytes((_TEXT << 3 | _BYTES,)), _SCORE << 3 | _FIXED32
_NORMAL, _UNUSED = 1, 5
_MODEL_TYPE, _SUFFIX, _BYTE_FALLBACK, _IDS = 3, 24, 35, (40, 41, 42, 43)
_UNIGRAM, _BPE = 1, 2
_CHARACTER_MAP, _SWITCHES = 2, (3, 4, 5)
_NONE = (1 << 64) - 1
"""-1, as a number of protocol buffers: a special symbol that is not there."""

Field = tuple[int, int, "int | bytes"]


@dataclass(frozen=True)
class SubwordModel:
    """A model that has been checked."""

    pieces: tuple[str, ...]
    """Its units, in the order of their ids."""
    proto: bytes
    """What SentencePiece loads."""


@lru_cache(maxsize=4)  # both sides of a joint model have the same one
def checked_model(model: bytes) -> SubwordModel:
    """Take a subword model apart and put it together again of what is known.

    Raises:
        DataError: it is damaged, too large, or has what no model of ours has.
    """
    if len(model) > LARGEST_MODEL:
        raise DataError(f"a subword model of {len(model):,} bytes is too large")
    pieces, parts = list[str](), list[bytes]()
    trainer = normaliser = b""
    for number, kind, value in _fields(model):
        if kind != _BYTES or not isinstance(value, bytes) or number > _DENORMALISER:
            raise DataError(f"the subword model is damaged: it has a field {number}")
        if number == _PIECES:
            if len(pieces) == MOST_PIECES:
                raise DataError(f"the subword model has more than {MOST_PIECES:,} units")
            piece, part = _piece(value)
            pieces.append(piece)
            parts.append(part)
        elif number == _TRAINER:
            trainer = value
        elif number == _NORMALISER:
            normaliser = value
    if len(set(pieces)) != len(pieces) or not pieces:
        raise DataError("the subword model is damaged: its units do not all differ")
    parts += [_written(_TRAINER, _trainer(trainer, len(pieces))), _written(_NORMALISER, _normaliser(normaliser))]
    return SubwordModel(tuple(pieces), b"".join(parts))


def _piece(data: bytes) -> tuple[str, bytes]:
    """Return a unit's text, and its message written anew."""
    text, score, kind = b"", 0.0, _NORMAL
    for number, wire, value in _piece_fields(data):
        if number == _TEXT and isinstance(value, bytes):
            text = value
        elif number == _SCORE and wire == _FIXED32 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif number == _TYPE and isinstance(value, int):
            kind = value
        else:
            raise DataError(f"the subword model is damaged: a unit has a field {number}")
    if not text or len(text) > LONGEST_PIECE or b"\0" in text:
        raise DataError(f"the subword model has a unit of {len(text):,} bytes, or one with a NUL")
    if not math.isfinite(score) or not _NORMAL <= kind <= _UNUSED:
        raise DataError(f"the subword model has a unit of the score {score} and the type {kind}")
    try:
        piece = text.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError("the subword model has a unit that is not UTF-8") from None
    message = _written(_TEXT, text) + bytes((_SCORE_TAG,)) + struct.pack("<f", score)
    return piece, _written(_PIECES, message + bytes((_TYPE << 3, kind)))


def _piece_fields(data: bytes) -> Iterable[Field]:
    """Return the fields of a unit; at once where it has a short text and a score, as nearly all of them."""
    length = data[1] if len(data) > 1 and data[:1] == _TEXT_TAG else 0
    if 0 < length < 0x80 and len(data) == length + 7 and data[length + 2] == _SCORE_TAG:
        return (_TEXT, _BYTES, data[2 : length + 2]), (_SCORE, _FIXED32, data[length + 3 :])
    return _fields(data)


def _trainer(data: bytes, count: int) -> bytes:
    """Return what of a trainer's settings says how a text is cut."""
    kept = []
    for number, _, value in _fields(data):
        if number == _MODEL_TYPE and value not in (_UNIGRAM, _BPE):
            raise DataError(f"the subword model is of a type {value!r}; unigram and bpe are known")
        if number in (_SUFFIX, _BYTE_FALLBACK) and value != 0:
            raise DataError("the subword model cuts in a way that is not known here")
        if number in _IDS and not (isinstance(value, int) and (value < count or value == _NONE)):
            raise DataError("the subword model has a special unit that is none of its units")
        if number in (_MODEL_TYPE, *_IDS) and isinstance(value, int):
            kept.append(_varint(number << 3) + _varint(value))
    return b"".join(kept)


def _normaliser(data: bytes) -> bytes:
    """Return the switches of a normaliser that changes nothing else."""
    kept = []
    for number, _, value in _fields(data):
        if number == _CHARACTER_MAP and value:
            raise DataError("the subword model has a table of normalisation, which no model of ours has")
        if number in _SWITCHES:
            if value not in (0, 1):
                raise DataError(f"the subword model is damaged: a switch has the value {value!r}")
            kept.append(bytes((number << 3, value)))
    return _written(1, b"identity") + b"".join(kept)


# --- protocol buffers -----------------------------------------------------------------------------------------


def _fields(data: bytes) -> Iterator[Field]:
    """Yield (number, wire type, value) of each field of a message."""
    place, end = 0, len(data)
    while place < end:
        tag, place = _read_varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, place = _read_varint(data, place)
            yield number, wire, value
            continue
        if wire == _BYTES:
            length, place = _read_varint(data, place)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise DataError("the subword model is damaged")
        if length > end - place:
            raise DataError("the subword model is damaged: it ends early")
        yield number, wire, data[place : place + length]
        place += length


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number of at most 64 bits, and where what follows it begins."""
    if place < len(data) and data[place] < 0x80:  # nearly all of them
        return data[place], place + 1
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > _NONE:
                break
            return value, place
    raise DataError("the subword model is damaged: a number has no end")


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _written(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data
