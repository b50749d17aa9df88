"""The exceptions that s2s raises on purpose.

Each message says what is wrong, where (``file:line`` when there is one), and what to do about it, in
one line. The command line prints that line and exits with the class's ``exit_code``; programs that
import s2s catch `S2SError` or one of its children:

- S2SError
    - UsageError: an option, or a combination of options, that cannot be used (exit 2)
    - DataError: input text or a dataset folder that cannot be read as what it should be
    - ModelFileError: a model file or foreign pickle that is damaged, unsafe or does not fit
    - MissingExtraError: an optional package is needed; the message names the extra that brings it
    - BackendError: the requested device or array library does not work here
    - TrainingError: training cannot go on (a loss that is not finite)
    - StaleBackwardError: a backward called twice, or after its layer ran again: a bug in the caller
"""

from __future__ import annotations


class S2SError(Exception):
    """Base of all errors that s2s raises on purpose."""

    exit_code = 1


class UsageError(S2SError):
    """An option, or a combination of options, cannot be used."""

    exit_code = 2


class DataError(S2SError):
    """Input text or a dataset folder cannot be read as what it should be."""


class ModelFileError(S2SError):
    """A model file or foreign pickle is damaged, unsafe, or does not fit its own description."""


class MissingExtraError(S2SError):
    """An optional package is missing.

    Args:
        package: the importable package that was not found.
        extra: the extra of s2s that installs it.
        purpose: what needs it, as the subject of a sentence ("dates in other languages").
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed: "
            f"pip install '.[{extra}]' in the s2s source folder (the extra is named {extra!r})"
        )


class BackendError(S2SError):
    """The requested device or array library does not work here."""


class TrainingError(S2SError):
    """Training cannot go on."""


class StaleBackwardError(S2SError):
    """A backward was called twice, or after its layer's buffers were used again."""
