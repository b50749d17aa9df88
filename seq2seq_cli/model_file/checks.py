"""What a model file must be before anything is built from it.

Each check takes builtins as `read_pickle` returns them and raises a ModelFileError with one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, get_args

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.data.folder import PARTS
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.arrays import packed_shape
from seq2seq_cli.kinds import kind_of_model
from seq2seq_cli.model_file.plain import check_history, check_texts, holds_skipped, is_finite, is_list_of
from seq2seq_cli.text.cutting import AS_IT_STANDS
from seq2seq_cli.text.normalise import NormalForm
from seq2seq_cli.text.protect import Protection
from seq2seq_cli.text.subword_model import checked_model
from seq2seq_cli.text.subwords import surface
from seq2seq_cli.text.tokens import LINE_BREAK
from seq2seq_cli.text.vocabulary import Vocabulary
from seq2seq_cli.text.words import ESCAPE

PLAIN_DICTIONARIES = ("text", "data", "metrics", "versions")
_DICTIONARIES = ("config", "target_vocabulary", "weights", *PLAIN_DICTIONARIES)
_OPTIONAL_DICTIONARIES = ("source_vocabulary", "training", "checkpoint")

LONGEST_SIDE = 1 << 16
"""Symbols of the longest source or target that a file may claim to have seen: so many steps may an answer cost."""

LONGEST_PATH = 4096
"""Characters of the path of a dataset."""


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
    check_plain_parts(content)


def check_plain_parts(content: Mapping[str, Any]) -> None:
    """Check what holds builtins alone: the history, and what is said of the text, the data and the model."""
    history = content["history"]
    if not is_list_of(history, dict):
        raise ModelFileError("its history is not a list of dictionaries")
    if holds_skipped([history, *(content[name] for name in PLAIN_DICTIONARIES)]):
        raise ModelFileError("it holds large data outside its arrays")
    path = content["data"].get("path")
    if path is not None and not (isinstance(path, str) and len(path) <= LONGEST_PATH and "\0" not in path):
        raise ModelFileError("the path of its data is no path")
    # A path may hold bytes that are no text, as file names do.
    others = {name: value for name, value in content["data"].items() if name != "path"}
    check_texts([history, others, *(content[name] for name in PLAIN_DICTIONARIES if name != "data")])
    check_history(history)
    part = content["data"].get("eval_part", PARTS[0])
    if part not in PARTS:
        raise ModelFileError(f"it is measured on a part {part!r}; there are {', '.join(PARTS)}")


# --- what depends on the kind of model --------------------------------------------------------------------


def check_pairs_file(file: Head) -> None:
    """Check a seq2seq model's vocabularies against its padding, and the lengths that it records.

    Raises:
        ModelFileError: something is missing or does not fit.
    """
    config, source, target = file.config, file.source_vocabulary, file.target_vocabulary
    if source is None:
        raise ModelFileError("it has no source vocabulary; a model of pairs needs one")
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
    if type(length) is not int or not 1 <= length <= LONGEST_SIDE:
        raise ModelFileError(f"its {name} is {length!r}; it is a number from 1 to {LONGEST_SIDE:,}")


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
        if not isinstance(numbers, list) or len(numbers) != count or not all(map(is_finite, numbers)):
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
    is_text = file.source_vocabulary is None
    for vocabulary in filter(None, (file.source_vocabulary, file.target_vocabulary)):
        _check_symbols(vocabulary, is_text=is_text)
        if vocabulary.cutting.normalisation != form:
            raise ModelFileError(
                f"its text normalisation is {form}, and a vocabulary's {vocabulary.cutting.normalisation}"
            )


def _check_symbols(vocabulary: Vocabulary, *, is_text: bool) -> None:
    """Check that every symbol can be written, in one line: an answer of several lines would be several answers.

    At char level the line end of a text's vocabulary is a line break, and no other symbol has one.
    """
    symbols = list(vocabulary.symbols)
    if vocabulary.level == "subword":
        assert vocabulary.subwords is not None
        if checked_model(vocabulary.subwords).pieces != vocabulary.symbols:
            raise ModelFileError("a vocabulary's symbols are not those of its subword model")
    if is_text and vocabulary.end is not None and symbols[vocabulary.end] == LINE_BREAK:
        del symbols[vocabulary.end]
    written = "".join(symbols)
    # A symbol may stand for something else than it is written as: those that do are few.
    escaped = [symbol for symbol in symbols if ESCAPE in symbol] if ESCAPE in written else []
    written = surface(written) if vocabulary.level == "subword" else written + vocabulary.join(escaped)
    if LINE_BREAK in written:
        raise ModelFileError("a symbol of its vocabulary holds a line break, so an answer would be several lines")
    check_texts(written)


def check_weights(packed: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Check the names and shapes of all weights against those that the config asks for."""
    if set(packed) != set(shapes):
        missing, extra = sorted(set(shapes) - set(packed)), sorted(set(packed) - set(shapes))
        raise ModelFileError(f"its weights do not fit its config (missing: {missing}, superfluous: {extra})")
    for name, shape in shapes.items():
        if (found := packed_shape(name, packed[name])) != shape:
            raise ModelFileError(f"{name} has shape {found}; its config asks for {shape}")
