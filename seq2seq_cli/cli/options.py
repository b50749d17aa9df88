"""Options that several commands share, the same word everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq_cli.cli import console

ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A model file; by default the newest suitable one in models/.")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="Threads of NumPy's matrix products.")]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu, cuda, cuda:1, or auto.")]
BatchOption = Annotated[int, typer.Option("--batch-size", min=1, help="How many rows run at once.")]
MaxLengthOption = Annotated[
    int | None, typer.Option("--max-length", min=1, help="The most symbols of an answer; by default from training.")
]


def find_model(model: Path | None) -> Path:
    """Return the model that is meant, naming it on stderr where it was not given."""
    if model is not None:
        return model
    from seq2seq_cli.model_file.locate import newest_model

    path, passed = newest_model("seq2seq")
    for line in passed:
        console.warn(line)
    console.note(f"using {path}")
    return path


def set_threads(threads: int | None) -> None:
    """Apply --threads."""
    if threads is not None:
        from seq2seq_cli.backend import limit_threads

        limit_threads(threads)
