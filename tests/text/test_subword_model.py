"""What a file says is a subword model reaches SentencePiece only when it has been checked, and written anew."""

from __future__ import annotations

import random
import struct
from types import SimpleNamespace

import pytest
from helpers import TEXT

from seq2seq_cli.errors import DataError, S2SError
from seq2seq_cli.text import subwords
from seq2seq_cli.text.subword_model import checked_model
from seq2seq_cli.text.subwords import guarded, load_subwords, train_subwords, units


def field(number: int, value: int | float | bytes) -> bytes:
    """Return a field of a message of protocol buffers."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    *low, last = (value >> shift & 0x7F for shift in range(0, max(1, value.bit_length()), 7))
    return bytes([*(byte | 0x80 for byte in low), last])


def piece(text: bytes, score: float = -1.0, kind: int = 1) -> bytes:
    return field(1, field(1, text) + field(2, score) + field(3, kind))


def model(*pieces: bytes, trainer: bytes = field(3, 1), normaliser: bytes = b"") -> bytes:
    return b"".join((piece(b"<unk>", 0.0, 2), *pieces, field(2, trainer), field(3, normaliser)))


HOSTILE = {
    "a unit of 500,000 bytes": (model(piece(b"x" * 500_000)), "500,000 bytes"),
    "a unit of nothing": (model(piece(b"")), "0 bytes"),
    "a unit with a NUL": (model(piece(b"a\0b")), "NUL"),
    "a unit that is not UTF-8": (model(piece(b"\xff\xfe")), "not UTF-8"),
    "a unit that is half of a pair": (model(piece(b"\xed\xa0\x80")), "not UTF-8"),
    "a unit twice": (model(piece(b"a"), piece(b"a")), "all differ"),
    "a score that is none": (model(piece(b"a", float("nan"))), "score"),
    "a score without end": (model(piece(b"a", float("inf"))), "score"),
    "a type that is none": (model(piece(b"a", -1.0, 99)), "type 99"),
    "a byte unit": (model(piece(b"<0x00>", -1.0, 6)), "type 6"),
    "a table of normalisation": (model(piece(b"a"), normaliser=field(2, b"\xff" * 64)), "normalisation"),
    "a switch that is none": (model(piece(b"a"), normaliser=field(3, 2)), "switch"),
    "another kind of model": (model(piece(b"a"), trainer=field(3, 4)), "type 4"),
    "bytes instead of unknown": (model(piece(b"a"), trainer=field(35, 1)), "not known here"),
    "a special unit that is none": (model(piece(b"a"), trainer=field(40, 7)), "none of its units"),
    "a field of another format": (model() + field(9, b"x"), "field 9"),
    "a unit with a field of another format": (field(1, field(1, b"a") + field(4, b"x")), "field 4"),
    "nothing": (b"", "all differ"),
    "a length beyond the end": (b"\x0a\xff\xff\xff\x7f", "ends early"),
    "a number without end": (b"\x0a" + b"\xff" * 20, "no end"),
    "a group": (b"\x0b\x0c", "damaged"),
    "too much": (bytes(17 << 20), "too large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_models_are_refused_before_native_code(name, monkeypatch) -> None:
    monkeypatch.setattr(subwords, "_library", lambda: pytest.fail("SentencePiece was asked"))
    data, message = HOSTILE[name]
    for function in (checked_model, load_subwords):
        with pytest.raises(DataError, match=message) as caught:
            function(data)
        assert "\n" not in str(caught.value)


def test_a_plain_model_is_accepted() -> None:
    """What the hostile ones change, and what is refused is the change."""
    assert checked_model(model(piece(b"a"), piece("\u2581b".encode()))).pieces == ("<unk>", "a", "\u2581b")


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize("line_end", [None, "<eos>"])
def test_a_model_that_was_checked_cuts_as_before(kind, line_end) -> None:
    library = pytest.importorskip("sentencepiece")
    text = f"{TEXT} two  blanks \ufde0 caf\u00e9"
    lines = [guarded(line) for line in text.split("\n") if line]
    trained = train_subwords(lines, 60, kind, line_end, whole=("\ufde0",))
    checked = checked_model(trained)
    before, after = (library.SentencePieceProcessor(model_proto=data) for data in (trained, checked.proto))
    assert units(before) == units(after) == checked.pieces
    for line in (*lines, " the  unknown \u4e2d <s> </s> <unk> <eos>", ""):
        assert before.EncodeAsPieces(line) == after.EncodeAsPieces(line)
    assert checked_model(checked.proto).proto == checked.proto


def test_whatever_a_model_holds_is_refused_or_loaded() -> None:
    pytest.importorskip("sentencepiece")
    trained, draw = train_subwords(TEXT.split("\n")[:-1], 40, "unigram"), random.Random(0)
    loaded = 0
    for _ in range(1500):
        damaged = bytearray(trained)
        for _ in range(draw.randint(1, 3)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        try:
            load_subwords(bytes(damaged)).EncodeAsPieces("the cat")
            loaded += 1
        except DataError as error:
            assert "\n" not in str(error)
    assert 100 < loaded < 1400


def test_an_old_sentencepiece_is_not_used(monkeypatch) -> None:
    import sys

    trained = model(piece(b"a"))
    for version in ("0.2.1", "0.1.99"):
        monkeypatch.setitem(sys.modules, "sentencepiece", SimpleNamespace(__version__=version))
        load_subwords.cache_clear()
        with pytest.raises(S2SError, match=f"SentencePiece {version} is too old"):
            load_subwords(trained)
