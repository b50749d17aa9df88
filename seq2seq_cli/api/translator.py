"""A trained model with all that it needs to answer text: what `load` returns to programs and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq_cli.backend import get_backend
from seq2seq_cli.errors import UsageError
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import BatchSearch, answer_texts, longest_answer
from seq2seq_cli.model_file.content import ModelFile, write_model_file
from seq2seq_cli.models.build import build_seq2seq
from seq2seq_cli.text.normalise import normalise
from seq2seq_cli.types import Pair

if TYPE_CHECKING:
    from seq2seq_cli.config import EvaluationOptions
    from seq2seq_cli.evaluation.pairs_report import Report
    from seq2seq_cli.inference.protocol import AnswerModel
    from seq2seq_cli.models.seq2seq import Seq2Seq

__all__ = ["Answer", "Translator"]


class Translator:
    """A seq2seq model that answers text. Several threads may use one at once.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32`` or ``float64``.

    Raises:
        MissingExtraError: it cuts text into subword units, and SentencePiece is not installed.
        DataError: its subword model is damaged.
    """

    def __init__(self, file: ModelFile, *, device: str = "cpu", precision: str = "float32") -> None:
        self.file = file
        self.codec = file.codec()
        self.codec.check()
        self.model = build_seq2seq(file.config, get_backend(device, precision), self.codec.copied_as)
        self.model.parameters.assign(file.weights)
        self._double: Seq2Seq | None = None

    @property
    def _step_model(self) -> AnswerModel[Any]:
        """What answers, step by step."""
        return self.model

    def _exact_model(self) -> AnswerModel[Any]:
        """What answers, in double precision."""
        return self.double()

    def double(self) -> Seq2Seq:
        """Return the model in double precision, with the weights as they are now."""
        if self._double is None:
            backend = get_backend(self.model.backend.device, "float64")
            self._double = build_seq2seq(self.file.config, backend, self.codec.copied_as)
        self._double.parameters.assign(self.model.parameters.to_host())
        return self._double

    @property
    def max_length(self) -> int:
        """The most symbols of an answer, unless told otherwise."""
        return self.file.config.target_width or longest_answer(int(self.file.text["longest_target"]))

    @property
    def longest_source(self) -> int:
        """The most symbols of a source that is answered whole; commands cut longer ones."""
        return self.file.config.source_width or max(4 * int(self.file.text["longest_source"]), 256)

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

    def check(self, options: AnswerOptions) -> None:
        """Refuse options that can't be used with this model, before there is anything to answer.

        Raises:
            UsageError: one can have no effect; the message names it.
            DataError: the model does not know a symbol of the prefix.
        """
        BatchSearch(self._step_model, self.codec, options, self.max_length)

    def answers(
        self, rows: Sequence[str], options: AnswerOptions | None = None, *, first_stream_id: int = 0
    ) -> list[Answer]:
        """Answer sources, each with its log-probability.

        Args:
            rows: sources; an empty one has an empty answer.
            options: how to answer: a beam, drawn symbols, the longest answer; by default the most probable symbol at
                each step.
            first_stream_id: the number of the first row, which with the seed fixes what is drawn.

        Raises:
            UsageError: an option can have no effect on this model.
            DataError: a source is too long for a model with rows of fixed width, or the prefix has an unknown symbol.
        """
        exact = options is not None and options.scores and self.model.backend.precision != "float64"
        return answer_texts(
            self._step_model,
            self.codec,
            [normalise(row) for row in rows],
            max_length=self.max_length,
            options=options,
            first_stream_id=first_stream_id,
            exact=self._exact_model() if exact else None,
        )

    def translate(
        self, rows: Sequence[str], options: AnswerOptions | None = None, *, first_stream_id: int = 0
    ) -> list[str]:
        """Answer sources, and return the answers alone; arguments and errors as `answers`'s."""
        return [answer.text for answer in self.answers(rows, options, first_stream_id=first_stream_id)]

    def evaluate(
        self,
        pairs: Sequence[Pair],
        options: AnswerOptions | None = None,
        *,
        errors: int = 0,
        metrics: Sequence[str] = (),
    ) -> Report:
        """Measure the model on (source, target) pairs; see `evaluation.pairs.evaluate`.

        Args:
            pairs: sources and targets; several right answers stand on several lines, and any counts.
            options: how to answer; by default the most probable symbol at each step.
            errors: how many wrong answers to list.
            metrics: names of figures that come first; after them come those that fit the targets.

        Raises:
            DataError: there are no pairs, or a source is empty.
            MissingExtraError: a metric that is asked for needs a package that is not installed.
        """
        from seq2seq_cli.evaluation.pairs import evaluate
        from seq2seq_cli.evaluation.target_form import choose_metrics, target_form

        form = target_form(self.file.data, self.file.target_vocabulary.level)
        chosen, left_out = choose_metrics(form, metrics)
        report = evaluate(
            self._step_model,
            self.codec,
            pairs,
            max_length=self.max_length,
            options=options,
            errors=errors,
            metrics=chosen,
        )
        return replace(report, form=form, left_out=left_out)

    def report(self, pairs: Sequence[Pair], options: EvaluationOptions) -> Report:
        """Measure the model on a part of a dataset, as ``s2s evaluate`` does; errors as `evaluate`'s."""
        report = self.evaluate(pairs, AnswerOptions.of(options), errors=options.errors, metrics=options.metric or ())
        return report if options.by == "length" else replace(report, by_length=())

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write a model file.

        Raises:
            S2SError: the file exists and `force` is not given.
        """
        content = replace(self.file, weights=self.model.parameters.to_host())
        write_model_file(Path(path), content, overwrite=force)
