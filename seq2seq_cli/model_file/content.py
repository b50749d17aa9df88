"""The content of model files and checkpoints: what is in them, and how it is checked before it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import DataError, ModelFileError, S2SError
from seq2seq_cli.files import digest
from seq2seq_cli.files.arrays import pack_array, unpack_array
from seq2seq_cli.files.pickle_limits import check_plain
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.files.pickled_values import SkippedBytes
from seq2seq_cli.files.steady import read_steadily
from seq2seq_cli.model_file.checkpoint import check_checkpoint
from seq2seq_cli.model_file.checks import (
    PLAIN_DICTIONARIES,
    check_containers,
    check_head,
    check_plain_parts,
    check_weights,
)
from seq2seq_cli.model_file.migrations import FORMAT_VERSION, migrated
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.subword_model import LARGEST_MODEL
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.types import HostArray

FORMAT = "s2s model"

Arrays = Mapping[str, HostArray]

_FIELDS = (
    "format",
    "format_version",
    "config",
    "source_vocabulary",
    "target_vocabulary",
    *PLAIN_DICTIONARIES,
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
    """How text is prepared: normalisation, what is protected, longest source and target in training, or the form."""
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
            # The state's history is that of the file, which stands there once.
            state = {name: value for name, value in self.checkpoint["state"].items() if name != "history"}
            checkpoint = {**self.checkpoint, "state": state, "arrays": packed}
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "config": self.config.as_dict(),
            "source_vocabulary": self.source_vocabulary and self.source_vocabulary.as_dict(),
            "target_vocabulary": self.target_vocabulary.as_dict(),
            **{name: getattr(self, name) for name in PLAIN_DICTIONARIES},
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
        protected = self.text.get("protect")
        protection = None if protected is None else Protection.from_dict(protected)
        return PairCodec.of(self.config, self.source_vocabulary, self.target_vocabulary, protection)


def write_model_file(path: Path, content: ModelFile, *, overwrite: bool = True) -> None:
    """Write a model file or checkpoint atomically.

    Raises:
        ModelFileError: what it says of itself could not be read again; nothing was written.
        S2SError: the file exists and may not be replaced.
    """
    _check_own(content)
    write_pickle(path, content.as_dict(), overwrite=overwrite, with_digest=True)


def check_writable(content: ModelFile) -> None:
    """Check, before any work, that a file with such a head could be read again.

    Raises:
        ModelFileError: it could not.
    """
    head = replace(content, weights={}, checkpoint=None)
    _check_own(head)
    check_plain(head.as_dict(), "the content")


def _check_own(content: ModelFile) -> None:
    """Check as the reader does what was not checked when it was made."""
    try:
        check_plain_parts(vars(content))
        check_head(content)
    except DataError as error:
        raise ModelFileError(str(error)) from None


def read_head(path: Path) -> ModelFile:
    """Read all of a model file but its arrays, which stay in the file; their shapes are checked.

    Raises:
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
    """
    return read_steadily(path, lambda: _read(path, load_bytes=False))


def read_model_file(path: Path) -> ModelFile:
    """Read a model file or checkpoint.

    Raises:
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
    """

    def read() -> ModelFile:
        # The head is checked first, so that nothing large is read for a file that does not fit.
        _read(path, load_bytes=False)
        return _read(path, load_bytes=True)

    return read_steadily(path, read)


def _read(path: Path, *, load_bytes: bool) -> ModelFile:
    content = read_pickle(path, load_bytes=load_bytes)
    try:
        if isinstance(content, dict):
            expected = content.pop(digest.NAME, None)  # which older files have not
            if load_bytes and expected is not None:
                digest.check_digest(path, expected)
            for name in ("source_vocabulary", "target_vocabulary"):
                _fetch_subwords(content.get(name), path)
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
    current = migrated(content, version)
    if set(current) != set(_FIELDS):
        raise ModelFileError(f"it does not have the fields {', '.join(_FIELDS)}")
    return current


def _checked(content: dict[str, Any], load_bytes: bool) -> ModelFile:
    """Check everything, and only then make arrays."""
    check_containers(content)
    source, training = content["source_vocabulary"], content["training"]
    file = ModelFile(
        config=ModelConfig.from_dict(content["config"]),
        source_vocabulary=Vocabulary.from_dict(source) if source is not None else None,
        target_vocabulary=Vocabulary.from_dict(content["target_vocabulary"]),
        training=TrainConfig.from_dict(training) if training else None,
        history=content["history"],
        **{name: content[name] for name in PLAIN_DICTIONARIES},
    )
    check_head(file)
    shapes = parameter_shapes(file.config)
    check_weights(content["weights"], shapes)
    checkpoint = content["checkpoint"]
    if checkpoint is not None:
        if isinstance(state := checkpoint.get("state"), dict):
            # Older files have the history twice.
            checkpoint = {**checkpoint, "state": {"history": file.history, **state}}
        check_checkpoint(checkpoint, file.config, file.training, shapes)
        checkpoint = {**checkpoint, "arrays": _unpacked(checkpoint["arrays"]) if load_bytes else {}}
    return replace(file, weights=_unpacked(content["weights"]) if load_bytes else {}, checkpoint=checkpoint)


def _unpacked(packed: Mapping[str, Any]) -> dict[str, HostArray]:
    return {name: unpack_array(name, array) for name, array in packed.items()}
