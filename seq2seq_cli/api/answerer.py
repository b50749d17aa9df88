"""What a translator and a captioner have in common: a decoder that answers, its measures, its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seq2seq_cli.api.copies import Reduced, reduced
from seq2seq_cli.api.given import STREAM_IDS, checked, instance_of, pairs_of, path_of, texts_of
from seq2seq_cli.backend import Backend, get_backend
from seq2seq_cli.inference.answer import Answer
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.answers import BatchSearch, answer_texts, longest_answer
from seq2seq_cli.model_file.content import ModelFile, write_model_file
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.text.codec import AnswerCodec
from seq2seq_cli.types import Pair

if TYPE_CHECKING:
    from seq2seq_cli.config import EvaluationOptions
    from seq2seq_cli.evaluation.pairs_report import Report
    from seq2seq_cli.inference.protocol import AnswerModel


class Answerer:
    """A model with an encoder and a decoder, which answers.

    Args:
        file: the content of a model file.
        device: ``cpu``, ``cuda``, ``cuda:1`` or ``auto``.
        precision: ``float32``, ``float64`` or ``bf16``.
    """

    codec: AnswerCodec

    def __init__(self, file: ModelFile, device: str, precision: str) -> None:
        self.file, self.model = file, self._build(file, get_backend(device, precision))
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
            self._double = self._build(self.file, get_backend(self.model.backend.device, "float64"))
        self._double.parameters.assign(self.model.parameters.to_host())
        return self._double

    def _build(self, file: ModelFile, backend: Backend) -> Seq2Seq:
        """Make the model that a file describes, without its weights."""
        raise NotImplementedError

    def _codec_of(self, rows: Sequence[Pair]) -> AnswerCodec:
        """Return a codec that knows the sources of some rows."""
        raise NotImplementedError

    def _rows_of(self, pairs: Iterable[Pair]) -> Sequence[Pair]:
        """Return what a caller gives to be measured on, checked."""
        return pairs_of(pairs)

    def check(self, options: AnswerOptions) -> None:
        """Refuse options that can't be used with this model, before there is anything to answer.

        Raises:
            UsageError: they are none, or one can have no effect; the message names it.
            DataError: the model does not know a symbol of the prefix.
        """
        options = instance_of(AnswerOptions, options, "options")
        BatchSearch(self._step_model, self.codec, options, self.max_length)

    def _answers(
        self, codec: AnswerCodec, sources: Sequence[str], options: AnswerOptions | None, first_stream_id: int
    ) -> list[Answer]:
        """Answer sources that a codec knows; see `answer_texts`."""
        options = instance_of(AnswerOptions, AnswerOptions() if options is None else options, "options")
        exact = options.scores and self.model.backend.precision != "float64"
        return answer_texts(
            self._step_model,
            codec,
            sources,
            max_length=self.max_length,
            options=options,
            first_stream_id=checked("first_stream_id", int, first_stream_id, **STREAM_IDS),
            exact=self._exact_model() if exact else None,
        )

    @property
    def max_length(self) -> int:
        """The most symbols of an answer, unless told otherwise."""
        return self.file.config.target_width or longest_answer(int(self.file.text["longest_target"]))

    def evaluate(
        self,
        pairs: Iterable[Pair],
        options: AnswerOptions | None = None,
        *,
        errors: int = 0,
        metrics: str | Iterable[str] = (),
    ) -> Report:
        """Measure the model on rows of (source, target); see `evaluation.pairs.evaluate`.

        Args:
            pairs: sources and targets; several right answers stand on several lines, and any counts.
            options: how to answer; by default the most probable symbol at each step.
            errors: how many wrong answers to list.
            metrics: names of figures that come first, one or several; after them come those that fit the targets.

        Raises:
            UsageError: an argument is of another type, or there is no such metric.
            DataError: there are no pairs, or a source is empty.
            MissingExtraError: a metric that is asked for needs a package that is not installed.

        Example:
            >>> report = seq2seq_cli.load("digits.pkl").evaluate([("57", "five seven"), ("8", "nine")])
            >>> report.free_running_exact_match
            0.5
        """
        from seq2seq_cli.evaluation.pairs import evaluate
        from seq2seq_cli.evaluation.target_form import choose_metrics, target_form

        form = target_form(self.file.data, self.file.target_vocabulary.level)
        chosen, left_out = choose_metrics(form, texts_of(metrics, "metrics"))
        rows = self._rows_of(pairs)
        report = evaluate(
            self._step_model,
            self._codec_of(rows),
            rows,
            max_length=self.max_length,
            options=None if options is None else instance_of(AnswerOptions, options, "options"),
            errors=checked("errors", int, errors, low=0),
            metrics=chosen,
        )
        return replace(report, form=form, left_out=left_out)

    def unknown_in(self, pairs: Sequence[Pair], part: str) -> list[str]:
        """Say in a sentence, if at all, which symbols of a part the model does not know."""
        from seq2seq_cli.text.unknowns import unknown_in_pairs

        return unknown_in_pairs(self.codec, pairs, part)

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
        write_model_file(path_of(path, "path"), content, overwrite=force)

    def __reduce__(self) -> Reduced:
        """Say how a copy is made; see `copies`."""
        return reduced(self, codec=self.codec)
