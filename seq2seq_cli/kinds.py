"""The kinds of data and of model: a record each, and the only place that asks which one it has.

What a record names is imported when it is first used, so a pipeline that answers one line does not pay for the
other kind, and this table can stand near the bottom of the import order although it speaks of things above it.
A new kind is a record here and the reader that the record names; docs/extending.md has an example.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from seq2seq_cli.errors import DataError
from seq2seq_cli.types import STANDARD_STREAM

if TYPE_CHECKING:
    from seq2seq_cli.api.captioner import Captioner
    from seq2seq_cli.api.text_generator import TextGenerator
    from seq2seq_cli.api.translator import Translator
    from seq2seq_cli.backend import Backend
    from seq2seq_cli.config import DataConfig, ModelConfig
    from seq2seq_cli.config.recipes import PairsFacts
    from seq2seq_cli.data.folder import Dataset, PartFormat
    from seq2seq_cli.model_file.checks import Head
    from seq2seq_cli.model_file.content import ModelFile
    from seq2seq_cli.nn.parameters import ParameterSpec
    from seq2seq_cli.training.fine_tuning import Grown
    from seq2seq_cli.training.setup import ModelSetup
    from seq2seq_cli.training.task import Task

    AnyLoaded: TypeAlias = Translator | Captioner | TextGenerator


class Load(Protocol):
    """What makes a model file's content an object that answers or writes."""

    def __call__(self, file: ModelFile, *, device: str, precision: str) -> AnyLoaded:
        """Load onto a device, in a precision."""


@dataclasses.dataclass(frozen=True, eq=False)
class Kind:
    """What s2s has to know about a kind of data and the model that learns from it.

    Fields that are functions are given by their place, see `function`.
    """

    name: str
    """Of the data, as options and presets call it."""
    model: str
    """Of the model, as `ModelConfig.kind` calls it."""
    model_title: str
    data_title: str
    train_command: str
    """Trains a model of this kind with no data of one's own."""
    train_flag: str | None
    """The option that asks for such a model where there is no data to tell; None for what is made without."""
    prep_command: str
    """Makes a dataset of a file."""
    use_commands: str
    """What such a model is for."""

    # --- data ----------------------------------------------------------------------------------------
    format: Callable[[], PartFormat[Any]]
    """How a part of such a dataset stands in a file."""
    default_data: str
    """The kind of made data that training uses when none is given."""
    default_preset: Callable[[Dataset[Any], Mapping[str, Any]], str | None]
    """The preset that training uses when none is given, for a dataset and the options given."""
    facts: Callable[[Dataset[Any], Mapping[str, Any]], PairsFacts | None]
    """What a preset that chooses by the data sees of it, for a dataset and the options given."""

    # --- model ---------------------------------------------------------------------------------------
    variant: Callable[[ModelConfig], str]
    """A short name of what is special about a model, for file names."""
    specs: Callable[[ModelConfig], tuple[ParameterSpec, ...]]
    """A model's parameters, in the order of the flat buffer."""
    set_up: Callable[[Dataset[Any], Mapping[str, Any], DataConfig], ModelSetup]
    """Makes vocabularies of the training part, and the config of a model for them."""
    set_up_from: Callable[[ModelFile, Dataset[Any], int | None], tuple[ModelSetup, Mapping[str, Grown]]]
    """The same of a model that is there, whose vocabularies may grow; see `training.fine_tuning`."""
    task: Callable[[ModelFile, Dataset[Any], Backend], Task]
    """Builds the model that a file describes, without its weights, and joins it with its data."""

    # --- use -----------------------------------------------------------------------------------------
    check_file: Callable[[Head], None]
    """Raises ModelFileError unless a file has the vocabularies, and says of its text, what such a model needs."""
    load: Load
    """Makes a model file's content an object that answers or writes."""
    ensemble: Callable[[Sequence[Any]], AnyLoaded] | None = None
    """Makes one object of several that answer together; None where they can't."""
    tries: Sequence[tuple[str, str]] = ()
    """Commands that try a model, each for what made its data ("" for anything): the first that can be filled in."""

    def try_command(self, model: str, made_by: str, source: str | None) -> str | None:
        """Return a command that tries a model, or None where nobody knows one.

        Args:
            model: its file, quoted.
            made_by: what made its data.
            source: something to try it with, quoted.
        """
        known = {"model": model} if source is None else {"model": model, "source": source}
        for wanted, command in self.tries:
            if wanted in ("", made_by) and (source is not None or "{source}" not in command):
                return command.format(**known)
        return None

    def owns(self, place: Path) -> bool:
        """Tell whether a folder holds such a dataset, or a file is named like such a part."""
        form = self.format()
        return bool(form.parts_in(place)) if place.is_dir() else form.is_part(place)


def value(place: str) -> Callable[[], Any]:
    """Return a function that imports what stands at ``module:name`` when it is called."""
    module, _, name = place.partition(":")
    return lambda: getattr(import_module(f"seq2seq_cli.{module}"), name)


