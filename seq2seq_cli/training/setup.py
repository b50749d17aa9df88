"""Beginning a training run: vocabularies, model, first values, the name of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from seq2seq_cli.backend import Backend, get_backend, limit_threads
from seq2seq_cli.config import DataConfig, Level, ModelConfig, Settings, checked_level
from seq2seq_cli.data.folder import Dataset
from seq2seq_cli.data.formats import PairsDataset, TextDataset
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.files.places import check_room
from seq2seq_cli.kinds import kind_named
from seq2seq_cli.model_file.checks import LONGEST_SIDE
from seq2seq_cli.model_file.content import ModelFile, check_writable
from seq2seq_cli.model_file.provenance import library_versions
from seq2seq_cli.models.spec import initialise_parameters
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.failures import check_memory
from seq2seq_cli.training.files import MODELS, Place, claim_free
from seq2seq_cli.training.loop import Training
from seq2seq_cli.training.session import Session
from seq2seq_cli.training.vocabularies import pair_vocabularies
from seq2seq_cli.types import Pair

BUILTIN_VOCABULARY = 10_000
"""Words of the built-in text that a model knows, unless told otherwise."""

MOST_FILLED = 1 << 26
"""Symbols of rows that are filled to one width, all together."""

OWN_NAMES = ("pairs", "lexicon", "chat", "folder", "text")
"""Kinds of datasets that are known by their folder's name; others (addition, dates) by their own."""


@dataclass(frozen=True)
class ModelSetup:
    """A model that is to be trained: its config, its vocabularies, and how its text is prepared."""

    config: ModelConfig
    source_vocabulary: Vocabulary | None
    target_vocabulary: Vocabulary
    text: dict[str, Any]


class Begins(Protocol):
    """A model that training begins with, instead of with a new one."""

    def set_up(self, dataset: Dataset[Any], data: DataConfig) -> tuple[ModelSetup, list[str]]:
        """Return the model as it is now, and lines about it for people."""

    def assign(self, parameters: Parameters) -> None:
        """Put its weights over first values."""


def create_session(
    dataset: Dataset[Any],
    settings: Settings,
    *,
    place: Place | None = None,
    data_path: str | None = None,
    begins: Begins | None = None,
) -> Session:
    """Begin a training run.

    Args:
        dataset: what to learn from.
        settings: all options.
        place: where the model goes; by default a free name under ``models``.
        data_path: where the dataset was read, recorded for `evaluate` and for resuming.
        begins: a model to begin with.

    Raises:
        UsageError: options that don't fit together.
        DataError: the data can't be used.
        S2SError: there is no room for what is written.
        BackendError: the device does not work here.
    """
    kind, config = kind_named(dataset.format.name), settings.training
    if settings.data.eval_part != DataConfig.eval_part:
        dataset.part(settings.data.eval_part)  # what is asked for must be there
    if settings.run.threads is not None:
        limit_threads(settings.run.threads)
    backend = get_backend(settings.run.device, settings.run.precision)
    if begins is None:
        setup, notes = kind.set_up(dataset, settings.model, settings.data), list[str]()
    else:
        setup, notes = begins.set_up(dataset, settings.data)
    check_memory(setup.config, config, backend.xp.dtype(backend.dtype).itemsize)
    head = _head(setup, dataset, settings, data_path, backend)
    check_writable(head)
    task = kind.task(head, dataset, backend)
    initialise_parameters(setup.config, task.model.parameters, config.initialisation, config.seed)
    if begins is not None:
        begins.assign(task.model.parameters)
    training = Training(task, config)
    model = place.files.model if place is not None else MODELS / "model"
    check_room(model.parent, training.bytes_written, model)
    place = place or claim_free(_data_name(dataset, data_path), setup.config.variant)
    notes += [f"{found} can go on: `resume={found}`; this run begins anew" for found in place.can_go_on]
    return Session(training, head, place.files, log=place.log, resumed=False, notes=notes)


def _head(
    setup: ModelSetup, dataset: Dataset[Any], settings: Settings, data_path: str | None, backend: Backend
) -> ModelFile:
    """Return all of a model file that is known before training."""
    return ModelFile(
        config=setup.config,
        source_vocabulary=setup.source_vocabulary,
        target_vocabulary=setup.target_vocabulary,
        text=setup.text,
        data={**dataset.description, "path": data_path, "eval_part": settings.data.eval_part},
        training=settings.training,
        history=[],
        metrics={},
        versions={**library_versions(), "backend": backend.name, "precision": backend.precision},
    )


