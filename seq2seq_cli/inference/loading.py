"""`seq2seq_cli.load`: a model file as an object that answers or writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.model_file.content import ModelFile, read_model_file

# A kind's stack is imported when such a model is loaded: a pipeline that answers a line should not pay for the other.
if TYPE_CHECKING:
    from seq2seq_cli.inference.text_generator import TextGenerator
    from seq2seq_cli.inference.translator import Translator


def load(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Translator | TextGenerator:
    """Load a model file: a seq2seq model as a `Translator`, a language model as a `TextGenerator`.

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


def load_text_generator(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> TextGenerator:
    """Load a language model; errors as `load`, and a ModelFileError for a seq2seq model."""
    file = read_model_file(Path(path))
    if file.config.kind != "lm":
        raise ModelFileError(f"{path} is a seq2seq model, which answers lines (s2s translate); a language model writes")
    return _writer(file, device, precision)


def _translator(file: ModelFile, device: str, precision: str) -> Translator:
    from seq2seq_cli.inference.translator import Translator

    return Translator(file, device=device, precision=precision)


def _writer(file: ModelFile, device: str, precision: str) -> TextGenerator:
    from seq2seq_cli.inference.text_generator import TextGenerator

    return TextGenerator(file, device=device, precision=precision)
