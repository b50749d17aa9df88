"""`s2s train`: learn from a dataset."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import set_threads
from seq2seq_cli.errors import UsageError


def train(
    ctx: typer.Context,
    data: Annotated[
        Path | None,
        typer.Argument(help="A dataset's folder, of pairs or of text; by default additions, made in memory."),
    ] = None,
    lm: Annotated[
        bool | None, typer.Option("--lm", help="A language model; without DATA, of English in Python's own library.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The model file; by default models/<data>-<variant>.pkl.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing model.")] = False,
    preset: Annotated[
        str | None,
        typer.Option(help="book-addition, book-dates, rnnlm, better-rnnlm, lm-small, char-lm, lm, lm-large."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of options; options given here win.")] = None,
    save_config: Annotated[Path | None, typer.Option(help="Write all options to a TOML file.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on from a checkpoint.")] = None,
    reverse: Annotated[
        bool | None, typer.Option("--reverse/--no-reverse", help="Read the source backwards.", show_default=False)
    ] = None,
    peeky: Annotated[
        bool | None,
        typer.Option("--peeky/--no-peeky", help="Show the encoder's vector to every decoder layer and step."),
    ] = None,
    attention: Annotated[
        bool | None, typer.Option("--attention/--no-attention", help="Attend to the encoder's states (dot).")
    ] = None,
    attention_score: Annotated[
        Literal["dot", "general", "additive"] | None, typer.Option(help="Attend with this score.")
    ] = None,
    hidden: Annotated[int | None, typer.Option(help="Units of a layer.  [128]")] = None,
    embedding: Annotated[int | None, typer.Option(help="Size of a symbol's vector.  [16]")] = None,
    layers: Annotated[int | None, typer.Option(help="LSTM layers of encoder and decoder.  [1]")] = None,
    bidirectional: Annotated[
        bool | None, typer.Option("--bidirectional/--no-bidirectional", help="Encode in both directions.")
    ] = None,
    bridge: Annotated[
        Literal["h", "hc"] | None, typer.Option(help="What starts the decoder: h, or h and c.  [hc]")
    ] = None,
    tied: Annotated[
        bool | None, typer.Option("--tied/--no-tied", help="Use the embedding as output weights too.")
    ] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of numbers dropped in training.  [0]")] = None,
    input_dropout: Annotated[float | None, typer.Option(help="Of embeddings.  [--dropout]")] = None,
    output_dropout: Annotated[float | None, typer.Option(help="Before the output.  [--dropout]")] = None,
    embedding_dropout: Annotated[float | None, typer.Option(help="Share of symbols dropped whole.  [0]")] = None,
    weight_drop: Annotated[float | None, typer.Option(help="Share of recurrent weights dropped.  [0]")] = None,
    variational_dropout: Annotated[
        bool | None,
        typer.Option("--variational-dropout/--no-variational-dropout", help="One dropout mask for all steps of a row."),
    ] = None,
    source_level: Annotated[
        Literal["char", "word"] | None, typer.Option(help="How sources are cut.  [the dataset's]")
    ] = None,
    target_level: Annotated[
        Literal["char", "word"] | None, typer.Option(help="How targets are cut.  [the dataset's]")
    ] = None,
    level: Annotated[
        Literal["char", "word", "subword"] | None, typer.Option(help="How a text is cut.  [the dataset's]")
    ] = None,
    min_count: Annotated[int | None, typer.Option(help="Rarer symbols are unknown.  [1]")] = None,
    max_vocabulary: Annotated[int | None, typer.Option(help="At most so many symbols a side.")] = None,
    teacher_forcing: Annotated[
        float | None, typer.Option(help="Share of gold inputs; the others are the model's own.  [1]")
    ] = None,
    teacher_forcing_unit: Annotated[
        Literal["token", "sequence", "batch"] | None, typer.Option(help="What one coin decides for.  [token]")
    ] = None,
    teacher_forcing_decay: Annotated[
        Literal["none", "linear", "exponential", "inverse-sigmoid"] | None,
        typer.Option(help="How it falls from 1 to its share.  [none]"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training part.  [10]")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows of an update.  [128]")] = None,
    steps: Annotated[int | None, typer.Option(help="Symbols of a language model's window.  [35]")] = None,
    random_bptt: Annotated[
        bool | None, typer.Option("--random-steps/--no-random-steps", help="Windows of varying length.")
    ] = None,
    activation_penalty: Annotated[float | None, typer.Option(help="Of large activations (AR).  [0]")] = None,
    temporal_penalty: Annotated[
        float | None, typer.Option(help="Of their change from step to step (TAR).  [0]")
    ] = None,
    lr: Annotated[float | None, typer.Option(help="(Peak) learning rate.  [0.006]")] = None,
    schedule: Annotated[
        Literal["constant", "one-cycle", "cosine", "plateau"] | None, typer.Option(help="[one-cycle]")
    ] = None,
    warmup: Annotated[float | None, typer.Option(help="Share of steps in which the rate rises.  [0.1]")] = None,
    plateau_factor: Annotated[float | None, typer.Option(help="Schedule plateau: times so much.  [0.5]")] = None,
    plateau_patience: Annotated[int | None, typer.Option(help="Schedule plateau: after so many epochs.  [2]")] = None,
    optimizer: Annotated[Literal["adam", "adamw", "sgd", "momentum"] | None, typer.Option(help="[adam]")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="[0]")] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the gradient; 0 is none.  [5]")] = None,
    patience: Annotated[int | None, typer.Option(help="Stop after so many epochs without a better result.")] = None,
    keep: Annotated[Literal["best", "last"] | None, typer.Option(help="Which epoch's model is kept.  [best]")] = None,
    eval_part: Annotated[str | None, typer.Option(help="The part measured after each epoch.  [valid]")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and dropout.  [0]")] = None,
    data_seed: Annotated[int | None, typer.Option(help="Of the additions made in memory.  [0]")] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Threads of NumPy's matrix products.")] = None,
    device: Annotated[str | None, typer.Option("--device", help="cpu, cuda, cuda:1, or auto.  [cpu]")] = None,
    precision: Annotated[Literal["float32", "float64"] | None, typer.Option(help="[float32]")] = None,
) -> None:
    """Train a model. The best one on the valid part is kept.

    Example: s2s train --reverse --peeky
    """
    given = {name: value for name, value in ctx.params.items() if value is not None}
    for name in ("data", "output", "force", "preset", "config", "save_config", "resume"):
        given.pop(name, None)
    from seq2seq_cli.training.session import resume as resume_session

    if resume is not None:
        set_threads(given.pop("threads", None))
        given.pop("device", None)
        beside = [*given, *(["data"] if data else []), *(["preset"] if preset else []), *(["config"] if config else [])]
        if beside or output:
            word = (beside or ["output"])[0].replace("_", "-")
            raise UsageError(f"--resume goes on as it began; {word} can't be changed (train anew for that)")
        session, warnings = resume_session(resume, device=device)
    else:
        session, warnings = _new_session(given, data, output, force, preset, config, save_config)
    console.warn(*warnings)
    with _interruptible() as stopped:
        view = console.TrainingView(str(session.output), str(session.checkpoint))
        with view:
            for event in session.run(lambda: stopped() is not None):
                view.show(event)
    if (number := stopped()) is not None:
        console.note(f"interrupted; go on with: s2s train --resume {session.checkpoint}")
        sys.exit(128 + number)


def _new_session(
    given: dict[str, Any],
    data: Path | None,
    output: Path | None,
    force: bool,
    preset: str | None,
    config: Path | None,
    save_config: Path | None,
) -> tuple[Any, list[str]]:
    from seq2seq_cli.api import new_session
    from seq2seq_cli.config.toml import ConfigFile, read_config, write_config
    from seq2seq_cli.files.atomic import atomic_write

    file = read_config(config) if config else ConfigFile()
    lm = given.pop("lm", file.lm)
    data = data or file.data
    set_threads(given.get("threads", file.layer.values.get("threads") if file.layer else None))
    session, settings, warnings = new_session(
        data,
        output=output,
        preset=preset or file.preset,
        lm=bool(lm),
        options=_plain(given),
        file=file.layer,
        force=force,
    )
    if save_config is not None:
        with atomic_write(save_config, overwrite=force) as stream:
            stream.write(write_config(settings, data).encode("utf-8"))
    return session, warnings


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("attention") is False and given.get("attention_score") is not None:
        raise UsageError("--attention-score and --no-attention contradict each other")
    return given


@contextmanager
def _interruptible() -> Iterator[Callable[[], int | None]]:
    """Let Ctrl-C and a request to end finish the step and save; a second Ctrl-C stops at once.

    Yields:
        What returns the number of the signal that came, or None.
    """
    caught: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        if caught:
            raise KeyboardInterrupt
        caught.append(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: caught[0] if caught else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
