"""The content of model files and checkpoints: what is in them, and how it is checked before it is believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import ModelFileError, S2SError
from seq2seq_cli.files.arrays import pack_array, packed_shape, unpack_array
from seq2seq_cli.files.pickle_reader import SkippedBytes, read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.models.build import parameter_shapes
from seq2seq_cli.text.pair_codec import PairCodec
from seq2seq_cli.text.subwords import LARGEST_MODEL
from seq2seq_cli.text.vocabulary import Vocabulary

FORMAT = "s2s model"
FORMAT_VERSION = 1
MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""For each older version, what turns a file's content into that of the next version."""

Arrays = Mapping[str, npt.NDArray[np.floating]]

_PLAIN_DICTIONARIES = ("text", "data", "metrics", "versions")
_OPTIONAL = ("source_vocabulary", "training", "checkpoint")
_FIELDS = (
    "format",
    "format_version",
    "config",
    "source_vocabulary",
    "target_vocabulary",
    *_PLAIN_DICTIONARIES,
    "training",
    "history",
    "checkpoint",
    "weights",
)


@dataclass(frozen=True)
class ModelFile:
    """All that a model file holds. Weights stand last, so that the rest is read without them."""

    config: ModelConfig
    source_vocabulary: Vocabulary | None
    """None in a language model, whose one vocabulary is the target's."""
    target_vocabulary: Vocabulary
    text: dict[str, Any]
    """How text is prepared: normalisation; longest source and target in training, or the form of the text."""
    data: dict[str, Any]
    """The description of the data that it was trained on."""
    training: TrainConfig | None
    """How it was trained; None for an imported model."""
    history: list[dict[str, Any]]
    """One dictionary an epoch."""
    metrics: dict[str, Any]
    versions: dict[str, Any]
    weights: Arrays = field(default_factory=dict)
    checkpoint: dict[str, Any] | None = None
    """In a checkpoint: ``state``, ``arrays`` and what the session needs to go on."""

    def as_dict(self) -> dict[str, Any]:
        """Return the content of a file."""
        checkpoint = None
        if self.checkpoint is not None:
            packed = {name: pack_array(array) for name, array in self.checkpoint["arrays"].items()}
            checkpoint = {**self.checkpoint, "arrays": packed}
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "config": self.config.as_dict(),
            "source_vocabulary": self.source_vocabulary and self.source_vocabulary.as_dict(),
            "target_vocabulary": self.target_vocabulary.as_dict(),
            **{name: getattr(self, name) for name in _PLAIN_DICTIONARIES},
            "training": self.training and self.training.as_dict(),
            "history": self.history,
            "checkpoint": checkpoint,
            "weights": {name: pack_array(array) for name, array in self.weights.items()},
        }

    def codec(self) -> PairCodec:
        """Return what turns a seq2seq model's text into ids.

        Raises:
            ModelFileError: it is a language model.
        """
        if self.source_vocabulary is None:
            raise ModelFileError("a language model has no sources: use s2s generate, score or evaluate with it")
        return PairCodec.of(self.config, self.source_vocabulary, self.target_vocabulary)


def write_model_file(path: Path, content: ModelFile, *, overwrite: bool = True) -> None:
    """Write a model file or checkpoint atomically.

    Raises:
        S2SError: the file exists and may not be replaced.
    """
    write_pickle(path, content.as_dict(), overwrite=overwrite)


def read_head(path: Path) -> ModelFile:
    """Read all of a model file but its arrays, which stay in the file; their shapes are checked.

    Raises:
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
    """
    return _read(path, load_bytes=False)


def read_model_file(path: Path) -> ModelFile:
    """Read a model file or checkpoint.

    Raises:
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
    """
    # The head is checked first, so that nothing large is read for a file that does not fit.
    _read(path, load_bytes=False)
    return _read(path, load_bytes=True)


def _read(path: Path, *, load_bytes: bool) -> ModelFile:
    content = read_pickle(path, load_bytes=load_bytes)
    try:
        if isinstance(content, dict):
            _fetch_subwords(content.get("target_vocabulary"), path)
        return _checked(_current(content), load_bytes)
    except S2SError as error:
        raise ModelFileError(f"{path}: {error}; it was not loaded") from None


def _fetch_subwords(vocabulary: Any, path: Path) -> None:
    """Read a vocabulary's subword model, which belongs to the head although it is large."""
    skipped = vocabulary.get("subwords") if isinstance(vocabulary, dict) else None
    if isinstance(skipped, SkippedBytes):
        if skipped.length > LARGEST_MODEL:
            raise ModelFileError(f"its subword model of {skipped.length:,} bytes is too large")
        with path.open("rb") as file:
            vocabulary["subwords"] = skipped.fetch(file)


