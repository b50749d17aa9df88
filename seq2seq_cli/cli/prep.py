"""`s2s prep`: make dataset folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.app import CONTEXT, Command, Group
from seq2seq_cli.cli.options import takes, takes_fields
from seq2seq_cli.config import options_from, options_of
from seq2seq_cli.config.preparation import PartFiles, TextPrepOptions
from seq2seq_cli.data.folder import Dataset
from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.data.prepare import PairsOptions
from seq2seq_cli.errors import UsageError

app = typer.Typer(
    cls=Group,
    name="prep",
    help="Make a dataset folder of plain text that Unix tools can read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=CONTEXT,
)

OutputFolder = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to make.  [default: data/KIND]")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing dataset.")]


def _makes(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of a kind of data that s2s makes, those of its rows last."""
    options = options_of(GENERATORS[kind].options)
    return takes(dict(sorted(options.items(), key=lambda item: item[1].group == "Rows")))


def _make(kind: str, given: Mapping[str, Any], output: Path | None, force: bool) -> None:
    generator = GENERATORS[kind]
    _write(generator.generate(options_from(generator.options, given)), output or Path("data") / kind, force)


def _write(dataset: Dataset[Any], folder: Path, force: bool, warnings: Sequence[str] = ()) -> None:
    from seq2seq_cli.data.folder import write_folder

    console.warn(*warnings)
    write_folder(folder, dataset, force=force)
    counts = ", ".join(f"{name} {count:,}" for name, count in dataset.counts.items())
    level = dataset.levels.get("text")
    console.note(f"wrote {folder}: lines of {counts}; {level} level" if level else f"wrote {folder}: {counts}")


@app.command(cls=Command, context_settings=CONTEXT)
@_makes("addition")
def addition(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Sums, with lengths spread as in the book's file.

    Example: s2s prep addition --digits 4 --operators +- -o data/sums
    """
    _make("addition", given, output, force)


@app.command(cls=Command, context_settings=CONTEXT)
@_makes("dates")
def dates(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Dates as people write them, and in ISO 8601.

    Example: s2s prep dates --locale en,ko -o data/dates-ko
    """
    _make("dates", given, output, force)


@app.command(cls=Command, context_settings=CONTEXT)
@_makes("numbers")
def numbers(output: OutputFolder = None, force: Force = False, *, given: Mapping[str, Any]) -> None:
    """Numbers in digits and in words. Needs the extra 'numbers'.

    Example: s2s prep numbers --lang fr --max 9999 --train 8000 --valid 500 --test 500
    """
    _make("numbers", given, output, force)


@app.command(cls=Command, context_settings=CONTEXT)
@takes_fields(PairsOptions, PartFiles)
def pairs(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="A TSV, a CSV, a file of fixed widths; or two aligned files."),
    ] = None,
    csv_columns: Annotated[
        str | None,
        typer.Option(
            "--csv",
            metavar="SOURCE,TARGET",
            rich_help_panel="What the files hold",
            help="The names of two columns of a CSV file.  [default: no such file]",
        ),
    ] = None,
    output: OutputFolder = None,
    force: Force = False,
    *,
    given: Mapping[str, Any],
) -> None:
    """Your own pairs: a TSV, two aligned files, a CSV, or the book's fixed-width files.

    Example: s2s prep pairs train.en train.de --source-level word --target-level word -o data/en-de
    """
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.prepare import join_pairs, read_files, split_pairs
    from seq2seq_cli.data.readers.tsv import read_tsv

    parts = options_from(PartFiles, _those_of(PartFiles, given))
    settings = options_from(PairsOptions, {**_those_of(PairsOptions, given), "columns": _columns(csv_columns)})
    if bool(parts.files) == bool(inputs):
        raise UsageError("give either files to split, or `train_file` and the others")
    problems = Problems(parts.strict)
    if inputs:
        found, notes = read_files(inputs, settings, problems)
        console.warn(*problems.summary())
        dataset, warnings = split_pairs(found, settings, notes)
    else:
        _refuse(given, ("valid", "test", "split", "ignore_case", "seed"))
        tables = {name: read_tsv(path, problems) for name, path in parts.files.items()}
        console.warn(*problems.summary())
        dataset, warnings = join_pairs(tables, settings)
    _write(dataset, output or Path("data") / "pairs", force, warnings)


@app.command(cls=Command, context_settings=CONTEXT)
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
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.prepare import join_texts, split_texts
    from seq2seq_cli.data.readers.text_files import parts_by_name, text_files

    files = options_from(PartFiles, _those_of(PartFiles, given))
    options = options_from(TextPrepOptions, _those_of(TextPrepOptions, given))
    if (options.builtin is not None) + bool(files.files) + bool(inputs) != 1:
        raise UsageError("give either texts to split, or `train_file` and the others, or `builtin=python`")
    if options.builtin is not None:
        _make("python", {"level": options.level} if options.level else {}, output, force)
        return
    texts, problems = text_files(inputs or []), Problems(files.strict)
    parts = files.files or parts_by_name(texts)
    if parts:
        _refuse(given, ("valid", "test"))
        dataset = join_texts(parts, problems, level=options.level)
    else:
        dataset = split_texts(texts, problems, valid=options.valid, test=options.test, level=options.level)
    _write(dataset, output or Path("data") / "text", force, problems.summary())


def _those_of(config: type, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in options_of(config)}


def _refuse(given: Mapping[str, Any], names: Sequence[str]) -> None:
    """Refuse options of splitting, where the parts are there already."""
    for name in names:
        if name in given:
            raise UsageError(f"`{name}` has no effect, for these files are parts already; leave it out")


def _columns(csv_columns: str | None) -> tuple[str, str] | None:
    """Return the two columns that ``--csv`` names."""
    if csv_columns is None:
        return None
    source, comma, target = csv_columns.partition(",")
    if not comma or "," in target:
        raise UsageError(f"`csv` takes the names of two columns, like Q,A, not {csv_columns!r}")
    return source, target
