"""`seq2seq_cli.load`: a model file as an object that answers or writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.model_file.format import ModelFile, read_model_file

# A kind's stack is imported when such a model is loaded: a pipeline that answers a line should not pay for the other.
if TYPE_CHECKING:
    from seq2seq_cli.translator import Translator
    from seq2seq_cli.writer import Writer


def load(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Translator | Writer:
    """Load a model file: a seq2seq model as a `Translator`, a language model as a `Writer`.

    Raises:
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
        BackendError: the device does not work here.
    """
    file = read_model_file(Path(path))
    if file.config.kind == "lm":
        return _writer(file, device, precision)
    return _translator(file, device, precision)


def load_translator(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Translator:
    """Load a seq2seq model; errors as `load`, and a ModelFileError for a language model."""
    return _translator(read_model_file(Path(path)), device, precision)


def load_writer(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Writer:
    """Load a language model; errors as `load`, and a ModelFileError for a seq2seq model."""
    file = read_model_file(Path(path))
    if file.config.kind != "lm":
        raise ModelFileError(f"{path} is a seq2seq model, which answers lines (s2s translate); a language model writes")
    return _writer(file, device, precision)


def _translator(file: ModelFile, device: str, precision: str) -> Translator:
    from seq2seq_cli.translator import Translator

    return Translator(file, device=device, precision=precision)


def _writer(file: ModelFile, device: str, precision: str) -> Writer:
    from seq2seq_cli.writer import Writer

    return Writer(file, device=device, precision=precision)