def function(place: str) -> Callable[..., Any]:
    """Return a function that imports the one at ``module:name`` when it is called, and calls it."""
    found = value(place)
    return lambda *arguments, **named: found()(*arguments, **named)


PAIRS = Kind(
    name="pairs",
    model="seq2seq",
    model_title="seq2seq model",
    data_title="pairs",
    train_command="s2s train --reverse --peeky",
    train_flag=None,
    prep_command="s2s prep pairs",
    use_commands="s2s translate",
    format=value("data.formats:PAIRS_FORMAT"),
    default_data="addition",
    default_preset=function("config.presets:default_of_pairs"),
    facts=function("data.facts:facts_of_pairs"),
    variant=function("config.model:seq2seq_variant"),
    specs=function("models.spec:seq2seq_specs"),
    set_up=function("training.setup:set_up_pairs"),
    set_up_from=function("training.fine_tuning:pairs_from"),
    task=function("training.pairs_task:pairs_task"),
    check_file=function("model_file.checks:check_pairs_file"),
    load=function("api.translator:Translator"),
    ensemble=function("api.ensemble:EnsembleTranslator"),
    tries=(
        ("chat", "s2s chat -m {model}"),
        ("", "echo {source} | s2s translate -m {model}"),
        ("", "s2s translate -m {model}"),
    ),
)

CAPTIONS = Kind(
    name="captions",
    model="captioner",
    model_title="captioner",
    data_title="captions",
    train_command="s2s train --preset captions",
    train_flag=None,
    prep_command="s2s prep captions",
    use_commands="s2s caption",
    format=value("data.captions:CAPTIONS_FORMAT"),
    default_data="shapes",
    default_preset=function("config.presets:default_of_captions"),
    facts=lambda dataset, given: None,
    variant=function("config.model:seq2seq_variant"),
    specs=function("models.spec:captioner_specs"),
    set_up=function("training.set_up_captions:set_up_captions"),
    set_up_from=function("training.fine_tuning:captions_from"),
    task=function("training.captions_task:captions_task"),
    check_file=function("model_file.checks:check_captions_file"),
    load=function("api.captioner:Captioner"),
    ensemble=function("api.ensemble:EnsembleCaptioner"),
    tries=(("", "s2s caption IMAGE -m {model}"),),
)

TEXT = Kind(
    name="text",
    model="lm",
    model_title="language model",
    data_title="a text",
    train_command="s2s train --lm",
    train_flag="lm",
    prep_command="s2s prep text",
    use_commands="s2s generate and s2s score",
    format=value("data.formats:TEXT_FORMAT"),
    default_data="python",
    default_preset=function("config.presets:default_of_text"),
    facts=lambda dataset, given: None,
    variant=function("config.model:language_model_variant"),
    specs=function("models.spec:language_model_specs"),
    set_up=function("training.setup:set_up_text"),
    set_up_from=function("training.fine_tuning:text_from"),
    task=function("training.text_task:text_task"),
    check_file=function("model_file.checks:check_text_file"),
    load=function("api.text_generator:TextGenerator"),
    tries=(("", "s2s generate -m {model} --start {source}"), ("", "s2s generate -m {model}")),
)

KINDS = [CAPTIONS, PAIRS, TEXT]
"""Asked in this order: a part of captions has lines like one of pairs, and images beside it. Where two kinds share a
model, the first one speaks for it."""


def kind_named(name: str) -> Kind:
    """Return a kind by the name of its data."""
    return next(kind for kind in KINDS if kind.name == name)


def kind_of_model(model: str) -> Kind:
    """Return the kind of a model, by `ModelConfig.kind`."""
    return next(kind for kind in KINDS if kind.model == model)


def kind_of_place(place: Path, expected: Kind | None = None) -> Kind:
    """Return the kind of data that stands in a folder or a file.

    Args:
        place: the folder or file.
        expected: what a file (or a pipe) is taken for whose name says nothing; None takes it for a text.

    Raises:
        DataError: there is none; the message says how to make it.
    """
    try:
        if function("data.lines:is_held")(place):
            return expected or TEXT
        if place == STANDARD_STREAM:
            way = f"{PAIRS.prep_command} - -o data/NAME"
            raise DataError(f"standard input has no parts: make a dataset of it first, with {way}")
        if not place.exists():
            function("files.folders:restore_aside")(place)
        if place.exists():
            for kind in KINDS:
                if kind.owns(place):
                    return kind
            if not place.is_dir():
                return expected or TEXT
    except OSError as error:  # of a name that is too long, or a folder that may not be looked into
        raise DataError(f"{place}: {error.strerror or error}") from None
    ways = " or ".join(f"`{kind.format().how_to_make(place)}`" for kind in KINDS)
    raise DataError(f"there is no dataset in {place}: make one with {ways} (see `s2s prep --help`)")
