"""Training that begins with a model: its weights, its vocabularies, and how its text is prepared.

A vocabulary may grow: new symbols come behind the old ones, whose ids and weights stay what they are, and begin with
first values as in a new model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seq2seq_cli.config import DataConfig, Layer, ModelConfig, Settings, options_of
from seq2seq_cli.config.effects import shown
from seq2seq_cli.data.captions import CaptionsDataset
from seq2seq_cli.data.folder import Dataset
from seq2seq_cli.data.formats import PairsDataset, TextDataset
from seq2seq_cli.data.lines import plural
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.kinds import Kind, kind_of_model
from seq2seq_cli.model_file.content import ModelFile, read_model_file
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.tokens import text_tokens
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.training.set_up_captions import source_sizes
from seq2seq_cli.training.setup import ModelSetup, longest_of

SHOWN = 5
"""Symbols that a message names."""

FREE = ("min_count", "eval_part")
"""Options of the data that a model with vocabularies leaves open; the first one when they grow."""


@dataclass(frozen=True)
class Grown:
    """A vocabulary, and what of the data it lacks or has got."""

    vocabulary: Vocabulary
    new: tuple[str, ...]


class Beginning:
    """A model that training begins with.

    Args:
        path: its file, or a checkpoint.
        grow: whether its vocabularies take in the symbols of the data.

    Raises:
        ModelFileError: it is damaged, or no model file.
    """

    def __init__(self, path: Path, *, grow: bool = False) -> None:
        self.path, self.grow, self.file = path, grow, read_model_file(path)
        self.kind: Kind = kind_of_model(self.file.config.kind)

    def options(self, *, preset: str | None) -> Layer:
        """Return the options below those that are given: the model's own, and without a preset its training's."""
        values = {name: getattr(self.file.config, name) for name in options_of(ModelConfig)}
        if preset is None and self.file.training is not None:
            values |= self.file.training.as_dict()
        return Layer(str(self.path), values)

    def check(self, settings: Settings, layers: Iterable[Layer]) -> None:
        """Refuse options that say what the model has decided.

        Args:
            settings: all options.
            layers: those that were given.

        Raises:
            UsageError: one is given.
        """
        own = self.options(preset=None).values
        for layer in layers:
            given = [name for name, origin in settings.origins.items() if origin == layer.origin]
            for name in given:
                if name in own and name in settings.model and settings.model[name] != own[name]:
                    said = f"{layer.place}{layer.spell(name)}"
                    raise UsageError(f"{said} is decided by {self.path}, which has {shown(own[name])}: leave it out")
                if name in options_of(DataConfig) and name not in (FREE if self.grow else FREE[1:]):
                    raise UsageError(f"{layer.place}{layer.spell(name)} is decided by {self.path}: leave it out")

    def set_up(self, dataset: Dataset[Any], data: DataConfig) -> tuple[ModelSetup, list[str]]:
        """Return the model with its vocabularies as they are now, and lines about them for people.

        Raises:
            UsageError: no vocabulary of the model can grow.
            DataError: the data does not fit the model.
        """
        setup, sides = self.kind.set_up_from(self.file, dataset, data.min_count if self.grow else None)
        if self.grow and all(side.vocabulary.level == "subword" for side in sides.values()):
            raise UsageError(
                f"`grow_vocabulary` adds no subword units, of which those of {self.path} are: leave it out"
            )
        return setup, [line for name, side in sides.items() for line in self._said(name, side)]

    def _said(self, name: str, side: Grown) -> list[str]:
        if not side.new:
            return []
        shown = " ".join(map(repr, side.new[:SHOWN])) + (" …" if len(side.new) > SHOWN else "")
        of = f"the {name} of {self.path}"
        if self.grow and side.vocabulary.level != "subword":
            before = len(side.vocabulary) - len(side.new)
            return [f"{of} grows from {before:,} to {plural(len(side.vocabulary), 'symbol')}: {shown}"]
        advice = "" if side.vocabulary.level == "subword" else "; `grow_vocabulary` adds them"
        return [f"{of} lacks {plural(len(side.new), 'symbol')} of the training part: {shown}{advice}"]

    def assign(self, parameters: Parameters) -> None:
        """Put the model's weights in place; what has grown keeps its first values where there are none."""
        values = parameters.to_host()
        for name, old in self.file.weights.items():
            values[name][tuple(map(slice, old.shape))] = old
        parameters.assign(values)


