"""`s2s evaluate`: measure a model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli.cli import completion, hints
from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelsOption, find_model, refuse_max_length, set_threads, takes_fields
from seq2seq_cli.config import EvaluationOptions, options_from
from seq2seq_cli.kinds import kind_of_model, kind_of_place


@takes_fields(EvaluationOptions)
def evaluate(
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            autocompletion=completion.datasets,
            help="A dataset, a TSV, or a text; - is standard input.  [default: what the model was trained on]",
        ),
    ] = None,
    model: ModelsOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Measure a model on a part of a dataset.

    Example: s2s evaluate --by length --errors 5

    Free-running figures are of answers that the model writes alone; teacher-forced ones score the given targets.
    A language model's perplexity is of the whole text, the state carried and no symbol left out.
    """
    set_threads(options_from(EvaluationOptions, given).threads)
    from seq2seq_cli.data.lines import pipes_held

    with pipes_held([data] if data is not None else []):
        _evaluate(data, model, given)


def _evaluate(data: Path | None, model: list[Path] | None, given: Mapping[str, Any]) -> None:
    from seq2seq_cli.api.load import load, load_ensemble, load_kind
    from seq2seq_cli.cli.view.reports import print_differences, print_report, what_errors_show
    from seq2seq_cli.data.lines import is_stream
    from seq2seq_cli.evaluation.compare import compare
    from seq2seq_cli.evaluation.pairs_report import Report
    from seq2seq_cli.files.json_text import to_json
    from seq2seq_cli.model_file.provenance import dataset_for, dataset_of

    device = options_from(EvaluationOptions, given).device
    # What comes in a stream is read as the model asks.
    kind_of_data = None if data is None or is_stream(data) else kind_of_place(data)
    paths = model or [find_model(None, kind_of_data, data=data)]
    loaded = load_ensemble(paths, device=device) if len(paths) > 1 else load(paths[0], device=device)
    kind = kind_of_model(loaded.file.config.kind)
    options = options_from(EvaluationOptions, given, kind.name)
    refuse_max_length(options.max_length, loaded.file.config)
    other = load_kind(options.compare, kind, device=options.device) if options.compare is not None else None
    dataset, warnings = dataset_for(loaded.file, data) if data is not None else dataset_of(loaded.file)
    console.warn(*warnings)
    part = dataset.part(options.part)
    console.warn(*loaded.unknown_in(part, options.part))
    if other:
        refuse_max_length(options.max_length, other.file.config)
        console.warn(*(f"{options.compare}: {line}" for line in other.unknown_in(part, options.part)))
    with console.busy(f"measuring on {options.part}"):
        report = loaded.report(part, options)
    with console.busy("measuring the other model"):
        second = other.report(part, options) if other else None
    # Only models that answer have the option.
    differences = compare(report, second) if isinstance(report, Report) and isinstance(second, Report) else ()
    if options.json:
        names = [str(path) for path in paths]
        found = {"model": names[0] if len(names) == 1 else names, "part": options.part, **report.as_dict()}
        if other:
            found |= {"other": str(options.compare), "differences": [entry.as_dict() for entry in differences]}
        print(to_json(found))
        return
    print_report(report, options.part)
    if other:
        print_differences(differences, str(options.compare))
    if what := what_errors_show(report):
        hints.again(what, "--errors", "5")
