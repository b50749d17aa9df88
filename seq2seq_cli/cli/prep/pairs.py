"""`s2s prep pairs`: pairs that somebody has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import takes_fields
from seq2seq_cli.cli.prep.shared import (
    Force,
    OutputFolder,
    check_one_source,
    claim,
    options_among,
    refuse,
    write,
)
from seq2seq_cli.config import options_from
from seq2seq_cli.config.preparation import AlignedFiles, PartFiles, files_of_parts
from seq2seq_cli.data.prepare.pairs import PairsOptions


@takes_fields(PairsOptions, PartFiles, AlignedFiles)
def pairs(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES", help="A TSV, a CSV, a file of fixed widths; or two aligned files. - is standard input."
        ),
    ] = None,
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """Your own pairs: a TSV, two aligned files, a CSV, or the book's fixed-width files.

    Example: s2s prep pairs --train-files train.en train.de --valid-files val.en val.de -o data/en-de

    Of parts that are there already, a row is left out whose source stands in a later part too.
    """
    from seq2seq_cli.data.lines import Problems, pipes_held
    from seq2seq_cli.data.prepare.pairs import join_pairs, read_files, read_parts, split_pairs

    single = options_from(PartFiles, options_among(PartFiles, given))
    aligned = options_from(AlignedFiles, options_among(AlignedFiles, given))
    settings = options_from(PairsOptions, options_among(PairsOptions, given))
    parts = files_of_parts(single, aligned)
    check_one_source(inputs, parts)
    place = claim(output or Path("data") / "pairs", force)
    problems = Problems(single.strict)
    with pipes_held(inputs or [path for paths in parts.values() for path in paths]):
        if inputs:
            found, notes = read_files(inputs, settings, problems)
            console.warn(*problems.summary())
            dataset, warnings = split_pairs(found, settings, notes)
        else:
            refuse(given, ("valid", "test", "split", "ignore_case", "seed"))
            tables, notes = read_parts(parts, settings, problems)
            console.warn(*problems.summary())
            dataset, warnings = join_pairs(tables, settings, notes)
    write(dataset, place, warnings)
