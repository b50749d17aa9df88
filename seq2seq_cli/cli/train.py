"""`s2s train`: learn from a dataset."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import set_threads
from seq2seq_cli.errors import DataError, UsageError

SESSION_OPTIONS = (
    "precision",
    "source_level",
    "target_level",
    "level",
    "lm",
    "min_count",
    "max_vocabulary",
    "eval_part",
    "data_seed",
)
"""Options of a run that are neither the model's nor training's, but may stand in a config file."""

ALIASES = {"lr": "learning_rate", "hidden": "hidden_size", "embedding": "embedding_size", "steps": "bptt"}
"""Names of options that are shorter than the fields they set."""


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
    for name in ("data", "output", "force", "preset", "config", "save_config", "resume", "threads", "device"):
        given.pop(name, None)
    set_threads(threads)
    from seq2seq_cli.training.session import resume as resume_session

    if resume is not None:
        beside = [*given, *(["data"] if data else []), *(["preset"] if preset else []), *(["config"] if config else [])]
        if beside or output:
            word = (beside or ["output"])[0].replace("_", "-")
            raise UsageError(f"--resume goes on as it began; {word} can't be changed (train anew for that)")
        session, warnings = resume_session(resume, device=device)
    else:
        session, warnings = _new_session(given, data, output, force, preset, config, save_config, device or "cpu")
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
    device: str,
) -> tuple[Any, list[str]]:
    from seq2seq_cli.api import new_session

    from_file = read_config(config) if config else {}
    data = data or (Path(from_file.pop("data")) if "data" in from_file else None)
    from_file.pop("data", None)
    preset = preset or from_file.pop("preset", None)
    from_file.pop("preset", None)
    merged = {**_plain(from_file), **_plain(given)}
    session_options = {name: merged.pop(name) for name in SESSION_OPTIONS if name in merged}
    session, warnings = new_session(
        data,
        output=output,
        preset=preset,
        options=merged,
        force=force,
        device=device,
        **session_options,
    )
    if save_config is not None:
        write_config(save_config, session, data, session_options, force)
    return session, warnings


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give options the names and values of the configurations' fields."""
    plain = {ALIASES.get(name, name): value for name, value in options.items()}
    score = plain.pop("attention_score", None)
    attention = plain.pop("attention", None)
    if score is not None and attention is False:
        raise UsageError("--attention-score and --no-attention contradict each other")
    if score is not None or attention is True:
        plain["attention"] = score or "dot"
    elif attention is False:
        plain["attention"] = None
    elif attention is not None:
        plain["attention"] = attention
    return plain


def read_config(path: Path) -> dict[str, Any]:
    """Read a TOML file of options, named as on the command line.

    Raises:
        DataError: it can't be read, or is not TOML.
        UsageError: a name is no option.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    from seq2seq_cli.config import option_names

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: it is not TOML: {error}") from None
    options = {name.replace("-", "_"): value for name, value in content.items()}
    model, training = option_names()
    known = {*model, *training, *SESSION_OPTIONS, *ALIASES, "attention_score", "data", "preset"}
    for name in options:
        if name not in known:
            raise UsageError(f"{path}: there is no option {name.replace('_', '-')!r}; see s2s train --help")
    return options


def write_config(path: Path, session: Any, data: Path | None, others: Mapping[str, Any], force: bool) -> None:
    """Write all options of a run as TOML."""
    from seq2seq_cli.config import option_names
    from seq2seq_cli.files.atomic import atomic_write

    model_names, training_names = option_names()
    model = session.training.model.config.as_dict()
    chosen: dict[str, Any] = {"data": str(data)} if data else {}
    chosen |= {name: model[name] for name in model if name in model_names}
    chosen |= {name: value for name, value in session.training.config.as_dict().items() if name in training_names}
    chosen |= others
    lines = [f"{name.replace('_', '-')} = {_toml(value)}\n" for name, value in chosen.items() if value is not None]
    with atomic_write(path, overwrite=force) as file:
        file.write("".join(lines).encode("utf-8"))


def _toml(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML string
    return repr(value)


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
