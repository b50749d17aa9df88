"""`seq2seq_cli.train`: what the command does, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from seq2seq_cli.config import ARGUMENT, Layer, Settings, preset_named, resolve
from seq2seq_cli.config.settings import canonical, check_preset
from seq2seq_cli.data.folder import Dataset, read_folder
from seq2seq_cli.data.formats import PairsDataset, TextDataset
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.kinds import PAIRS, TEXT, Kind, kind_named, kind_of_model, kind_of_place
from seq2seq_cli.training.events import Event, Warned
from seq2seq_cli.training.files import claim
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
) -> tuple[Session, Settings, list[str]]:
    """Prepare a training run; see `train`. Returns the session, all its options, and warnings about the data."""
    # The place comes first: who can't have it should not wait for data to be read.
    place = claim(Path(output), force=force) if output is not None else None
    try:
        dataset, settings, path, warnings = read_request(data, preset=preset, lm=lm, options=options or {}, file=file)
        session = create_session(dataset, settings, place=place, data_path=path)
    except BaseException:
        if place is not None:
            place.log.close()
        raise
    offers = [f"{found} can go on: `resume={found}`; this run begins anew" for found in session.can_go_on]
    return session, settings, [*warnings, *session.training.task.warnings(), *offers]


def read_request(
    data: Data, *, preset: str | None, lm: bool, options: Mapping[str, object], file: Layer | None = None
) -> tuple[Dataset[Any], Settings, str | None, list[str]]:
    """Return the data, all options, where the data was read, and warnings about it.

    Args:
        data: a dataset, or where one stands; None makes data.
        preset: named values below all other options; None takes the one that fits the data.
        lm: a language model is asked for.
        options: those given as arguments.
        file: those of a file, below them.

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
    dataset, path, warnings = _dataset(data, asked or PAIRS, int(given.get("data_seed") or 0))
    kind = kind_named(dataset.format.name)
    if asked is not None and asked.model != kind.model:
        what = f"the preset {preset} is for" if preset else f"a {asked.model_title} learns from"
        raise UsageError(
            f"{what} {asked.data_title} ({asked.prep_command}); {path or 'the data'} holds {kind.data_title}"
        )
    preset = preset or kind.default_preset(dataset, given)
    facts = kind.facts(dataset, given) if preset is not None and preset_named(preset).recipe is not None else None
    name = kind_of_model(kind.model).name
    settings = resolve(name, preset, *layers, made_in_memory=data is None, facts=facts)
    return dataset, settings, path, warnings


def _dataset(data: Data, kind: Kind, seed: int) -> tuple[Dataset[Any], str | None, list[str]]:
    """Return the data, where it was read, and warnings about it."""
    if data is None:
        made = {"kind": kind.default_data, "options": {"seed": seed} if seed else {}}
        return rebuild(made), None, []
    if isinstance(data, Dataset):
        return data, None, []
    place = Path(data)
    found = kind_of_place(place)
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
        options: those of the command (``reverse``, ``peeky``, ``epochs``, …), see docs/options.md.

    Returns:
        The events of `seq2seq_cli.training.events`.

    Raises:
        S2SError: one of its children, for options, data or a device that can't be used, or a loss that
            is not finite.
    """
    session, _, warnings = new_session(data, output=output, preset=preset, lm=lm, force=force, options=options)
    return _events(session, warnings)


def _events(session: Session, warnings: list[str]) -> Iterator[Event]:
    yield from map(Warned, warnings)
    yield from session.run()
