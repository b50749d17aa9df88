"""Options that several commands share, the same word everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli import view as console

if TYPE_CHECKING:
    from seq2seq_cli.config import Kind

ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A model file; by default the newest suitable one in models/.")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", help="Threads of NumPy's matrix products.")]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu, cuda, cuda:1, or auto.")]
BatchOption = Annotated[int, typer.Option("--batch-size", min=1, help="How many rows run at once.")]
TemperatureOption = Annotated[
    float, typer.Option("--temperature", help="Below 1 is bolder, above 1 more varied.", show_default=True)
]
TopKOption = Annotated[int, typer.Option("--top-k", help="Draw from the k most probable symbols; 0 is all.")]
TopPOption = Annotated[float, typer.Option("--top-p", help="Draw from symbols that make up this probability.")]
UnknownOption = Annotated[
    Literal["error", "mark", "drop"],
    typer.Option("--unknown", help="Symbols never seen: a blank answer and exit 1, the unknown symbol, or left out."),
]
MaxLengthOption = Annotated[
    int | None, typer.Option("--max-length", min=1, help="The most symbols of an answer; by default from training.")
]


def find_model(model: Path | None, kind: Kind | None = "seq2seq") -> Path:
    """Return the model that is meant, naming it on stderr where it was not given; None is any kind."""
    if model is not None:
        return model
    from seq2seq_cli.model_file.locate import newest_model

    path, passed = newest_model(kind)
    console.warn(*passed)
    console.note(f"using {path}")
    return path


def set_threads(threads: int | None) -> None:
    """Apply --threads."""
    if threads is not None:
        from seq2seq_cli.backend import limit_threads

        limit_threads(threads)
