"""How a loaded model is copied, here or in another process: a model file's content goes, and is loaded again.

Copied as it stands, a model would come apart: its parameters are views into one buffer, and its library is a module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from seq2seq_cli.model_file.content import ModelFile

Reduced: TypeAlias = tuple[Callable[..., Any], tuple[object, ...], dict[str, object]]
"""What `copy` and `pickle` ask of an object: a function, its arguments, and attributes that are set afterwards."""


def reduced(loaded: Any, **attributes: object) -> Reduced:
    """Return how a copy of a loaded model is made: with its weights as they are, on the same device.

    Args:
        loaded: it has `file` and `model`, and its class takes a file, a device and a precision.
        **attributes: what a user may have changed besides.
    """
    content, backend = replace(loaded.file, weights=loaded.model.parameters.to_host()), loaded.model.backend
    return _load_again, (type(loaded), content, backend.device, backend.precision), attributes


def _load_again(kind: Callable[..., Any], file: ModelFile, device: str, precision: str) -> Any:
    return kind(file, device=device, precision=precision)