def _data_name(dataset: Dataset[Any], path: str | None) -> str:
    """Return what the data is called in the name of a model."""
    described = str(dataset.description.get("kind", "model"))
    return Path(path).name if path and described in OWN_NAMES else described


def set_up_pairs(dataset: PairsDataset, options: Mapping[str, Any], data: DataConfig) -> ModelSetup:
    """Make the vocabularies of both sides, and the config of a seq2seq model."""
    train: Sequence[Pair] = dataset.part("train")
    protection = None if data.protect is None else Protection.learned(data.protect, train)
    if protection is not None:
        train = protection.pairs(train)
    levels = {
        "source": checked_level(data.source_level or dataset.levels["source"]),
        "target": checked_level(data.target_level or dataset.levels["target"]),
    }
    if options.get("padding", "masked") == "symbol":
        source, target, widths = _fixed_width(dataset, levels)
    else:
        source, target = pair_vocabularies(train, levels, data, protection.symbols if protection is not None else ())
        widths = {}
    sizes = {"source_vocab_size": len(source), "target_vocab_size": len(target), **widths}
    text: dict[str, Any] = {
        "normalisation": target.cutting.normalisation,
        "longest_source": longest_of("source", (len(source.tokens(text)) for text, _ in train)),
        "longest_target": longest_of("target", (len(target.tokens(text)) for _, text in train)),
        **({} if protection is None else {"protect": protection.as_dict()}),
    }
    return ModelSetup(ModelConfig.from_dict({**options, "kind": "seq2seq", **sizes}), source, target, text)


def longest_of(side: str, lengths: Iterable[int]) -> int:
    """Return the longest of a side's lengths in symbols.

    Raises:
        DataError: a model can't be that long.
    """
    found = max(lengths)
    if found > LONGEST_SIDE:
        raise DataError(
            f"the longest {side} of train has {found:,} symbols; {LONGEST_SIDE:,} are the most: leave such rows out, "
            f"or cut them into fewer (`{side}_level`)"
        )
    return found


def _fixed_width(dataset: PairsDataset, levels: Mapping[str, Level]) -> tuple[Vocabulary, Vocabulary, dict[str, int]]:
    """Make the book's one vocabulary of both sides, and the widths that rows are filled to."""
    if set(levels.values()) != {"char"}:
        raise UsageError("the book's recipes fill rows with blanks, so both sides are at char level")
    recorded = cast("Mapping[str, int]", dataset.description.get("fixed_width", {}))
    every = [pair for pairs in dataset.parts.values() for pair in pairs]
    widths = []
    for place, side in enumerate(("source", "target")):
        longest = max(len(pair[place]) for pair in every)
        widths.append(recorded.get(side, longest))
        if widths[-1] < longest:
            raise DataError(f"a {side} has {longest:,} symbols; the dataset's fixed_width says {widths[-1]:,}")
    if (filled := len(every) * sum(widths)) > MOST_FILLED:
        raise DataError(
            f"{len(every):,} rows filled to {widths[0]:,} and {widths[1]:,} symbols are {filled:,}, more than "
            f"{MOST_FILLED:,}: leave out `padding`, so that short rows are not filled"
        )
    source_width, target_width = widths
    both = Vocabulary.fixed_width(dataset.part("train"), source_width, target_width)
    return both, both, {"source_width": source_width, "target_width": target_width}


def set_up_text(dataset: TextDataset, options: Mapping[str, Any], data: DataConfig) -> ModelSetup:
    """Make the vocabulary of a text, and the config of a language model."""
    level = checked_level(data.level or dataset.levels["text"])
    if data.subword_type is not None and level != "subword":
        raise UsageError(f"`subword_type` has no effect at {level} level: leave it out, or add `level='subword'`")
    most = data.max_vocabulary
    if dataset.description.get("kind") == "python" and level == "word" and most is None:
        most = BUILTIN_VOCABULARY
    vocabulary = Vocabulary.of_text(
        dataset.part("train"),
        level,
        min_count=data.min_count,
        max_size=most,
        subword_type=data.subword_type or "unigram",
    )
    config = ModelConfig.from_dict({**options, "kind": "lm", "target_vocab_size": len(vocabulary)})
    form = dataset.description.get("form", "plain")
    return ModelSetup(config, None, vocabulary, {"normalisation": "NFC", "form": form})