def _grown(vocabulary: Vocabulary, symbols: Iterable[str], least: int | None) -> Grown:
    """Return a vocabulary with the symbols that it lacks, or as it is, and which these are, the most frequent first.

    Args:
        vocabulary: the model's.
        symbols: of the training part.
        least: how often a symbol must stand there to be added; None adds none.
    """
    known = set(vocabulary.symbols)
    counts = Counter(symbol for symbol in symbols if symbol not in known)
    if not counts:
        return Grown(vocabulary, ())
    frequent = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
    if least is None or vocabulary.level == "subword":
        return Grown(vocabulary, tuple(frequent))
    new = tuple(symbol for symbol in frequent if counts[symbol] >= least)
    return Grown(replace(vocabulary, symbols=(*vocabulary.symbols, *new)), new)


def pairs_from(file: ModelFile, dataset: PairsDataset, least: int | None) -> tuple[ModelSetup, dict[str, Grown]]:
    """Set up a seq2seq model that begins with another one; see `Beginning.set_up`."""
    train, (source, target) = dataset.part("train"), (file.source_vocabulary, file.target_vocabulary)
    assert source is not None
    if file.text.get("protect") is not None:
        train = Protection.from_dict(file.text["protect"]).pairs(train)
    cut = {"source": [source.tokens(text) for text, _ in train], "target": [target.tokens(text) for _, text in train]}
    symbols = {side: [symbol for tokens in rows for symbol in tokens] for side, rows in cut.items()}
    if source == target:
        both = _grown(source, symbols["source"] + symbols["target"], least)
        sides = {"vocabulary": both}
        source = target = both.vocabulary
    else:
        sides = {
            f"{side} vocabulary": _grown(vocabulary, symbols[side], least)
            for side, vocabulary in (("source", source), ("target", target))
        }
        source, target = (side.vocabulary for side in sides.values())
    longest = {
        f"longest_{side}": max(int(file.text[f"longest_{side}"]), longest_of(side, map(len, rows)))
        for side, rows in cut.items()
    }
    config = replace(file.config, source_vocab_size=len(source), target_vocab_size=len(target))
    return ModelSetup(config, source, target, {**file.text, **longest}), sides


def captions_from(file: ModelFile, dataset: CaptionsDataset, least: int | None) -> tuple[ModelSetup, dict[str, Grown]]:
    """Set up a captioner that begins with another one; see `Beginning.set_up`."""
    train, target = dataset.part("train"), file.target_vocabulary
    options: Mapping[str, Any] = {"patch_size": file.config.patch_size}
    for name, size in source_sizes(train, options).items():
        if size != (own := getattr(file.config, name)):
            raise DataError(f"the data has a {name.replace('_', ' ')} of {size} and the model one of {own}")
    rows = [target.tokens(caption) for _, caption in train]
    side = _grown(target, (symbol for tokens in rows for symbol in tokens), least)
    text = {**file.text, "longest_target": max(int(file.text["longest_target"]), longest_of("target", map(len, rows)))}
    config = replace(file.config, target_vocab_size=len(side.vocabulary))
    return ModelSetup(config, None, side.vocabulary, text), {"target vocabulary": side}


def text_from(file: ModelFile, dataset: TextDataset, least: int | None) -> tuple[ModelSetup, dict[str, Grown]]:
    """Set up a language model that begins with another one; see `Beginning.set_up`."""
    vocabulary = file.target_vocabulary
    symbols = text_tokens(dataset.part("train"), vocabulary.level, vocabulary.tokens)
    side = _grown(vocabulary, symbols, least)
    config = replace(file.config, target_vocab_size=len(side.vocabulary))
    return ModelSetup(config, None, side.vocabulary, file.text), {"vocabulary": side}
