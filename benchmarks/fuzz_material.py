"""What the fuzz harness begins with, and how it spoils it: bytes, structures, and values that nobody expects."""

from __future__ import annotations

import io
import json
import pickle
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.captions import CAPTIONS_FORMAT, Captions
from seq2seq_cli.data.folder import Dataset, describe, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT, TEXT_FORMAT
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.training.session import Session

PAIRS = [(f"{a}+{b} of {c}", str(a + b)) for a in range(5) for b in range(4) for c in ("It's", "two")]
TEXT = "the cat sees a dog .\na dog hears the cat .\nthe owl likes a frog .\n" * 12
SMALL = {"hidden_size": 4, "embedding_size": 4, "epochs": 2, "batch_size": 8, "preset": None}

VARIANTS: dict[str, dict[str, Any]] = {
    "pairs-char": {"peeky": True, "reverse": True},
    "pairs-word": {"source_level": "word", "target_level": "word", "words": "punctuation", "case": "mark"},
    "pairs-copy": {"attention": "additive", "readout": True, "copying": True, "bidirectional": True, "protect": r"\d"},
    "pairs-gru": {"cell": "gru", "attention": "dot", "weight_averaging": 0.9, "optimizer": "momentum"},
    "pairs-book": {"padding": "symbol", "initialisation": "book"},
    "pairs-nfd": {"normalise": "nfd", "keep": "last"},
    "pairs-subword": {"source_level": "subword", "target_level": "subword", "max_vocabulary": 60, "tied_source": True},
    "features-plain": {"attention": "dot"},
    "images-plain": {"patch_size": 4, "bidirectional": True},
    "text-word": {"level": "word", "tied": True, "bptt": 5},
    "text-char": {"level": "char", "layers": 2, "bptt": 5},
    "text-subword": {"level": "subword", "max_vocabulary": 60, "cell": "gru", "bptt": 5},
}


KINDS = ("pairs", "text", "features", "images")
CAPTIONS = {"train": 16, "valid": 4, "test": 4}


def dataset_of(kind: str) -> Dataset[Any]:
    """Return a small dataset of pairs, of captions or of a text."""
    if kind == "pairs":
        parts = {"train": PAIRS[:24], "valid": PAIRS[24:32], "test": PAIRS[32:]}
        return describe(PAIRS_FORMAT, "pairs", parts, {"seed": 0}, notes={"fixed_width": {"source": 12, "target": 3}})
    if kind in ("features", "images"):
        return describe(
            CAPTIONS_FORMAT, "captions", {part: captions(kind, count) for part, count in CAPTIONS.items()}, {}
        )
    lines = TEXT.splitlines(keepends=True)
    texts = {"train": "".join(lines[:24]), "valid": "".join(lines[24:30]), "test": "".join(lines[30:])}
    return describe(TEXT_FORMAT, "text", texts, {}, levels={"text": "word"}, notes={"form": "plain"})


def captions(kind: str, count: int) -> Captions:
    """Return captions of images, or of features of which some have a place less than others."""
    draw = np.random.default_rng(count)
    values = draw.integers(0, 256, (count, 7, 7, 3), dtype=np.uint8)
    if kind == "features":
        values = draw.standard_normal((count, 3, 5)).astype(np.float32)
        values[::2, 2] = np.nan
    return Captions([(f"image {number}", "red one" if number % 2 else "blue") for number in range(count)], values)


def make_material(folder: Path) -> None:
    """Write datasets, models and checkpoints of every variety, and a pickle of the book's."""
    folder.mkdir(parents=True)
    for kind in KINDS:
        write_folder(folder / kind, dataset_of(kind))
    for name, options in VARIANTS.items():
        kind = name.partition("-")[0]
        given = {key: value for key, value in {**SMALL, **options}.items() if key != "preset"}
        preset = "char-lm" if kind == "text" else None
        if preset:
            given |= {"dropout": 0.0, "embedding_dropout": 0.0, "weight_drop": 0.0}
        output = folder / f"{name}.pkl"
        session, _, _ = new_session(folder / kind, output=output, preset=preset, options=given)
        list(session.run(partial(_is_in_second_epoch, session)))
    rows = "".join(f"{a}+{b:<3}_{a + b:<3}\n" for a in range(5) for b in range(4))
    (folder / "book.txt").write_text(rows)
    draw, V, D, H = np.random.default_rng(0), len(set(rows)) - 1, 4, 5
    side = [(V, D), (D, 4 * H), (H, 4 * H), (4 * H,)]
    arrays = [draw.standard_normal(shape).astype(np.float16) for shape in (*side, *side, (H, V), (V,))]
    (folder / "book.pkl").write_bytes(pickle.dumps(arrays, protocol=3))


def _is_in_second_epoch(session: Session) -> bool:
    return session.training.state.epoch == 1 and session.training.state.step == 1


# --- values that nobody expects ---------------------------------------------------------------------------

TEXTS = (
    *("", " ", "x", "none", "../../x", "/dev/full", "~", "C:\\x", "a/b", "a\0b", "a\nb", "\t", "\r"),
    *("\x1b[2J\x07", "\x9b31m", "\u202egnp", "[bold]x[/]", "[/b]", ":smile:", "\ud800", "\udfff\ud800", "\u2028"),
    *("%s%n", "{0}", "word", "char", "subword", "valid", "NFD", "\uff05000a", "\ufdd2", "é" * 300, "x" * 100_000),
)
NUMBERS = (
    *(0, 1, -1, 2, 3, 255, 4096, 65_536, 65_537, 1 << 20, 1 << 26, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, 10**30),
    *(-(1 << 63), 0.0, -0.0, 0.5, 1.0, -1.0, 1e-300, 1e38, 1e39, 1e300, float("inf"), float("-inf"), float("nan")),
)