def _current(content: Any) -> dict[str, Any]:
    """Check that it is one of our files, and bring an older one up to date."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelFileError("it is not a model file of s2s (for the book's pickles: s2s import)")
    version = content.get("format_version")
    if type(version) is not int or version < 1:
        raise ModelFileError(f"its format version is {version!r}")
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"it was made by a newer s2s (format {version}; this one reads up to {FORMAT_VERSION}): update s2s"
        )
    while version < FORMAT_VERSION:
        content = MIGRATIONS[version](content)
        version += 1
    if set(content) != set(_FIELDS):
        raise ModelFileError(f"it does not have the fields {', '.join(_FIELDS)}")
    current: dict[str, Any] = content
    return current


def _checked(content: dict[str, Any], load_bytes: bool) -> ModelFile:
    for name in ("config", "target_vocabulary", "weights", *_PLAIN_DICTIONARIES):
        if not isinstance(content[name], dict):
            raise ModelFileError(f"its {name} is not a dictionary")
    for name in _OPTIONAL:
        if not isinstance(content[name], (dict, type(None))):
            raise ModelFileError(f"its {name} is not a dictionary")
    history = content["history"]
    if not isinstance(history, list) or not all(isinstance(entry, dict) for entry in history):
        raise ModelFileError("its history is not a list of dictionaries")
    if _holds_skipped([history, *(content[name] for name in _PLAIN_DICTIONARIES)]):
        raise ModelFileError("it holds large data outside its arrays")
    config = ModelConfig.from_dict(content["config"])
    source, target = _vocabularies(content, config)
    _check_text(content["text"], config)
    shapes = parameter_shapes(config)
    return ModelFile(
        config=config,
        source_vocabulary=source,
        target_vocabulary=target,
        training=TrainConfig.from_dict(content["training"]) if content["training"] else None,
        history=history,
        weights=_arrays(content["weights"], shapes, load_bytes),
        checkpoint=_checkpoint(content, config, shapes, load_bytes),
        **{name: content[name] for name in _PLAIN_DICTIONARIES},
    )


def _holds_skipped(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_skipped, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_skipped, value))
    return isinstance(value, SkippedBytes)


def _vocabularies(content: dict[str, Any], config: ModelConfig) -> tuple[Vocabulary | None, Vocabulary]:
    made: dict[str, Vocabulary] = {}
    if (content["source_vocabulary"] is None) != (config.kind == "lm"):
        raise ModelFileError("it has a source vocabulary and is a language model, or neither")
    for side, size in (("source", config.source_vocab_size), ("target", config.target_vocab_size)):
        if content[f"{side}_vocabulary"] is None:
            continue
        vocabulary = Vocabulary.from_dict(content[f"{side}_vocabulary"])
        if len(vocabulary) != size:
            raise ModelFileError(f"its {side} vocabulary has {len(vocabulary)} symbols and its config {size}")
        if config.kind == "seq2seq":
            _check_padding(config, vocabulary, side)
        elif vocabulary.end is None or vocabulary.unknown is None:
            raise ModelFileError("its vocabulary has no line end, or no unknown symbol")
        made[side] = vocabulary
    return made.get("source"), made["target"]


def _check_padding(config: ModelConfig, vocabulary: Vocabulary, side: str) -> None:
    if config.padding == "symbol" and vocabulary.blank is None:
        raise ModelFileError(f"its {side} vocabulary has no blank, which padding 'symbol' needs")
    if config.padding == "masked" and vocabulary.unknown is None:
        raise ModelFileError(f"its {side} vocabulary has no unknown symbol, which padding 'masked' needs")
    if side == "target" and vocabulary.start is None:
        raise ModelFileError("its target vocabulary has no start symbol")
    if side == "target" and (vocabulary.end is None) != (config.padding == "symbol"):
        raise ModelFileError("its target vocabulary has an end symbol with padding 'symbol', or none without")


def _check_text(text: dict[str, Any], config: ModelConfig) -> None:
    for name in ("longest_source", "longest_target") if config.kind == "seq2seq" else ():
        if type(text.get(name)) is not int or not 1 <= text[name] <= 1 << 32:
            raise ModelFileError(f"its {name} is {text.get(name)!r}")
    if text.get("normalisation") != "NFC":
        raise ModelFileError(f"its text normalisation is {text.get('normalisation')!r}; this s2s knows NFC")


def _arrays(packed: dict[str, Any], shapes: Mapping[str, tuple[int, ...]], load_bytes: bool) -> Arrays:
    """Check names and shapes of all arrays, and only then make them."""
    if set(packed) != set(shapes):
        missing, extra = sorted(set(shapes) - set(packed)), sorted(set(packed) - set(shapes))
        raise ModelFileError(f"its weights do not fit its config (missing: {missing}, superfluous: {extra})")
    for name, shape in shapes.items():
        if (found := packed_shape(name, packed[name])) != shape:
            raise ModelFileError(f"{name} has shape {found}; its config asks for {shape}")
    if not load_bytes:
        return {}
    return {name: unpack_array(name, packed[name]) for name in shapes}


def _checkpoint(
    whole: dict[str, Any], config: ModelConfig, shapes: Mapping[str, tuple[int, ...]], load_bytes: bool
) -> dict[str, Any] | None:
    content = whole["checkpoint"]
    if content is None:
        return None
    arrays = content.get("arrays")
    if not isinstance(arrays, dict) or not isinstance(content.get("state"), dict) or not whole["training"]:
        raise ModelFileError("it is not a checkpoint")
    # Moments are as large as all parameters; a carried state has a row for each of a batch.
    carried = TrainConfig.from_dict(whole["training"]).batch_size * config.hidden_size
    limit = max(carried, sum(math.prod(shape) for shape in shapes.values()))
    for name, packed in arrays.items():
        if math.prod(packed_shape(name, packed)) > limit:
            raise ModelFileError(f"{name} is larger than the model")
    if not load_bytes:
        return {**content, "arrays": {}}
    return {**content, "arrays": {name: unpack_array(name, packed) for name, packed in arrays.items()}}
