"""`s2s prep`: make dataset folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.app import CONTEXT, Command, Group
from seq2seq_cli.errors import UsageError

if TYPE_CHECKING:
    from seq2seq_cli.data.formats import PairsDataset

app = typer.Typer(
    cls=Group,
    name="prep",
    help="Make a dataset folder of plain text that Unix tools can read.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings=CONTEXT,
)

Output = Annotated[Path | None, typer.Option("--output", "-o", help="The folder to make; by default data/KIND.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing dataset.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and versions give the same bytes.")]
Train = Annotated[int, typer.Option("--train", help="Rows to learn from.")]
Valid = Annotated[int, typer.Option("--valid", help="Rows to measure on while training.")]
Test = Annotated[int, typer.Option("--test", help="Rows to measure on at the end.")]
Level = Literal["char", "word"]

LINES_HELD_OUT = 0.05
"""Share of a text's lines in each of valid and test, unless told otherwise."""


def _finish(dataset: PairsDataset, output: Path | None, kind: str, force: bool, warnings: Sequence[str] = ()) -> None:
    from seq2seq_cli.data.folder import write_folder

    folder = output or Path("data") / kind
    console.warn(*warnings)
    write_folder(folder, dataset, force=force)
    counts = ", ".join(f"{name} {count:,}" for name, count in dataset.description["counts"].items())
    console.note(f"wrote {folder}: {counts}")


