"""`s2s prep lexicon`: pronunciation dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import takes_fields
from seq2seq_cli.cli.prep.shared import Force, OutputFolder, check_one_source, claim, note, options_among, refuse, write
from seq2seq_cli.config import options_from
from seq2seq_cli.config.preparation import PartFiles
from seq2seq_cli.data.prepare.lexicon import LexiconOptions
from seq2seq_cli.data.prepare.splitting import SPLIT_OPTIONS


@takes_fields(LexiconOptions, PartFiles)
def lexicon(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="Dictionaries in CMUdict's form, or lines of word, tab, phones."),
    ] = None,
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """A pronunciation dictionary. All pronunciations of a word are in one part.

    Example: s2s prep lexicon cmudict.dict -o data/cmudict

    Phones stand between blanks. Variants, READ(2), are further pronunciations of their word; comments are left out.
    """
    from seq2seq_cli.data.lines import Problems, pipes_held
    from seq2seq_cli.data.prepare.lexicon import join_lexicon, read_entries, split_lexicon

    files = options_from(PartFiles, options_among(PartFiles, given))
    options = options_from(LexiconOptions, options_among(LexiconOptions, given))
    check_one_source(inputs, files.files)
    place = claim(output or Path("data") / "lexicon", force)
    problems = Problems(files.strict)
    paths = {"": inputs} if inputs else {part: [path] for part, path in files.files.items()}
    if not inputs:
        refuse(given, SPLIT_OPTIONS)
    with pipes_held(inputs or files.files.values()):
        rows, notes = read_entries(paths, options, problems)
    console.warn(*problems.summary())
    note(notes, LexiconOptions)
    dataset, warnings = join_lexicon(rows, options) if not inputs else (split_lexicon(rows[""], options), [])
    write(dataset, place, warnings)
