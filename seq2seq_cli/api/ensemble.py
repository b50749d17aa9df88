"""Several model files that answer as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.api.translator import Translator
from seq2seq_cli.data.ensemble import EnsembleCodec
from seq2seq_cli.errors import ModelFileError, UsageError
from seq2seq_cli.models.ensemble import Ensemble

if TYPE_CHECKING:
    from seq2seq_cli.model_file.content import ModelFile


class EnsembleTranslator(Translator):
    """Seq2seq models that answer text together: at each step the mean of their probabilities.

    The first model stands for all where one must: `file`, `model` and what answers attend to are its own.

    Args:
        translators: at least one, of one target vocabulary; all on one device and in one precision.
    """

    def __init__(self, translators: Sequence[Translator]) -> None:
        self.translators = tuple(translators)
        first = translators[0]
        self.file, self.model = first.file, first.model
        self.codec = EnsembleCodec.of_members([translator.codec for translator in translators])
        self._ensemble = Ensemble([translator.model for translator in translators])

    @property
    def _step_model(self) -> Ensemble:
        """What answers, step by step."""
        return self._ensemble

    def _exact_model(self) -> Ensemble:
        """What answers, in double precision."""
        return Ensemble([translator.double() for translator in self.translators])

    @property
    def max_length(self) -> int:
        """The most symbols of an answer, unless told otherwise."""
        return max(translator.max_length for translator in self.translators)

    @property
    def longest_source(self) -> int:
        """The most symbols of a source that is answered whole; commands cut longer ones."""
        return min(translator.longest_source for translator in self.translators)

    def protect(self, pattern: str) -> None:
        """Let other spans pass through unharmed, in every model; errors as `Translator.protect`'s."""
        for translator in self.translators:
            translator.protect(pattern)
        self.codec = EnsembleCodec.of_members([translator.codec for translator in self.translators])

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Refuse: an ensemble is several files.

        Raises:
            UsageError: always.
        """
        raise UsageError("an ensemble is several model files: save each of its `translators`")


def check_together(file: ModelFile, path: str | Path, first: ModelFile, first_path: str | Path) -> None:
    """Refuse a model that can't answer together with another one.

    Raises:
        ModelFileError: the message names both files.
    """
    if file.target_vocabulary != first.target_vocabulary:
        raise ModelFileError(
            f"{path} and {first_path} have different target vocabularies: an ensemble's models write the same symbols; "
            "train both on one dataset, with the same options for its targets"
        )
    if file.text.get("protect") != first.text.get("protect"):
        raise ModelFileError(
            f"{path} and {first_path} protect different spans: an ensemble's models must agree in them; train both "
            "with the same `protect`"
        )
    widths = [(entry.config.source_width, entry.config.target_width) for entry in (file, first)]
    if widths[0] != widths[1]:
        raise ModelFileError(
            f"{path} and {first_path} fill their rows to different widths: an ensemble's models must agree in them"
        )