@app.command(cls=Command, context_settings=CONTEXT)
def addition(
    output: Output = None,
    digits: Annotated[int, typer.Option(help="The most digits of a number.")] = 3,
    operators: Annotated[str, typer.Option(help="Some of + - *, written together.")] = "+",
    train: Train = 45_000,
    valid: Valid = 5_000,
    test: Test = 5_000,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Sums, with lengths spread as in the book's file.

    Example: s2s prep addition --digits 4 --operators +- -o data/sums
    """
    from seq2seq_cli.data.generators.addition import AdditionOptions, generate

    options = AdditionOptions(digits, operators, train, valid, test, seed)
    _finish(generate(options), output, "addition", force)


@app.command(cls=Command, context_settings=CONTEXT)
def dates(
    output: Output = None,
    locale: Annotated[
        str, typer.Option(help="Languages: en,ko,ja,fr,de_AT… All but en need the extra 'dates'.")
    ] = "en",
    first_year: Annotated[int, typer.Option(help="The first year.")] = 1970,
    last_year: Annotated[int, typer.Option(help="The last year, less than 100 later.")] = 2029,
    train: Train = 45_000,
    valid: Valid = 5_000,
    test: Test = 5_000,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Dates as people write them, and in ISO 8601.

    Example: s2s prep dates --locale en,ko -o data/dates-ko
    """
    from seq2seq_cli.data.generators.dates import DateOptions, generate

    options = DateOptions(locale, first_year, last_year, train, valid, test, seed)
    _finish(generate(options), output, "dates", force)


@app.command(cls=Command, context_settings=CONTEXT)
def numbers(
    output: Output = None,
    lang: Annotated[str, typer.Option(help="The language of the words: en, fr, de, ko…")] = "en",
    largest: Annotated[int, typer.Option("--max", help="The largest number.")] = 999_999,
    direction: Annotated[
        Literal["digits-to-words", "words-to-digits"], typer.Option(help="What becomes what.")
    ] = "digits-to-words",
    train: Train = 45_000,
    valid: Valid = 5_000,
    test: Test = 5_000,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Numbers in digits and in words. Needs the extra 'numbers'.

    Example: s2s prep numbers --lang fr --max 9999 --train 8000 --valid 500 --test 500
    """
    from seq2seq_cli.data.generators.numbers import NumberOptions, generate

    options = NumberOptions(lang, largest, direction, train, valid, test, seed)
    _finish(generate(options), output, "numbers", force)


@app.command(cls=Command, context_settings=CONTEXT)
def pairs(
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE] | [SOURCES TARGETS]", show_default=False)
    ] = None,
    output: Output = None,
    valid: Annotated[float, typer.Option(help="Share (below 1) or count of rows.")] = 0.1,
    test: Annotated[float, typer.Option(help="Share (below 1) or count of rows.")] = 0.1,
    split: Annotated[
        Literal["random", "book"], typer.Option(help="book: the book's split of its files, without a valid part.")
    ] = "random",
    separator: Annotated[
        str | None, typer.Option(help="A fixed-width file with this between source and target; the book's is _.")
    ] = None,
    csv_columns: Annotated[
        str | None, typer.Option("--csv", metavar="SOURCE,TARGET", help="A CSV file; the names of two columns.")
    ] = None,
    train_file: Annotated[Path | None, typer.Option(help="A TSV that is the train part already.")] = None,
    valid_file: Annotated[Path | None, typer.Option(help="A TSV that is the valid part already.")] = None,
    test_file: Annotated[Path | None, typer.Option(help="A TSV that is the test part already.")] = None,
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", help="Rows whose sources differ in case alone stay in one part.")
    ] = False,
    source_level: Annotated[Level, typer.Option(help="How sources are cut by default.")] = "char",
    target_level: Annotated[Level, typer.Option(help="How targets are cut by default.")] = "char",
    seed: Seed = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that can't be used.")] = False,
    force: Force = False,
) -> None:
    """Your own pairs: a TSV, two aligned files, a CSV, or the book's fixed-width files.

    Example: s2s prep pairs train.en train.de --source-level word --target-level word -o data/en-de
    """
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.prepare import PairsOptions, join_pairs, read_files, split_pairs
    from seq2seq_cli.data.readers.tsv import read_tsv

    columns = None
    if csv_columns is not None:
        source_column, comma, target_column = csv_columns.partition(",")
        if not comma or "," in target_column:
            raise UsageError(f"--csv takes the names of two columns, like Q,A, not {csv_columns!r}")
        columns = (source_column, target_column)
    settings = PairsOptions(
        valid=valid,
        test=test,
        split=split,
        separator=separator,
        columns=columns,
        ignore_case=ignore_case,
        source_level=source_level,
        target_level=target_level,
        seed=seed,
    )
    files = {"train": train_file, "valid": valid_file, "test": test_file}
    given = {name: path for name, path in files.items() if path is not None}
    if bool(given) == bool(inputs):
        raise UsageError("give either files to split, or --train-file and the others, and one of the two")
    problems = Problems(strict)
    if inputs:
        found, notes = read_files(inputs, settings, problems)
        console.warn(*problems.summary())
        dataset, warnings = split_pairs(found, settings, notes)
    else:
        parts = {name: read_tsv(path, problems) for name, path in given.items()}
        console.warn(*problems.summary())
        dataset, warnings = join_pairs(parts, settings)
    _finish(dataset, output, "pairs", force, warnings)


@app.command(cls=Command, context_settings=CONTEXT)
def text(
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Texts, folders of .txt files, or - for stdin.")
    ] = None,
    output: Output = None,
    builtin: Annotated[
        Literal["python"] | None, typer.Option(help="A text that is here already: English of Python's own library.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="How the text is cut by default.  [word in Penn Treebank form, else char]")
    ] = None,
    valid: Annotated[
        float | None, typer.Option(help="Share (below 1) or count of lines, before the last ones.  [0.05]")
    ] = None,
    test: Annotated[
        float | None, typer.Option(help="Share (below 1) or count of lines, the last ones.  [0.05]")
    ] = None,
    train_file: Annotated[Path | None, typer.Option(help="A text that is the train part already.")] = None,
    valid_file: Annotated[Path | None, typer.Option(help="A text that is the valid part already.")] = None,
    test_file: Annotated[Path | None, typer.Option(help="A text that is the test part already.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that can't be used.")] = False,
    force: Force = False,
) -> None:
    """A text to learn a language from. Lines stay in order: the last ones are test, those before them valid.

    Files named like ptb.train.txt and ptb.valid.txt are parts already, and are kept as they are.
    At word level a word is what stands between blanks; the Penn Treebank's form (<unk>, N) is understood.

    Example: s2s prep text --train-file ptb.train.txt --valid-file ptb.valid.txt -o data/ptb
    """
    from seq2seq_cli.data.folder import write_folder
    from seq2seq_cli.data.generators.python_text import PythonTextOptions, generate
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.prepare import join_texts, split_texts
    from seq2seq_cli.data.readers.text_files import parts_by_name, text_files

    files = {"train": train_file, "valid": valid_file, "test": test_file}
    given = {name: path for name, path in files.items() if path is not None}
    if (builtin is not None) + bool(given) + bool(inputs) != 1:
        raise UsageError("give either texts to split, or --train-file and the others, or --builtin python")
    texts = text_files(inputs or [])
    parts = given or parts_by_name(texts)
    if (builtin or parts) and (valid is not None or test is not None):
        raise UsageError("--valid and --test are of texts to split; these are parts already")
    problems = Problems(strict)
    if builtin:
        dataset = generate(PythonTextOptions(level or "word"))
    elif parts:
        dataset = join_texts(parts, problems, level=level)
    else:
        dataset = split_texts(
            texts,
            problems,
            valid=LINES_HELD_OUT if valid is None else valid,
            test=LINES_HELD_OUT if test is None else test,
            level=level,
        )
    console.warn(*problems.summary())
    folder = output or Path("data") / ("python" if builtin else "text")
    write_folder(folder, dataset, force=force)
    counts = ", ".join(f"{name} {count:,}" for name, count in dataset.description["counts"].items())
    console.note(f"wrote {folder}: lines of {counts}; {dataset.levels['text']} level")
