"""`seq2seq_cli.load`: a model file as an object that answers or writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from seq2seq_cli.api.given import path_of, paths_of
from seq2seq_cli.errors import ModelFileError, UsageError
from seq2seq_cli.kinds import CAPTIONS, PAIRS, TEXT, Kind, kind_of_model
from seq2seq_cli.model_file.content import ModelFile, read_head, read_model_file

if TYPE_CHECKING:
    from seq2seq_cli.api.captioner import Captioner
    from seq2seq_cli.api.text_generator import TextGenerator
    from seq2seq_cli.api.translator import Translator
    from seq2seq_cli.kinds import AnyLoaded


def load(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> AnyLoaded:
    """Load a model file: a seq2seq model as a `Translator`, a captioner as a `Captioner`, a language model as a
    `TextGenerator`.

    What it returns may be used by several threads at once.

    Raises:
        UsageError: the path is none, or there is no such device or precision.
        ModelFileError: it is damaged, unsafe, not a model file, or does not fit its own config.
        OSError: it can't be opened.
        BackendError: the device does not work here.

    Example:
        >>> seq2seq_cli.load("digits.pkl").translate(["57", "8"])
        ['five seven', 'eight']
    """
    file = read_model_file(path_of(path, "path"))
    return kind_of_model(file.config.kind).load(file, device=device, precision=precision)


def load_translator(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Translator:
    """Load a seq2seq model; errors as `load`, and a ModelFileError for a language model."""
    return cast("Translator", load_kind(path, PAIRS, device=device, precision=precision))


def load_ensemble(
    paths: str | Path | Iterable[str | Path], *, device: str = "cpu", precision: str = "float32"
) -> Translator | Captioner:
    """Load models that answer together: at each step the mean of their probabilities. One is itself.

    Raises:
        UsageError: there is none, or one is no path.
        ModelFileError: as `load`; or they are of two kinds, or of one that does not answer, or their target
            vocabularies differ.
        OSError: one can't be opened.
        BackendError: the device does not work here.
    """
    files = paths_of(paths, "paths")
    if not files:
        raise UsageError("an ensemble needs at least one model file")
    found = kind_of_model(read_head(files[0]).config.kind)
    loaded = load_together(files, found if found.ensemble else PAIRS, device=device, precision=precision)
    return cast("Translator | Captioner", loaded)


def load_together(
    paths: Sequence[str | Path], kind: Kind, *, device: str = "cpu", precision: str = "float32"
) -> AnyLoaded:
    """Load models of one kind that answer together, at least one; errors as `load_ensemble`'s."""
    from seq2seq_cli.api.ensemble import check_together

    files = [_read(path, kind) for path in paths]
    for file, path in zip(files[1:], paths[1:], strict=True):
        check_together(file, path, files[0], paths[0])
    loaded = [kind.load(file, device=device, precision=precision) for file in files]
    return kind.ensemble(loaded) if len(loaded) > 1 and kind.ensemble else loaded[0]


def load_captioner(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> Captioner:
    """Load a captioner; errors as `load`, and a ModelFileError for another model."""
    return cast("Captioner", load_kind(path, CAPTIONS, device=device, precision=precision))


def load_text_generator(path: str | Path, *, device: str = "cpu", precision: str = "float32") -> TextGenerator:
    """Load a language model; errors as `load`, and a ModelFileError for a seq2seq model."""
    return cast("TextGenerator", load_kind(path, TEXT, device=device, precision=precision))


def load_kind(path: str | Path, kind: Kind, *, device: str = "cpu", precision: str = "float32") -> AnyLoaded:
    """Load a model of one kind; errors as `load`, and a ModelFileError for another model."""
    return kind.load(_read(path, kind), device=device, precision=precision)


def _read(path: str | Path, kind: Kind) -> ModelFile:
    file = read_model_file(path_of(path, "path"))
    found = kind_of_model(file.config.kind)
    if found.model != kind.model:
        raise ModelFileError(
            f"{path} is a {found.model_title}, for {found.use_commands}, and not a {kind.model_title} "
            f"({kind.use_commands}); train one with `{kind.train_command}`"
        )
    return file
