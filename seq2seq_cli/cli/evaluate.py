"""`s2s evaluate`: measure a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.config import EvaluationOptions, options_from

if TYPE_CHECKING:
    from seq2seq_cli.inference.text_generator import TextGenerator
    from seq2seq_cli.inference.translator import Translator


@takes_fields(EvaluationOptions)
def evaluate(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="DATA", help="A dataset, a TSV, or a text.  [default: what the model was trained on]"),
    ] = None,
    model: ModelOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Measure a model on a part of a dataset.

    Example: s2s evaluate --by length --errors 5

    Free-running figures are of answers that the model writes alone; teacher-forced ones score the given targets.
    A language model's perplexity is of the whole text, the state carried and no symbol left out.
    """
    options = options_from(EvaluationOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.inference.loading import load
    from seq2seq_cli.inference.text_generator import TextGenerator

    path = find_model(model, None)
    loaded = load(path, device=options.device)
    if isinstance(loaded, TextGenerator):
        _evaluate_text(path, loaded, data, options_from(EvaluationOptions, given, "text"))
    else:
        _evaluate_pairs(path, loaded, data, options_from(EvaluationOptions, given, "pairs"))


def _evaluate_pairs(path: Path, translator: Translator, data: Path | None, options: EvaluationOptions) -> None:
    from seq2seq_cli.cli.view.tables import print_report
    from seq2seq_cli.data.folder import read_folder
    from seq2seq_cli.data.formats import PAIRS_FORMAT
    from seq2seq_cli.training.session import dataset_of

    dataset, warnings = read_folder(data, PAIRS_FORMAT) if data is not None else dataset_of(translator.file)
    console.warn(*warnings)
    pairs = dataset.part(options.part)
    report = translator.evaluate(
        pairs, errors=options.errors, batch_size=options.batch_size, max_length=options.max_length
    )
    if options.json:
        figures = {"model": str(path), "part": options.part, **report.as_dict()}
        if options.by is None:
            del figures["by_length"]
        print(json.dumps(figures, ensure_ascii=False))
        return
    print_report(options.part, report, by_length=options.by == "length")


def _evaluate_text(path: Path, writer: TextGenerator, data: Path | None, options: EvaluationOptions) -> None:
    from seq2seq_cli.cli.view.tables import print_text_report
    from seq2seq_cli.data.folder import read_folder
    from seq2seq_cli.data.formats import TEXT_FORMAT
    from seq2seq_cli.evaluation.metrics import finite
    from seq2seq_cli.evaluation.text import Cache
    from seq2seq_cli.training.session import text_of

    dataset, warnings = read_folder(data, TEXT_FORMAT) if data is not None else text_of(writer.file)
    console.warn(*warnings)
    text = dataset.part(options.part)
    cache = None
    if options.cache is not None:
        cache = Cache(options.cache, options.cache_sharpness, options.cache_share)
    scored = writer.evaluate(text, as_book=options.as_book, streams=options.streams)
    cached = writer.evaluate(text, cache=cache) if cache is not None else None
    surprisals = [] if options.as_book else writer.surprisals(scored, options.errors)
    if options.json:
        figures = {
            "model": str(path),
            "part": options.part,
            "procedure": "book" if options.as_book else "whole text",
            "streams": options.streams,
            **scored.as_dict(),
            "cache": cached and {**vars(cache), **cached.as_dict()},
            "surprisals": [{**vars(surprisal), "loss": finite(surprisal.loss)} for surprisal in surprisals],
        }
        print(json.dumps(figures, ensure_ascii=False))
        return
    print_text_report(options.part, scored, surprisals, level=writer.codec.vocabulary.level, as_book=options.as_book)
    if cached is not None and cache is not None:
        print(f"with a cache of {cache.size:,} states: perplexity {cached.perplexity:.2f}")
