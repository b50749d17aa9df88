"""Several model files that answer as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seq2seq_cli.api.answerer import Answerer
from seq2seq_cli.api.captioner import Captioner
from seq2seq_cli.api.copies import Reduced
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.data.ensemble import EnsembleCaptionCodec, EnsembleCodec
from seq2seq_cli.errors import ModelFileError, UsageError
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.models.ensemble import Ensemble

if TYPE_CHECKING:
    from seq2seq_cli.model_file.content import ModelFile


class _Ensemble(Answerer):
    """What all ensembles do alike.

    The first model stands for all where one must: `file`, `model` and what answers attend to are its own.
    """

    members: tuple[Answerer, ...]

    def _join(self, members: Sequence[Answerer]) -> None:
        self.file, self.model = members[0].file, members[0].model
        self._together = Ensemble([member.model for member in members])

    @property
    def _step_model(self) -> Ensemble:
        """What answers, step by step."""
        return self._together

    def _exact_model(self) -> Ensemble:
        """What answers, in double precision."""
        return Ensemble([member.double() for member in self.members])

    @property
    def max_length(self) -> int:
        """The most symbols of an answer, unless told otherwise."""
        return max(member.max_length for member in self.members)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Refuse: an ensemble is several files.

        Raises:
            UsageError: always.
        """
        raise UsageError("an ensemble is several model files: save each of its `members`")

    def __reduce__(self) -> Reduced:
        """Say how a copy is made: of copies of the members."""
        return type(self), (self.members,), {"codec": self.codec}


class EnsembleTranslator(_Ensemble, Translator):
    """Seq2seq models that answer text together: at each step the mean of their probabilities.

    Args:
        members: at least one, of one target vocabulary; all on one device and in one precision.
    """

    members: tuple[Translator, ...]

    def __init__(self, members: Sequence[Translator]) -> None:
        self.members = tuple(members)
        self.codec = EnsembleCodec.of_members([member.codec for member in members])
        self._join(members)

    @property
    def longest_source(self) -> int:
        """The most symbols of a source that is answered whole; commands cut longer ones."""
        return min(member.longest_source for member in self.members)

    @property
    def longest_trained(self) -> int:
        """The most symbols of a source in every model's training."""
        return min(member.longest_trained for member in self.members)

    def is_unsure(self, answer: Answer) -> bool:
        """Tell whether an answer is unusually improbable: of several models together nothing is known of that."""
        return False

    def protect(self, pattern: str) -> None:
        """Let other spans pass through unharmed, in every model; errors as `Translator.protect`'s."""
        for member in self.members:
            member.protect(pattern)
        self.codec = EnsembleCodec.of_members([member.codec for member in self.members])


class EnsembleCaptioner(_Ensemble, Captioner):
    """Captioners that caption images together: at each step the mean of their probabilities.

    Args:
        members: at least one, of one target vocabulary and images of one size, or features of one length; all on one
            device and in one precision.
    """

    members: tuple[Captioner, ...]

    def __init__(self, members: Sequence[Captioner]) -> None:
        self.members = tuple(members)
        self.codec = EnsembleCaptionCodec.of_members([member.codec for member in members])
        self._join(members)


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
    reads = [(entry.config.image_size, entry.config.source_features) for entry in (file, first)]
    if reads[0] != reads[1]:
        raise ModelFileError(
            f"{path} and {first_path} read images of different sizes, or features: an ensemble's models read the same"
        )
    widths = [(entry.config.source_width, entry.config.target_width) for entry in (file, first)]
    if widths[0] != widths[1]:
        raise ModelFileError(
            f"{path} and {first_path} fill their rows to different widths: an ensemble's models must agree in them"
        )
