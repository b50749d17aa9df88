"""`s2s evaluate`: measure a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from seq2seq_cli.cli import console
from seq2seq_cli.cli.options import (
    BatchOption,
    DeviceOption,
    MaxLengthOption,
    ModelOption,
    ThreadsOption,
    find_model,
    set_threads,
)


def evaluate(
    data: Annotated[
        Path | None, typer.Argument(help="A dataset's folder or a TSV; by default what the model was trained on.")
    ] = None,
    model: ModelOption = None,
    part: Annotated[str, typer.Option(help="train, valid or test.")] = "test",
    by: Annotated[Literal["length"] | None, typer.Option(help="Also exact match by the source's length.")] = None,
    errors: Annotated[int, typer.Option(min=0, help="Show so many wrong answers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    max_length: MaxLengthOption = None,
    batch_size: BatchOption = 512,
    threads: ThreadsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Measure a model on a part of a dataset.

    Free-running figures are of answers that the model writes alone; teacher-forced ones score the given targets.

    Example: s2s evaluate --by length --errors 5
    """
    set_threads(threads)
    from seq2seq_cli.data.dataset import read_dataset
    from seq2seq_cli.training.session import dataset_of
    from seq2seq_cli.translator import load

    path = find_model(model)
    translator = load(path, device=device)
    dataset, warnings = read_dataset(data) if data is not None else dataset_of(translator.file)
    for warning in warnings:
        console.warn(warning)
    pairs = dataset.part(part)
    report = translator.evaluate(pairs, errors=errors, batch_size=batch_size, max_length=max_length)
    if as_json:
        figures = {"model": str(path), "part": part, **report.as_dict()}
        if by is None:
            del figures["by_length"]
        print(json.dumps(figures, ensure_ascii=False))
        return
    console.print_report(part, report, by_length=by == "length")
