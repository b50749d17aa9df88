"""`s2s prep text`: a text to learn a language from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli.options import takes_fields
from seq2seq_cli.cli.prep.shared import Force, OutputFolder, claim, make, options_among, refuse, told, write
from seq2seq_cli.config import options_from
from seq2seq_cli.config.preparation import PartFiles, TextPrepOptions
from seq2seq_cli.errors import UsageError


@takes_fields(TextPrepOptions, PartFiles)
def text(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="Texts, folders of .txt files, or - for standard input."),
    ] = None,
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """A text to learn a language from. Lines stay in order: the last ones are test, those before them valid.

    Example: s2s prep text --train-file ptb.train.txt --valid-file ptb.valid.txt -o data/ptb

    Files named like ptb.train.txt and ptb.valid.txt are parts already, and are kept as they are.
    At word level a word is what stands between blanks; the Penn Treebank's form (<unk>, N) is understood.
    """
    from seq2seq_cli.data.lines import Problems, pipes_held
    from seq2seq_cli.data.prepare.texts import join_texts, split_texts
    from seq2seq_cli.data.readers.text_files import parts_by_name, text_files

    files = options_from(PartFiles, options_among(PartFiles, given))
    options = options_from(TextPrepOptions, options_among(TextPrepOptions, given))
    if (options.builtin is not None) + bool(files.files) + bool(inputs) != 1:
        raise UsageError("give either texts to split, or `train_file` and the others, or `builtin=python`")
    if options.builtin is not None:
        if files.strict:
            raise UsageError("`strict` has no effect with `builtin`: leave out one of them")
        make("python", {"level": options.level} if options.level else {}, output, force)
        return
    place = claim(output or Path("data") / "text", force)
    texts, problems = text_files(inputs or []), Problems(files.strict)
    parts = files.files or parts_by_name(texts)
    with told(problems), pipes_held(parts.values() or texts):
        if parts:
            refuse(given, ("valid", "test"))
            dataset = join_texts(parts, problems, level=options.level)
        else:
            dataset = split_texts(texts, problems, valid=options.valid, test=options.test, level=options.level)
    write(dataset, place)