def nasty(draw: random.Random, depth: int = 0) -> Any:
    """Return a value of some type, as far from what is expected as there is."""
    kind = draw.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return draw.choice(TEXTS)
    if kind < 4:
        return draw.choice(NUMBERS)
    if kind == 4:
        return draw.choice((None, True, False))
    if kind == 5:
        return draw.choice(([], {}, (), b"", b"\xff" * 10, [[]], {"": {}}))
    if kind == 6:
        return [nasty(draw, depth + 1) for _ in range(draw.randrange(5))]
    if kind == 7:
        return {draw.choice(TEXTS): nasty(draw, depth + 1) for _ in range(draw.randrange(5))}
    value: Any = draw.choice((0, "x"))
    for _ in range(draw.choice((10, 20, 100))):
        value = [value] if draw.random() < 0.5 else {"x": value}
    return value


def places(value: Any, *, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where everything in a structure stands; of a long list some places are enough."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, path=(*path, key))
    elif isinstance(value, list):
        for number in (*range(min(len(value), 4)), *range(max(4, len(value) - 2), len(value))):
            yield from places(value[number], path=(*path, number))


def spoil(draw: random.Random, value: Any) -> Any:
    """Return a structure with a few places changed: other values, missing, swapped, renamed."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        everywhere = [path for path in places(value) if path]
        if not everywhere:
            return nasty(draw)
        *above, last = draw.choice(everywhere)
        holder = value
        for key in above:
            holder = holder[key]
        _change(draw, holder, last, value, everywhere)
    return value


def _change(draw: random.Random, holder: Any, key: Any, whole: Any, everywhere: list[tuple[Any, ...]]) -> None:
    how = draw.randrange(8)
    if how == 0:
        del holder[key]
    elif how == 1:  # what stands elsewhere
        other = whole
        for step in draw.choice(everywhere):
            other = other[step] if isinstance(other, (dict, list)) and step in _keys(other) else other
        holder[key] = pickle.loads(pickle.dumps(other))
    elif how == 2 and isinstance(holder, dict):
        holder[draw.choice(TEXTS)] = holder.pop(key)
    elif how == 3 and isinstance(holder, dict):
        holder[draw.choice(TEXTS)] = nasty(draw)
    elif how == 4 and isinstance(holder[key], (int, float)):
        holder[key] = holder[key] + draw.choice((-1, 1, 7, 1 << 20))
    elif how == 5 and isinstance(holder[key], bytes) and holder[key]:
        holder[key] = spoil_bytes(draw, holder[key])
    elif how == 6 and isinstance(holder[key], (str, list, bytes)):
        holder[key] = holder[key] * draw.choice((2, 3, 50))
    else:
        holder[key] = nasty(draw)


def _keys(value: Any) -> Any:
    return value if isinstance(value, dict) else range(len(value))


def spoil_bytes(draw: random.Random, data: bytes) -> bytes:
    """Return bytes cut off, overwritten, inserted, repeated or left out."""
    how = draw.randrange(6)
    if how == 0:
        return data[: draw.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        place = draw.randrange(len(changed))
        length = draw.choice((1, 1, 2, 4, 8, 64))
        if how == 1:
            changed[place] ^= 1 << draw.randrange(8)
        elif how == 2:
            changed[place] = draw.randrange(256)
        elif how == 3:
            changed[place:place] = draw.randbytes(length)
        elif how == 4:
            del changed[place : place + length]
        else:
            changed[place:place] = changed[draw.randrange(len(changed)) :][:length]
    return bytes(changed)


OPCODES = [
    bytes((byte,)) for byte in b'(NKMJ\x88\x89\x8aG\x8cXCB]})\x85\x86\x87taesu\x94qhcRb\x93\x8e\x8d\x96.0I"'.strip()
]


def opcode_soup(draw: random.Random) -> bytes:
    """Return a pickle of random opcodes, most of which have arguments that fit."""
    written = bytearray(b"\x80\x04")
    arguments: dict[bytes, Callable[[], bytes]] = {
        b"K": lambda: draw.randbytes(1),
        b"M": lambda: draw.randbytes(2),
        b"J": lambda: draw.randbytes(4),
        b"G": lambda: draw.randbytes(8),
        b"\x8a": lambda: b"\x02" + draw.randbytes(2),
        b"\x8c": lambda: b"\x03" + draw.choice((b"abc", b"f4\xff", b"<f4")),
        b"X": lambda: draw.randrange(4).to_bytes(4, "little") + b"abc",
        b"C": lambda: b"\x02ab",
        b"B": lambda: draw.choice((b"\x02\0\0\0ab", b"\xff\xff\xff\x7f")),
        b"q": lambda: bytes((draw.randrange(4),)),
        b"h": lambda: bytes((draw.randrange(4),)),
        b"c": lambda: draw.choice((b"numpy\nndarray\n", b"numpy\ndtype\n", b"os\nsystem\n", b"_codecs\nencode\n")),
    }
    for _ in range(draw.randrange(1, 80)):
        opcode = draw.choice(OPCODES)
        written += opcode + arguments.get(opcode, bytes)()
    return bytes(written) + b"."


def pickled(value: Any) -> bytes:
    """Return what our writer would write, whatever the value is."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, protocol=4)
    pickler.fast = True
    pickler.dump(value)
    return written.getvalue()


def content_of(path: Path) -> dict[str, Any]:
    """Return a model file's content without its digest, which would tell every change."""
    content = read_pickle(path)
    content.pop("digest", None)
    return dict(content)


def json_bytes(value: Any) -> bytes:
    """Return a structure as JSON, with what JSON does not have left in it."""
    try:
        return json.dumps(value, default=repr, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError):
        return b"[" * 100_000
