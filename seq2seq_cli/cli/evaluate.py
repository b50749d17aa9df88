"""`s2s evaluate`: measure a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import (
    BatchOption,
    DeviceOption,
    MaxLengthOption,
    ModelOption,
    ThreadsOption,
    find_model,
    set_threads,
)
from seq2seq_cli.errors import UsageError

if TYPE_CHECKING:
    from seq2seq_cli.evaluation.text import Cache
    from seq2seq_cli.inference.text_generator import TextGenerator
    from seq2seq_cli.inference.translator import Translator


def evaluate(
    data: Annotated[
        Path | None,
        typer.Argument(help="A dataset, a TSV, or a text; by default what the model was trained on."),
    ] = None,
    model: ModelOption = None,
    part: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
    by: Annotated[Literal["length"] | None, typer.Option(help="Also exact match by the source's length.")] = None,
    errors: Annotated[int, typer.Option(min=0, help="Show so many wrong answers, or worst surprisals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    max_length: MaxLengthOption = None,
    batch_size: BatchOption = 512,
    as_book: Annotated[
        bool, typer.Option("--as-book", help="A language model by the book's procedure: 10 rows, the rest dropped.")
    ] = False,
    streams: Annotated[
        int, typer.Option(min=1, help="Run a text in so many pieces beside each other: faster, nearly the same.")
    ] = 1,
    cache: Annotated[
        int | None, typer.Option(min=1, help="Mix a language model with a cache of so many states; reported apart.")
    ] = None,
    cache_share: Annotated[float, typer.Option(help="With --cache: its share of the mixture.")] = 0.1,
    cache_sharpness: Annotated[float, typer.Option(help="With --cache: how much likeness counts.")] = 0.6,
    threads: ThreadsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Measure a model on a part of a dataset.

    Free-running figures are of answers that the model writes alone; teacher-forced ones score the given targets.
    A language model's perplexity is of the whole text, the state carried and no symbol left out.

    Example: s2s evaluate --by length --errors 5
    """
    set_threads(threads)
    from seq2seq_cli.evaluation.text import Cache
    from seq2seq_cli.inference.loading import load
    from seq2seq_cli.inference.text_generator import TextGenerator

    path = find_model(model, None)
    loaded = load(path, device=device)
    if isinstance(loaded, TextGenerator):
        if by or max_length:
            raise UsageError("--by and --max-length are of answers; this is a language model, which gives none")
        if cache is not None and (as_book or streams != 1):
            raise UsageError("--cache goes through the text in order: without --as-book and --streams")
        mixed = Cache(cache, cache_sharpness, cache_share) if cache is not None else None
        _evaluate_text(path, loaded, data, part, as_book, errors, streams, mixed, as_json)
        return
    if as_book or streams != 1 or cache is not None:
        raise UsageError("--as-book, --streams and --cache are of language models; this is a seq2seq model")
    _evaluate_pairs(path, loaded, data, part, by, errors, max_length, batch_size, as_json)


def _evaluate_pairs(
    path: Path,
    translator: Translator,
    data: Path | None,
    part: str,
    by: str | None,
    errors: int,
    max_length: int | None,
    batch_size: int,
    as_json: bool,
) -> None:
    from seq2seq_cli.data.folder import read_folder
    from seq2seq_cli.data.formats import PAIRS_FORMAT
    from seq2seq_cli.training.session import dataset_of

    dataset, warnings = read_folder(data, PAIRS_FORMAT) if data is not None else dataset_of(translator.file)
    console.warn(*warnings)
    pairs = dataset.part(part)
    report = translator.evaluate(pairs, errors=errors, batch_size=batch_size, max_length=max_length)
    if as_json:
        figures = {"model": str(path), "part": part, **report.as_dict()}
        if by is None:
            del figures["by_length"]
        print(json.dumps(figures, ensure_ascii=False))
        return
    console.print_report(part, report, by_length=by == "length")


def _evaluate_text(
    path: Path,
    writer: TextGenerator,
    data: Path | None,
    part: str,
    as_book: bool,
    errors: int,
    streams: int,
    cache: Cache | None,
    as_json: bool,
) -> None:
    from seq2seq_cli.data.folder import read_folder
    from seq2seq_cli.data.formats import TEXT_FORMAT
    from seq2seq_cli.evaluation.metrics import finite
    from seq2seq_cli.training.session import text_of

    dataset, warnings = read_folder(data, TEXT_FORMAT) if data is not None else text_of(writer.file)
    console.warn(*warnings)
    text = dataset.part(part)
    scored = writer.evaluate(text, as_book=as_book, streams=streams)
    cached = writer.evaluate(text, cache=cache) if cache is not None else None
    surprisals = [] if as_book else writer.surprisals(scored, errors)
    if as_json:
        figures = {
            "model": str(path),
            "part": part,
            "procedure": "book" if as_book else "whole text",
            "streams": streams,
            **scored.as_dict(),
            "cache": cached and {**vars(cache), **cached.as_dict()},
            "surprisals": [{**vars(surprisal), "loss": finite(surprisal.loss)} for surprisal in surprisals],
        }
        print(json.dumps(figures, ensure_ascii=False))
        return
    console.print_text_report(part, scored, surprisals, level=writer.codec.vocabulary.level, as_book=as_book)
    if cached is not None and cache is not None:
        print(f"with a cache of {cache.size:,} states: perplexity {cached.perplexity:.2f}")
