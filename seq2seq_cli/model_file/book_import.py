"""The parameter pickles of "Deep Learning from Scratch 2" as models of ours.

The book saves a model as a list of float16 arrays in the order in which its layers were made. It does
not say which model it was, what its vocabulary is, how wide its rows are, nor whether sources were
reversed; the first is told, the next two come from the data file, and the last is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from seq2seq_cli.config import ModelConfig
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.arrays import foreign_array
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.types import HostArray, HostArrays

BookModel = Literal["seq2seq", "peeky", "attention"]
BookLanguageModel = Literal["rnnlm", "better-rnnlm"]


def _side(side: str, layers: int = 1) -> tuple[str, ...]:
    """Return the names of a side's embedding and LSTM layers."""
    stack = (f"{side}.lstm{number}.{part}" for number in range(layers) for part in ("input", "recurrent", "bias"))
    return (f"{side}.embedding.weight", *stack)


_OUTPUT = ("decoder.output.weight", "decoder.output.bias")
_NAMES = (*_side("encoder"), *_side("decoder"), *_OUTPUT)
_LANGUAGE_MODEL_NAMES: Mapping[BookLanguageModel, tuple[str, ...]] = {
    "rnnlm": (*_side("decoder"), *_OUTPUT),
    "better-rnnlm": (*_side("decoder", layers=2), *_OUTPUT),
}
"""In the order in which the book's models hold them; BetterRnnlm's output weight is its embedding, transposed."""


def _our_gates(array: HostArray) -> HostArray:
    """Reorder the columns of the book's gates, ``f g i o``, to ours, ``i f o g``."""
    f, g, i, o = np.split(array, 4, axis=-1)
    return np.concatenate((i, f, o, g), axis=-1)


def _split(arrays: HostArrays, name: str, part: str, rows: int, path: Path) -> None:
    """Cut the upper rows, which the encoder feeds, off a joined matrix."""
    joined = arrays[name]
    if joined.ndim != 2 or joined.shape[0] <= rows:
        raise ModelFileError(
            f"{path}: {name} has shape {joined.shape}, too few rows for {part}; is another `variant` meant?"
        )
    arrays[f"{name.rsplit('.', 1)[0]}.{part}"], arrays[name] = joined[:rows], joined[rows:]


def _rows(arrays: Mapping[str, HostArray], name: str, path: Path) -> tuple[int, int]:
    if arrays[name].ndim != 2:
        raise ModelFileError(f"{path}: {name} has shape {arrays[name].shape}, not that of a matrix")
    return arrays[name].shape[0], arrays[name].shape[1]


def _read(path: Path, variant: str, names: Sequence[str], vocab_size: int, data: str) -> tuple[HostArrays, int, int]:
    """Read a pickle's arrays by their places, the gates in our order; return them, D and H."""
    content = read_pickle(path, foreign=True)
    if not isinstance(content, list) or len(content) != len(names):
        found = f"{len(content)} entries" if isinstance(content, list) else f"a {type(content).__name__}"
        raise ModelFileError(f"{path}: the book's {variant} model is a list of {len(names)} arrays; this is {found}")
    arrays = {name: foreign_array(name, array) for name, array in zip(names, content, strict=True)}
    found_size, embedding_size = _rows(arrays, names[0], path)
    hidden_size, _ = _rows(arrays, names[2], path)
    if found_size != vocab_size:
        raise ModelFileError(
            f"{path}: its vocabulary has {found_size} symbols, that of {data} has {vocab_size}: "
            "give what it was trained on"
        )
    for name in names:
        if ".lstm" in name:
            if arrays[name].shape[-1] != 4 * hidden_size:
                raise ModelFileError(
                    f"{path}: {name} has shape {arrays[name].shape}; {4 * hidden_size} columns were expected"
                )
            arrays[name] = _our_gates(arrays[name])
    return arrays, embedding_size, hidden_size


def convert_book_pickle(
    path: Path, variant: BookModel, *, vocab_size: int, source_width: int, target_width: int, reverse: bool
) -> tuple[ModelConfig, HostArrays]:
    """Read one of the book's seq2seq pickles.

    Args:
        path: the pickle.
        variant: which of the book's classes saved it.
        vocab_size: symbols of the vocabulary.
        source_width: symbols of a source, blanks included.
        target_width: symbols of a target, blanks included, without the start symbol.
        reverse: whether it was trained on reversed sources.

    Raises:
        ModelFileError: the file is damaged, or its arrays are not those of such a model.
    """
    arrays, embedding_size, hidden_size = _read(path, variant, _NAMES, vocab_size, "the data file")
    if variant == "peeky":
        _split(arrays, "decoder.lstm0.input", "peeky", hidden_size, path)
        _split(arrays, "decoder.output.weight", "peeky", hidden_size, path)
    elif variant == "attention":
        _split(arrays, "decoder.output.weight", "attention", hidden_size, path)
    config = ModelConfig(
        source_vocab_size=vocab_size,
        target_vocab_size=vocab_size,
        embedding_size=embedding_size,
        hidden_size=hidden_size,
        bridge="h",
        peeky=variant == "peeky",
        attention="dot" if variant == "attention" else None,
        reverse=reverse,
        padding="symbol",
        source_width=source_width,
        target_width=target_width,
    )
    _check_shapes(config, arrays, path)
    return config, arrays


def convert_book_language_model(
    path: Path, variant: BookLanguageModel, *, vocab_size: int
) -> tuple[ModelConfig, HostArrays]:
    """Read the book's Rnnlm or BetterRnnlm.

    Args:
        path: the pickle.
        variant: which of the book's classes saved it.
        vocab_size: symbols of the vocabulary.

    Raises:
        ModelFileError: the file is damaged, or its arrays are not those of such a model.
    """
    names = _LANGUAGE_MODEL_NAMES[variant]
    arrays, embedding_size, hidden_size = _read(path, variant, names, vocab_size, "the text")
    tied = variant == "better-rnnlm"
    if tied and not np.array_equal(arrays.pop("decoder.output.weight"), arrays["decoder.embedding.weight"].T):
        raise ModelFileError(f"{path}: its output weights are not its embedding; is another `variant` meant?")
    config = ModelConfig(
        kind="lm",
        target_vocab_size=vocab_size,
        embedding_size=embedding_size,
        hidden_size=hidden_size,
        layers=2 if tied else 1,
        tied=tied,
        dropout=0.5 if tied else 0.0,
    )
    _check_shapes(config, arrays, path)
    return config, arrays


def _check_shapes(config: ModelConfig, arrays: Mapping[str, HostArray], path: Path) -> None:
    for name, shape in parameter_shapes(config).items():
        if arrays[name].shape != shape:
            raise ModelFileError(
                f"{path}: {name} has shape {arrays[name].shape}, not {shape}; is another `variant` meant?"
            )
