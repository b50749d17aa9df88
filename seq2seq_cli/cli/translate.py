"""`s2s translate`: answer lines, in a pipeline or at a prompt."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.lines import AnswerLines
from seq2seq_cli.cli.options import ModelsOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show
from seq2seq_cli.config import TranslateOptions, options_from
from seq2seq_cli.errors import UsageError
from seq2seq_cli.kinds import PAIRS
from seq2seq_cli.types import STANDARD_STREAM

if TYPE_CHECKING:
    from seq2seq_cli.api.translator import Answer, Translator
    from seq2seq_cli.inference.known_answers import Lexicon
    from seq2seq_cli.inference.pipeline import Row

BATCHES_HELD = 8
"""So many batches of rows may be held, so that rows of similar length run together."""

UNSURE = "the model is less sure of this than of 99 in 100 validation answers: its data may have had no such line"


@takes_fields(TranslateOptions)
def translate(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Lines to answer; - is standard input.  [default: standard input]"),
    ] = None,
    model: ModelsOption = None,
    *,
    given: Mapping[str, Any],
) -> None:
    """Answer each line of a file, of standard input, or typed at a prompt.

    Example: echo "57+5" | s2s translate
    """
    options = options_from(TranslateOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_together
    from seq2seq_cli.data.lines import plural

    paths = model or [find_model(None, PAIRS)]
    translator = cast("Translator", load_together(paths, PAIRS, device=options.device))
    if options.protect is not None:
        translator.protect(options.protect)
    work = _Work(translator, options)
    if file is None and sys.stdin.isatty():
        from seq2seq_cli.cli.session import Session, files_of
        from seq2seq_cli.config.live import LiveOptions

        Session("translate", LiveOptions(TranslateOptions, given), work, files_of(paths, translator)).run()
        return
    answer_lines(file, work.parser, work, rows_at_once=BATCHES_HELD * options.batch_size)
    if options.lexicon is not None:
        console.note(f"{plural(work.listed, 'answer')} of {work.parser.lines:,} from {options.lexicon}")
    report_problems(work.parser)


class _Work:
    """Answers rows and writes them as lines."""

    result = "answer"
    asks = "a line to be answered"

    def __init__(self, translator: Translator, options: TranslateOptions) -> None:
        from seq2seq_cli.inference.pipeline import LineParser

        self.listed = 0
        """Answers from the list."""
        self._translator, self._known = translator, self._read_lexicon(options.lexicon)
        self.parser = LineParser(
            translator.codec.source,
            options.unknown,
            translator.longest_source,
            options.column,
            known=self._known or (),
            protection=translator.codec.protection,
        )
        self.use(options)

    def use(self, options: TranslateOptions) -> None:
        """Go on with other options."""
        from seq2seq_cli.inference.answer_options import AnswerOptions

        how = replace(AnswerOptions.of(options), known=self._known)
        self._translator.check(how)
        self._options, self._lines, self.parser.policy = how, AnswerLines(options), options.unknown

    @staticmethod
    def _read_lexicon(path: Path | None) -> Lexicon | None:
        if path is None:
            return None
        from seq2seq_cli.data.lines import pipes_held
        from seq2seq_cli.inference.known_answers import Lexicon

        if path == STANDARD_STREAM:
            raise UsageError("`lexicon` takes a file's name; - is where the lines come from")
        with pipes_held([path]):
            lexicon, warnings = Lexicon.read(path)
        console.warn(*warnings)
        return lexicon

    def __call__(self, rows: list[Row], first_stream_id: int) -> list[str]:
        answers = self._answers(rows, first_stream_id)
        return [self._lines.line(row, answer) for row, answer in zip(rows, answers, strict=True)]

    def _answers(self, rows: list[Row], first_stream_id: int) -> list[Answer]:
        texts = [row.text if row.status == "sound" else "" for row in rows]
        answers = self._translator.answers(texts, self._options, first_stream_id=first_stream_id)
        self.listed += sum(answer.origin == "lexicon" for answer in answers)
        return answers

    def show(self, row: Row, number: int) -> None:
        """Answer a row that was typed; say where training had none that is so long, and where the model is unsure."""
        if row.status != "sound":
            return
        count, longest = len(self._translator.codec.source_symbols(row.text)), self._translator.longest_trained
        if longest < count <= self.parser.longest:
            console.note(f"the line has {count:,} symbols; none in training had more than {longest:,}")
        (answer,) = self._answers([row], number)
        show(self._lines.line(row, answer))
        if not answer.text:
            console.note("the model ended its answer before its first symbol")
        free = self._options.sampling is None and not self._options.prefix and not self._options.no_repeat
        if free and self._translator.is_unsure(answer):
            console.note(UNSURE)
