"""The formats of datasets: pairs in ``.tsv`` files, a text in ``.txt`` files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from seq2seq_cli.config.data import GENERATED_PAIRS
from seq2seq_cli.data.folder import Dataset, PartFormat
from seq2seq_cli.data.readers.text_files import read_text
from seq2seq_cli.data.readers.tsv import encode_tsv, read_tsv
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.text.tokens import LINE_BREAK
from seq2seq_cli.types import Pair

PairsDataset: TypeAlias = Dataset[Sequence[Pair]]
TextDataset: TypeAlias = Dataset[str]


def _how_to_make_pairs(place: Path) -> str:
    return f"s2s prep {place.name} -o {place}" if place.name in GENERATED_PAIRS else f"s2s prep pairs FILE -o {place}"


PAIRS_FORMAT: PartFormat[Sequence[Pair]] = PartFormat(
    name="pairs",
    suffix=".tsv",
    unit="rows",
    levels={"source": "char", "target": "char"},
    read=read_tsv,
    encode=encode_tsv,
    count=len,
    nothing="not one line is source, tab, target",
    how_to_make=_how_to_make_pairs,
    composed=lambda pairs: [(normalise(source), normalise(target)) for source, target in pairs],
)

TEXT_FORMAT: PartFormat[str] = PartFormat(
    name="text",
    suffix=".txt",
    unit="lines",
    levels={"text": "word"},
    read=read_text,
    encode=lambda text: text.encode("utf-8"),
    count=lambda text: text.count(LINE_BREAK),
    nothing="there is no text in it",
    how_to_make=lambda place: f"s2s prep text FILE -o {place}",
    composed=normalise,
)
