"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from seq2seq_cli.api.given import checked, path_of
from seq2seq_cli.config import ARGUMENT, Layer, Settings, preset_named, resolve
from seq2seq_cli.config.settings import canonical, check_preset
from seq2seq_cli.data.folder import Dataset, read_folder
from seq2seq_cli.data.formats import PairsDataset, TextDataset
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.data.lines import is_stream
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.kinds import PAIRS, TEXT, Kind, kind_named, kind_of_model, kind_of_place
from seq2seq_cli.model_file.provenance import dataset_of
from seq2seq_cli.training.events import Event, Warned
from seq2seq_cli.training.files import claim
from seq2seq_cli.training.fine_tuning import Beginning
from seq2seq_cli.training.session import Session
from seq2seq_cli.training.setup import create_session

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from seq2seq_cli.config.signature import TrainOptions

Data: TypeAlias = PairsDataset | TextDataset | str | Path | None


def new_session(
    data: Data = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    lm: bool = False,
    force: bool = False,
    options: Mapping[str, object] | None = None,
    file: Layer | None = None,
    begins: Beginning | None = None,
) -> tuple[Session, Settings, list[str]]:
    """Prepare a training run; see `train`. Returns the session, all its options, and warnings about the data."""
    # The place comes first: who can't have it should not wait for data to be read.
    place = claim(path_of(output, "output"), force=checked("force", bool, force)) if output is not None else None
    try:
        dataset, settings, path, warnings = read_request(
            data, preset=preset, lm=lm, options=options or {}, file=file, begins=begins
        )
        session = create_session(dataset, settings, place=place, data_path=path, begins=begins)
    except BaseException:
        if place is not None:
            place.log.close()
        raise
    return session, settings, [*warnings, *session.training.task.warnings(), *session.notes]


def read_request(
    data: Data,
    *,
    preset: str | None,
    lm: bool,
    options: Mapping[str, object],
    file: Layer | None = None,
    begins: Beginning | None = None,
) -> tuple[Dataset[Any], Settings, str | None, list[str]]:
    """Return the data, all options, where the data was read, and warnings about it.

    Args:
        data: a dataset, or where one stands; None makes data.
        preset: named values below all other options; None takes the one that fits the data.
        lm: a language model is asked for.
        options: those given as arguments.
        file: those of a file, below them.
        begins: a model that training begins with; without data it goes on with its own.

    Raises:
        UsageError: the preset or an option does not fit the data.
        DataError: the data can't be read.
    """
    layers = [*([file] if file is not None else []), Layer(ARGUMENT, options)]
    given = {name: value for layer in layers for name, value in layer.values.items()}
    for layer in layers:  # before the data is read, or made
        canonical(layer)
    if lm and preset is not None:
        check_preset(preset, TEXT.name)
    asked = TEXT if lm else kind_named(preset_named(preset).kind) if preset is not None else None
    if data is None and begins is not None:
        dataset, warnings = dataset_of(begins.file)
        path = begins.file.data.get("path")
    else:
        dataset, path, warnings = _dataset(data, asked or PAIRS, int(given.get("data_seed") or 0))
    kind = kind_named(dataset.format.name)
    if asked is not None:
        title = f"the preset {preset} is for" if preset else f"a {asked.model_title} learns from"
        _check_kind(title, asked, kind, path)
    if begins is not None:
        _check_kind(f"the model of {begins.path} learns from", begins.kind, kind, path)
    preset = preset or (kind.default_preset(dataset, given) if begins is None else None)
    facts = kind.facts(dataset, given) if preset is not None and preset_named(preset).recipe is not None else None
    name = kind_of_model(kind.model).name
    base = begins.options(preset=preset) if begins is not None else None
    in_memory = data is None and begins is None
    settings = resolve(name, preset, *layers, made_in_memory=in_memory, facts=facts, base=base)
    if begins is not None:
        begins.check(settings, layers)
    return dataset, settings, path, warnings


def _check_kind(title: str, wanted: Kind, found: Kind, path: str | None) -> None:
    """Raise UsageError unless the data is of the kind that is wanted."""
    if wanted.model != found.model:
        what = f"{title} {wanted.data_title} ({wanted.prep_command})"
        raise UsageError(f"{what}; {path or 'the data'} holds {found.data_title}")


def _dataset(data: Data, kind: Kind, seed: int) -> tuple[Dataset[Any], str | None, list[str]]:
    """Return the data, where it was read, and warnings about it."""
    if data is None:
        made = {"kind": kind.default_data, "options": {"seed": seed} if seed else {}}
        return rebuild(made), None, []
    if isinstance(data, Dataset):
        return data.composed(), None, []
    place = path_of(data, "data", "a dataset or the path of one")
    found = kind_of_place(place, kind)
    if is_stream(place):
        raise DataError(
            f"{place} is read once, and has no parts: make a dataset of it first, with "
            f"{found.prep_command} FILE -o data/NAME"
        )
    if (option := {".pkl": "init_from", ".checkpoint": "resume"}.get(place.suffix)) and not place.is_dir():
        raise DataError(f"{place} is named like a model, and is no data: `{option}={place}` begins with one")
    if not place.is_dir():
        folder = Path("data") / place.stem
        raise DataError(
            f"{place} is one file; make a dataset with its parts first: {found.prep_command} {place} -o {folder}"
        )
    dataset, warnings = read_folder(place, found.format())
    return dataset, str(data), warnings


def train(
    data: Data = None,
    *,
    output: str | Path | None = None,
    preset: str | None = None,
    lm: bool = False,
    force: bool = False,
    init_from: str | Path | None = None,
    grow_vocabulary: bool = False,
    **options: Unpack[TrainOptions],
) -> Iterator[Event]:
    """Train a model; what happens is yielded, and the model is saved as it gets better.

    Everything is checked and prepared at the call; training goes on as the events are asked for.

    Args:
        data: a dataset, or its folder; None makes additions, or with `lm` English of Python's library, as the
            command does.
        output: the model file; by default a free name under ``models``.
        preset: named values for some options.
        lm: train a language model; a text dataset asks for one by itself.
        force: replace an existing model.
        init_from: a model to begin with: its weights, its vocabularies, and, where no others are given, its options
            and its data.
        grow_vocabulary: let its vocabularies take in the symbols of the data.
        options: those of the command (``reverse``, ``peeky``, ``epochs``, …), see docs/options.md.

    Returns:
        The events of `seq2seq_cli.training.events`.

    Raises:
        S2SError: one of its children, for options, data or a device that can't be used, or a loss that
            is not finite.

    Example:
        >>> events = list(seq2seq_cli.train("digits", output="small.pkl", hidden=8, epochs=1))
        >>> [event.reason for event in events if isinstance(event, seq2seq_cli.Finished)]
        ['epochs']
    """
    checked("lm", bool, lm)
    begins = beginning(init_from, grow=grow_vocabulary)
    session, _, warnings = new_session(
        data, output=output, preset=preset, lm=lm, force=force, options=options, begins=begins
    )
    return _events(session, warnings)


def beginning(init_from: str | Path | None, *, grow: bool) -> Beginning | None:
    """Return the model that training begins with, or None.

    Raises:
        UsageError: a vocabulary is to grow, and there is no model.
        ModelFileError: it can't be read.
    """
    checked("grow_vocabulary", bool, grow)
    if init_from is not None:
        return Beginning(path_of(init_from, "init_from"), grow=grow)
    if grow:
        raise UsageError("`grow_vocabulary` has no effect without `init_from`: leave it out")
    return None


def _events(session: Session, warnings: list[str]) -> Iterator[Event]:
    yield from map(Warned, warnings)
    yield from session.run()
