"""What a model file must be before anything is built from it.

Each check takes builtins as `read_pickle` returns them and raises a ModelFileError with one sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol, get_args

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.arrays import packed_shape
from seq2seq_cli.files.pickle_reader import SkippedBytes
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.text.cutting import AS_IT_STANDS
from seq2seq_cli.text.normalise import NormalForm
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.vocabulary import Vocabulary

PLAIN_DICTIONARIES = ("text", "data", "metrics", "versions")
_DICTIONARIES = ("config", "target_vocabulary", "weights", *PLAIN_DICTIONARIES)
_OPTIONAL_DICTIONARIES = ("source_vocabulary", "training", "checkpoint")

LONGEST_TEXT = 1 << 32
"""Symbols of a text that a file may claim to have seen."""


class Head(Protocol):
    """What the checks of a kind see of a model file."""

    @property
    def config(self) -> ModelConfig:
        """The architecture."""

    @property
    def source_vocabulary(self) -> Vocabulary | None:
        """The source's."""

    @property
    def target_vocabulary(self) -> Vocabulary:
        """The target's, or the text's."""

    @property
    def text(self) -> dict[str, Any]:
        """How text is prepared."""


def check_containers(content: Mapping[str, Any]) -> None:
    """Check that each field is a dictionary or a list as it should be, and holds no large bytes."""
    for name in _DICTIONARIES:
        if not isinstance(content[name], dict):
            raise ModelFileError(f"its {name} is not a dictionary")
    for name in _OPTIONAL_DICTIONARIES:
        if not isinstance(content[name], (dict, type(None))):
            raise ModelFileError(f"its {name} is not a dictionary")
    history = content["history"]
    if not _is_list_of(history, dict):
        raise ModelFileError("its history is not a list of dictionaries")
    if _holds_skipped([history, *(content[name] for name in PLAIN_DICTIONARIES)]):
        raise ModelFileError("it holds large data outside its arrays")
    if not isinstance(content["data"].get("path"), (str, type(None))):
        raise ModelFileError("the path of its data is no text")


def _is_list_of(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)


def _holds_skipped(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_skipped, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_skipped, value))
    return isinstance(value, SkippedBytes)


# --- what depends on the kind of model --------------------------------------------------------------------


def check_pairs_file(file: Head) -> None:
    """Check a seq2seq model's vocabularies against its padding, and the lengths that it records.

    Raises:
        ModelFileError: something is missing or does not fit.
    """
    config, source, target = file.config, file.source_vocabulary, file.target_vocabulary
    if source is None:
        raise ModelFileError("it has no source vocabulary; only a language model may lack one")
    for side, vocabulary in (("source", source), ("target", target)):
        if config.padding == "symbol" and vocabulary.blank is None:
            raise ModelFileError(f"its {side} vocabulary has no blank, which padding 'symbol' needs")
        if config.padding == "masked" and vocabulary.unknown is None:
            raise ModelFileError(f"its {side} vocabulary has no unknown symbol, which padding 'masked' needs")
    if target.start is None:
        raise ModelFileError("its target vocabulary has no start symbol")
    if (target.end is None) != (config.padding == "symbol"):
        raise ModelFileError("padding 'symbol' allows no end symbol in the target vocabulary; 'masked' needs one")
    if file.text.get("protect") is not None:
        symbols = Protection.from_dict(file.text["protect"]).symbols
        if not set(symbols) <= set(source.symbols) & set(target.symbols):
            raise ModelFileError("it protects spans, and its vocabularies have no symbols for them")
    _check_length(file, "longest_source")
    _check_length(file, "longest_target")


def _check_length(file: Head, name: str) -> None:
    length = file.text.get(name)
    if type(length) is not int or not 1 <= length <= LONGEST_TEXT:
        raise ModelFileError(f"its {name} is {length!r}")


