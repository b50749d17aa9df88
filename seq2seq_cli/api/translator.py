"""A trained model with all that it needs to answer text: what `load` returns to programs and commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from seq2seq_cli.api.answerer import Answerer
from seq2seq_cli.api.given import lines_of
from seq2seq_cli.backend import Backend
from seq2seq_cli.errors import UsageError
from seq2seq_cli.evaluation.sureness import sureness
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.model_file.content import ModelFile
from seq2seq_cli.models.build import build_seq2seq
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.text.codec import PairCodec
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

__all__ = ["Answer", "Translator"]


class Translator(Answerer):
    """A seq2seq model that answers text. Several threads may use one at once.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32``, ``float64`` or ``bf16``.

    Raises:
        MissingExtraError: it cuts text into subword units, and SentencePiece is not installed.
        DataError: its subword model is damaged.
    """

    codec: PairCodec

    def __init__(self, file: ModelFile, *, device: str = "cpu", precision: str = "float32") -> None:
        self.codec = file.codec()
        self.codec.check()
        super().__init__(file, device, precision)

    def _build(self, file: ModelFile, backend: Backend) -> Seq2Seq:
        return build_seq2seq(file.config, backend, self.codec.copied_as)

    def _codec_of(self, rows: Sequence[Pair]) -> PairCodec:
        return self.codec

    @property
    def longest_source(self) -> int:
        """The most symbols of a source that is answered whole; commands cut longer ones."""
        return self.file.config.source_width or max(4 * self.longest_trained, 256)

    @property
    def longest_trained(self) -> int:
        """The most symbols of a source in training."""
        return int(self.file.text["longest_source"])

    def is_unsure(self, answer: Answer) -> bool:
        """Tell whether an answer is less probable, a symbol, than 99 of 100 of the validation part were.

        Its source may be of a form that training never had. False where the file knows no such figure.
        """
        usual, found = self.file.metrics.get("valid_sureness"), sureness(answer, self.codec)
        return isinstance(usual, float) and found is not None and found < usual

    def protect(self, pattern: str) -> None:
        """Let other spans of sources pass through unharmed than those that the model was trained with.

        Args:
            pattern: a regular expression; an empty one protects nothing.

        Raises:
            UsageError: the model was trained without `protect`, or the pattern is none.
        """
        trained = self.codec.protection
        if trained is None:
            raise UsageError(
                "`protect` has no effect on a model that was trained without it: leave it out, or train with it"
            )
        self.codec = replace(self.codec, protection=replace(trained, pattern=pattern))

    def answers(
        self, rows: str | Iterable[str], options: AnswerOptions | None = None, *, first_stream_id: int = 0
    ) -> list[Answer]:
        """Answer sources, each with its log-probability.

        Args:
            rows: sources, one or several; an empty one has an empty answer. Each is one line: a line end at its end
                is no part of it.
            options: how to answer: a beam, drawn symbols, the longest answer; by default the most probable symbol at
                each step.
            first_stream_id: the number of the first row, which with the seed fixes what is drawn.

        Raises:
            UsageError: an argument is of another type, or an option can have no effect on this model.
            DataError: a source has a line end within, or is too long for a model with rows of fixed width; or the
                prefix has an unknown symbol.

        Example:
            >>> model = seq2seq_cli.load_translator("digits.pkl")
            >>> [answer.text for answer in model.answers(["57", ""])]
            ['five seven', '']
        """
        sources = [normalise(row) for row in lines_of(rows, "rows")]
        return self._answers(self.codec, sources, options, first_stream_id)

    def translate(
        self, rows: str | Iterable[str], options: AnswerOptions | None = None, *, first_stream_id: int = 0
    ) -> list[str]:
        """Answer sources, and return a list of the answers alone; arguments and errors as `answers`'s.

        Example:
            >>> seq2seq_cli.load_translator("digits.pkl").translate("57")
            ['five seven']
        """
        return [answer.text for answer in self.answers(rows, options, first_stream_id=first_stream_id)]
