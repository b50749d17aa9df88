"""`s2s inspect`: a model's card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seq2seq_cli.cli import completion, hints

if TYPE_CHECKING:
    from seq2seq_cli.text.vocabulary import Vocabulary


def inspect(
    model: Annotated[Path, typer.Argument(help="A model file or a checkpoint.", autocompletion=completion.models)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what a model is, what it was trained on, and how well it did.

    Example: s2s inspect models/addition-reverse-peeky.pkl
    """
    from math import prod

    from seq2seq_cli.files.json_text import to_json
    from seq2seq_cli.model_file.content import read_head
    from seq2seq_cli.models.spec import parameter_shapes

    file = read_head(model)
    shapes = parameter_shapes(file.config)
    card: dict[str, Any] = {
        "file": str(model),
        "bytes": model.stat().st_size,
        "checkpoint": file.checkpoint is not None,
        "kind": file.config.kind,
        "variant": file.config.variant,
        "parameters": sum(map(prod, shapes.values())),
        "config": file.config.as_dict(),
        "source_vocabulary": file.source_vocabulary and _symbols(file.source_vocabulary),
        "target_vocabulary": _symbols(file.target_vocabulary),
        "text": file.text,
        "data": file.data,
        "training": file.training and file.training.as_dict(),
        "metrics": file.metrics,
        "versions": file.versions,
        "history": file.history,
        "shapes": {name: list(shape) for name, shape in shapes.items()},
    }
    if as_json:
        print(to_json(card))
    else:
        from seq2seq_cli.cli.view.tables import print_card

        print_card(card)
        if not card["checkpoint"]:
            hints.for_model(model, file.config.kind, file.data)
        else:
            hints.resume(model)


def _symbols(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return a vocabulary without its subword model, which is bytes."""
    return {name: value for name, value in vocabulary.as_dict().items() if name != "subwords"}