def check_captions_file(file: Head) -> None:
    """Check a captioner's vocabulary, and that what it says of its sources fits what it reads.

    Raises:
        ModelFileError: something is missing or does not fit.
    """
    config, target = file.config, file.target_vocabulary
    if file.source_vocabulary is not None:
        raise ModelFileError("it is a captioner and has a source vocabulary; it reads images")
    if None in (target.start, target.end, target.unknown):
        raise ModelFileError("its target vocabulary lacks a start, an end or an unknown symbol")
    _check_length(file, "longest_target")
    if bool(config.image_size) == bool(config.source_features):
        raise ModelFileError("a captioner reads either images or features; its config does not say which")
    if config.image_size and config.source_places != (-(-config.image_size // config.patch_size)) ** 2:
        raise ModelFileError(
            f"its images of {config.image_size} pixels in squares of {config.patch_size} do not have "
            f"{config.source_places:,} places"
        )
    count = 3 if config.image_size else 1
    for name in ("source_mean", "source_deviation"):
        numbers = file.text.get(name)
        if not isinstance(numbers, list) or len(numbers) != count or not all(map(_is_finite, numbers)):
            raise ModelFileError(f"its {name} is not a list of {count} finite numbers")
    if min(file.text["source_deviation"]) <= 0:
        raise ModelFileError("its source_deviation is not above 0")


def check_text_file(file: Head) -> None:
    """Check that a language model has one vocabulary, with a line end and an unknown symbol.

    Raises:
        ModelFileError: something is missing or does not fit.
    """
    if file.source_vocabulary is not None:
        raise ModelFileError("it is a language model and has a source vocabulary; it reads no sources")
    vocabulary = file.target_vocabulary
    if vocabulary.end is None or vocabulary.unknown is None:
        raise ModelFileError("its vocabulary has no line end, or no unknown symbol")
    if vocabulary.cutting != AS_IT_STANDS:
        raise ModelFileError("it is a language model, and its text is not cut as it stands")


def check_head(file: Head) -> None:
    """Check what a model reads and writes: by its kind, its vocabularies' sizes, its text's form.

    Raises:
        ModelFileError: something is missing or does not fit.
    """
    config = file.config
    kind_of_model(config.kind).check_file(file)
    sizes = (("source", config.source_vocab_size), ("target", config.target_vocab_size))
    for (side, size), vocabulary in zip(sizes, (file.source_vocabulary, file.target_vocabulary), strict=True):
        if vocabulary is not None and len(vocabulary) != size:
            raise ModelFileError(f"its {side} vocabulary has {len(vocabulary)} symbols and its config {size}")
    form = file.text.get("normalisation")
    if form not in get_args(NormalForm):
        raise ModelFileError(f"its text normalisation is {form!r}; this s2s knows {' and '.join(get_args(NormalForm))}")
    for vocabulary in filter(None, (file.source_vocabulary, file.target_vocabulary)):
        if vocabulary.cutting.normalisation != form:
            raise ModelFileError(
                f"its text normalisation is {form}, and a vocabulary's {vocabulary.cutting.normalisation}"
            )


# --- arrays and checkpoints -------------------------------------------------------------------------------


def check_weights(packed: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Check the names and shapes of all weights against those that the config asks for."""
    if set(packed) != set(shapes):
        missing, extra = sorted(set(shapes) - set(packed)), sorted(set(packed) - set(shapes))
        raise ModelFileError(f"its weights do not fit its config (missing: {missing}, superfluous: {extra})")
    for name, shape in shapes.items():
        if (found := packed_shape(name, packed[name])) != shape:
            raise ModelFileError(f"{name} has shape {found}; its config asks for {shape}")


_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")
_PRECISIONS = ("float32", "float64")
_COUNTS = ("epoch", "step", "updates", "tokens", "since_best", "plateaus")
"""Numbers of a state that are whole and not negative."""


def check_checkpoint(
    checkpoint: Mapping[str, Any],
    config: ModelConfig,
    training: TrainConfig | None,
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    """Check all that a run goes on from: its state, its arrays' sizes, its file's name, its device.

    Raises:
        ModelFileError: something is missing, or is not what it should be.
    """
    arrays, state = checkpoint.get("arrays"), checkpoint.get("state")
    if not isinstance(arrays, dict) or not isinstance(state, dict) or training is None:
        raise ModelFileError("it is not a checkpoint")
    _check_state(state)
    output = checkpoint.get("output")
    # A run writes beside its checkpoint; a file must not choose another folder for it.
    if not isinstance(output, str) or output in ("", ".", "..") or re.search(r"[/\\:\0]", output):
        raise ModelFileError(f"the output of its run is {output!r}, which is no plain file name")
    device, precision = checkpoint.get("device"), checkpoint.get("precision")
    if not isinstance(device, str) or not _DEVICE.fullmatch(device):
        raise ModelFileError(f"the device of its run is {device!r}; it is cpu or cuda, with a number or without")
    if precision not in _PRECISIONS:
        raise ModelFileError(f"the precision of its run is {precision!r}; it is {' or '.join(_PRECISIONS)}")
    # Moments are as large as all parameters; a carried state has a row for each of a batch.
    limit = max(training.batch_size * config.hidden_size, sum(math.prod(shape) for shape in shapes.values()))
    for name, packed in arrays.items():
        if math.prod(packed_shape(name, packed)) > limit:
            raise ModelFileError(f"{name} is larger than the model")


def _check_state(state: Mapping[str, Any]) -> None:
    """Check the values that a state has; which names there are the training loop knows."""
    for name in _COUNTS:
        value = state.get(name, 0)
        if type(value) is not int or value < 0:
            raise ModelFileError(f"the {name} of its state is {value!r}, which is no count")
    for name in ("loss_sum", "seconds"):
        if not _is_finite(state.get(name, 0.0)):
            raise ModelFileError(f"the {name} of its state is {state[name]!r}, which is no finite number")
    score, history, epoch = state.get("best_score", []), state.get("history", []), state.get("epoch", 0)
    if not isinstance(score, list) or not all(map(_is_finite, score)):
        raise ModelFileError("the best_score of its state is not a list of finite numbers")
    if not _is_list_of(history, dict) or len(history) != epoch or _holds_skipped(history):
        raise ModelFileError("the history of its state does not have one entry for each epoch")
    best = state.get("best_epoch")
    if best is not None and (type(best) is not int or not 1 <= best <= epoch):
        raise ModelFileError(f"the best_epoch of its state is {best!r}, which is none of its epochs")


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
