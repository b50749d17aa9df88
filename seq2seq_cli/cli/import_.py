"""`s2s import`: the book's pickles as models of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seq2seq_cli.cli import hints
from seq2seq_cli.cli import view as console
from seq2seq_cli.errors import DataError, UsageError

if TYPE_CHECKING:
    from seq2seq_cli.config import ModelConfig
    from seq2seq_cli.model_file.content import ModelFile
    from seq2seq_cli.text.vocabulary import Vocabulary
    from seq2seq_cli.types import Pair

TRIED_ROWS = 200


def import_(
    file: Annotated[Path, typer.Argument(help="A pickle of parameters that the book's code saved.")],
    variant: Annotated[
        Literal["seq2seq", "peeky", "attention", "rnnlm", "better-rnnlm"],
        typer.Option("--as", metavar="NAME", help="Which of the book's models saved it."),
    ],
    vocab: Annotated[
        Path, typer.Option(metavar="FILE", help="The data that it was trained on, for the vocabulary and widths.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write.")],
    reverse: Annotated[
        bool | None,
        typer.Option("--reverse/--no-reverse", help="Whether it reads backwards; by default both are tried."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
) -> None:
    """Make a model file of one of the book's parameter pickles, without unpickling it.

    Example: s2s import AttentionSeq2seq.pkl --as attention --vocab date.txt -o date.pkl
    """
    from seq2seq_cli.data.lines import plural
    from seq2seq_cli.files.places import check_file
    from seq2seq_cli.model_file.content import write_model_file

    check_file(output, force=force)
    if not file.exists():
        raise DataError(f"{file}: No such file or directory")
    if variant == "rnnlm" or variant == "better-rnnlm":  # mypy narrows this, and not `in`
        if reverse is not None:
            raise UsageError("a language model has no source to reverse")
        model = _convert_language_model(file, variant, vocab)
    else:
        model = _convert_seq2seq(file, variant, vocab, reverse)
    write_model_file(output, model, overwrite=force)
    console.note(f"wrote {output}: {model.config.variant}, {plural(len(model.weights), 'array')}")
    hints.for_model(output, model.config.kind, model.data)


def _model_file(
    config: ModelConfig,
    weights: dict[str, Any],
    vocabularies: tuple[Vocabulary | None, Vocabulary],
    text: dict[str, Any],
    file: Path,
    variant: str,
) -> ModelFile:
    from seq2seq_cli.model_file.content import ModelFile
    from seq2seq_cli.model_file.provenance import library_versions

    return ModelFile(
        config=config,
        source_vocabulary=vocabularies[0],
        target_vocabulary=vocabularies[1],
        text={"normalisation": "NFC", **text},
        data={"kind": "import", "file": file.name, "as": variant},
        training=None,
        history=[],
        metrics={},
        versions=library_versions(),
        weights=weights,
    )


def _convert_language_model(file: Path, variant: Literal["rnnlm", "better-rnnlm"], vocab: Path) -> ModelFile:
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.prepare.texts import is_penn_treebank
    from seq2seq_cli.data.readers.text_files import read_text
    from seq2seq_cli.model_file.book_import import convert_book_language_model
    from seq2seq_cli.text.vocabulary import Vocabulary

    problems = Problems()
    text = read_text(vocab, problems)
    console.warn(*problems.summary())
    vocabulary = Vocabulary.of_text(text, "word", by_appearance=True)
    config, weights = convert_book_language_model(file, variant, vocab_size=len(vocabulary))
    form = "ptb" if is_penn_treebank(text) else "plain"
    return _model_file(config, weights, (None, vocabulary), {"form": form}, file, variant)


def _convert_seq2seq(
    file: Path, variant: Literal["seq2seq", "peeky", "attention"], vocab: Path, reverse: bool | None
) -> ModelFile:
    """Convert a seq2seq model; where nobody says whether it reads backwards, both ways are tried."""
    pairs, widths = _read_vocabulary(vocab)
    if reverse is not None:
        return _convert(file, variant, pairs, widths, reverse)
    tried = {backwards: _convert(file, variant, pairs, widths, backwards) for backwards in (True, False)}
    right = {backwards: _right(model, pairs[:TRIED_ROWS]) for backwards, model in tried.items()}
    chosen = right[True] >= right[False]
    rows = min(TRIED_ROWS, len(pairs))
    console.note(
        f"of {rows} lines of {vocab}, {right[True]} are answered right with --reverse "
        f"and {right[False]} with --no-reverse; took {'--reverse' if chosen else '--no-reverse'}"
    )
    return tried[chosen]


def _read_vocabulary(path: Path) -> tuple[list[Pair], dict[str, int]]:
    from seq2seq_cli.config import LARGEST_WIDTH
    from seq2seq_cli.data.lines import Problems
    from seq2seq_cli.data.readers.fixed_width import read_fixed_width
    from seq2seq_cli.text.tokens import SEPARATOR

    problems = Problems()
    pairs, widths = read_fixed_width(path, SEPARATOR, problems)
    console.warn(*problems.summary())
    if not pairs:
        raise DataError(f"{path}: not one line is `question_answer`, as in the book's files")
    if max(widths.values()) > LARGEST_WIDTH:
        raise DataError(f"{path}: a line is wider than {LARGEST_WIDTH:,} characters, so it is none of the book's files")
    return pairs, widths


def _convert(
    file: Path,
    variant: Literal["seq2seq", "peeky", "attention"],
    pairs: list[Pair],
    widths: dict[str, int],
    reverse: bool,
) -> ModelFile:
    from seq2seq_cli.model_file.book_import import convert_book_pickle
    from seq2seq_cli.text.vocabulary import Vocabulary

    vocabulary = Vocabulary.fixed_width(pairs, widths["source"], widths["target"])
    config, weights = convert_book_pickle(
        file,
        variant,
        vocab_size=len(vocabulary),
        source_width=widths["source"],
        target_width=widths["target"],
        reverse=reverse,
    )
    text = {"longest_source": widths["source"], "longest_target": widths["target"]}
    return _model_file(config, weights, (vocabulary, vocabulary), text, file, variant)


def _right(model: ModelFile, pairs: list[Pair]) -> int:
    from seq2seq_cli.api.translator import Translator

    answers = Translator(model).translate([source for source, _ in pairs])
    return sum(said == target for said, (_, target) in zip(answers, pairs, strict=True))
