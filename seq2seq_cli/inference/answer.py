"""From the symbols that a search has found to an answer: its text, what it attended to, and the next best ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from seq2seq_cli.inference.alignments import Alignment, attended_places
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.hypotheses import Hypothesis
from seq2seq_cli.inference.protocol import Batch, State, StepModel
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.text.codec import AnswerCodec


@dataclass(frozen=True)
class Answer:
    """An answer and its score."""

    text: str
    log_probability: float | None
    """Natural logarithm, summed over the answer's symbols and its end; None where nothing was answered."""
    finished: bool = True
    """False where the answer was cut at the most symbols allowed."""
    score: float | None = None
    """What answers are ranked by: the log-probability, of a beam's answers over the length penalty."""
    alignment: Alignment | None = None
    """What each symbol attends to, where that was asked for."""
    others: tuple[Answer, ...] = ()
    """The next best answers, where more than one was asked for."""
    origin: Literal["model", "lexicon"] = "model"
    """Who knew the answer; a list gives no log-probabilities."""

    @classmethod
    def listed(cls, texts: Sequence[str]) -> Answer:
        """Return the answer of a list: the first text, with the others beside it."""
        best, *others = (cls(text, None, origin="lexicon") for text in texts)
        return replace(best, others=tuple(others))


class AnswerWriter:
    """Makes answers of what a search has found.

    Args:
        codec: the model's.
        options: how to answer.
    """

    def __init__(self, codec: AnswerCodec, options: AnswerOptions) -> None:
        self._codec, self._options = codec, options

    def __call__(
        self,
        model: StepModel[Batch, State],
        state: State,
        texts: Sequence[str],
        found: Sequence[Sequence[Hypothesis]],
        context: ForwardContext,
    ) -> list[Answer]:
        """Return the answers to some sources.

        Args:
            model: the model.
            state: before the first step, a row for each source.
            texts: the sources.
            found: for each one its hypotheses, the best first.
            context: of the call.
        """
        flat = [(row, hypothesis) for row, of_row in enumerate(found) for hypothesis in of_row]
        aligned = [self._needs_alignment(hypothesis) for _, hypothesis in flat]
        read = [(row, hypothesis.ids) for (row, hypothesis), wanted in zip(flat, aligned, strict=True) if wanted]
        places = iter(attended_places(model, state, self._codec.start, read, context) if read else ())
        written: list[dict[str, Answer]] = [{} for _ in texts]
        for (row, hypothesis), wanted in zip(flat, aligned, strict=True):
            alignment = self._alignment(texts[row], hypothesis.ids, next(places).tolist()) if wanted else None
            answer = self._answer(texts[row], hypothesis, alignment)
            if len(written[row]) < self._options.n_best:
                written[row].setdefault(answer.text, answer)  # of one text the best, which comes first
        return [self._together(list(answers.values())) for answers in written]

    def _needs_alignment(self, hypothesis: Hypothesis) -> bool:
        options = self._options
        return options.alignments or (options.copy_unknown and self._codec.target.unknown in hypothesis.ids)

    def _alignment(self, text: str, ids: Sequence[int], places: Sequence[int]) -> Alignment:
        """Return what goes with what, in the order of the source's text, however the model reads it."""
        codec, symbols = self._codec, self._codec.source_symbols(text)
        read = codec.source_width or len(symbols)
        in_order = [read - 1 - place if codec.reverse else place for place in places]
        shown = len(ids)
        while shown and ids[shown - 1] == codec.target.blank:  # what fills a row is no part of the answer
            shown -= 1
        return Alignment(
            tuple(symbols),
            tuple(codec.target.symbols[i] for i in ids[:shown]),
            tuple(place if place < len(symbols) else None for place in in_order[:shown]),
        )

    def _answer(self, source: str, found: Hypothesis, alignment: Alignment | None) -> Answer:
        copied = {}
        if self._options.copy_unknown and alignment is not None:
            unknown = self._codec.target.unknown
            copied = {
                number: self._codec.as_target(alignment.source[place])
                for number, place in enumerate(alignment.places)
                if place is not None and found.ids[number] == unknown
            }
        text = self._codec.decode(found.ids, source, copied)
        shown = None
        if self._options.alignments and alignment is not None:
            sides = alignment.source, alignment.target
            source_side, target_side = (tuple(self._codec.show(part, source) for part in side) for side in sides)
            shown = replace(alignment, source=source_side, target=target_side)
        return Answer(text, found.log_prob, found.finished, found.score, shown)

    @staticmethod
    def _together(answers: Sequence[Answer]) -> Answer:
        if not answers:
            return Answer("", None, finished=False)  # the model gives no answer any probability
        best, *others = answers
        return replace(best, others=tuple(others)) if others else best
