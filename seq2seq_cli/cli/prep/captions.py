"""`s2s prep captions`: images, or features of them, with captions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli.options import takes_fields
from seq2seq_cli.cli.prep.shared import Force, OutputFolder, claim, note, options_among, refuse, told, write
from seq2seq_cli.config import options_from
from seq2seq_cli.data.prepare.caption_options import CaptionPrepOptions, PartLists
from seq2seq_cli.data.prepare.splitting import SPLIT_OPTIONS


@takes_fields(CaptionPrepOptions, PartLists)
def captions(
    images: Annotated[
        Path, typer.Argument(metavar="IMAGES", help="A folder of images, or a file .npy or .npz of features of them.")
    ],
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="A CSV, or lines of image, tab, caption.")],
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """Images with captions. All captions of an image are in one part. Images need the extra 'images'.

    Example: s2s prep captions photos captions.csv --size 96 -o data/photos

    An image becomes a square; nothing is cut off or stretched. A file .npz of features has an array for each image, by
    its name; a file .npy has an entry for each image, in the table's order.
    """
    from seq2seq_cli.data.lines import Problems, pipes_held
    from seq2seq_cli.data.prepare.captions import (
        check_size,
        join_captions,
        read_lists,
        read_table,
        read_values,
        split_captions,
    )

    lists = options_from(PartLists, options_among(PartLists, given))
    options = options_from(CaptionPrepOptions, options_among(CaptionPrepOptions, given))
    check_size(images, given)
    if lists.files:
        refuse(given, SPLIT_OPTIONS)
    place = claim(output or Path("data") / "captions", force)
    problems = Problems(lists.strict)
    with told(problems):
        with pipes_held([table]):
            rows, notes = read_table(table, options, problems)
        names = list(dict.fromkeys(name for name, _ in rows))
        parts, left_out = split_captions(rows, read_lists(lists.files, problems), options)
        wanted = {name for found in parts.values() for name, _ in found}
        all_of_them = images.suffix.lower() == ".npy"  # whose entries stand in the table's order
        values = read_values(images, names if all_of_them else [n for n in names if n in wanted], options, problems)
    note(notes, CaptionPrepOptions)
    dataset = join_captions(parts, values, options, split=not lists.files)
    write(dataset, place, left_out)
