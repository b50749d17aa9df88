"""`s2s generate`: write text with a language model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show, warn_of
from seq2seq_cli.config import GenerateOptions, options_from
from seq2seq_cli.kinds import TEXT

if TYPE_CHECKING:
    from seq2seq_cli.api.text_generator import Text, TextGenerator
    from seq2seq_cli.inference.pipeline import Row

PROMPTS_AT_ONCE = 64


@takes_fields(GenerateOptions)
def generate(model: ModelOption = None, *, given: Mapping[str, Any]) -> None:
    """Write text that begins with a prompt: one that is given, typed, or a line of standard input.

    Example: s2s generate --start "you" --length 50

    With prompts on standard input each text is one line, its line ends written as \\n.
    """
    options = options_from(GenerateOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_text_generator

    path = find_model(model, TEXT)
    work = _Work(load_text_generator(path, device=options.device), options)
    if options.start is not None:
        row = work.parser.row(options.start.encode("utf-8", "surrogateescape"))
        warn_of(row, work.parser, work.result)
        work.show(row, 0)
        if work.parser.failed:
            raise typer.Exit(1)
    elif sys.stdin.isatty():
        from seq2seq_cli.cli.session import Session, files_of
        from seq2seq_cli.config.live import LiveOptions

        Session("generate", LiveOptions(GenerateOptions, given), work, files_of([path], work.generator)).run()
    else:
        answer_lines(None, work.parser, work, rows_at_once=PROMPTS_AT_ONCE)
        report_problems(work.parser)


class _Work:
    """What is asked for, and how texts become lines."""

    result = "text"
    asks = "what a text begins with; an empty line begins one anew"

    def __init__(self, generator: TextGenerator, options: GenerateOptions) -> None:
        from seq2seq_cli.inference.pipeline import LineParser

        self.generator = generator
        self.parser = LineParser(generator.codec.vocabulary, options.unknown, answers_blank=True)
        self.use(options)

    def use(self, options: GenerateOptions) -> None:
        """Go on with other options."""
        from seq2seq_cli.inference.sampling import Sampling

        sampling = None if options.greedy else Sampling(*(getattr(options, field.name) for field in fields(Sampling)))
        how: dict[str, Any] = {
            "length": options.length,
            "until": options.until,
            "skip": options.skip,
            "sampling": sampling,
            "mark_unknown": True,  # what becomes of unknown symbols is the parser's to say
        }
        self.generator.iterate([], **how)  # so that a symbol it does not know is told before there is a prompt
        self._how, self._samples, self.parser.policy = how, options.samples, options.unknown
        self._format, self._scores = options.format, options.scores

    def __call__(self, rows: list[Row], number: int) -> Iterator[str]:
        """Return the lines of some rows, each text in one."""
        texts = self._texts(rows, number)
        for row in rows:
            for text in islice(texts, self._samples):
                yield self._line(row, text).replace("\n", "\\n")

    def show(self, row: Row, number: int) -> None:
        """Show a row's texts; one that is no more than text grows symbol by symbol."""
        if row.status != "refused" and self._samples == 1 and self._format == "text" and not self._scores:
            self._stream(row.text, number)
            return
        for text in self._texts([row], number):
            show(self._line(row, text))

    def _texts(self, rows: list[Row], number: int) -> Iterator[Text]:
        prompts = ["" if row.status == "refused" else row.text for row in rows]
        how = {**self._how, "samples": self._samples, "first_stream_id": number * self._samples}
        return self.generator.iterate(prompts, **how)

    def _stream(self, prompt: str, number: int) -> None:
        """Print a text as it grows: symbol by symbol on a terminal, line by line into a pipe."""
        pieces = self.generator.stream_text(prompt, **self._how, stream_id=number)
        terminal = sys.stdout.isatty()
        try:
            for piece in pieces:
                print(console.printable(piece) if terminal else piece, end="", flush=terminal or piece.endswith("\n"))
        except KeyboardInterrupt:
            print(flush=True)  # what follows begins a line of its own
            raise
        print()

    def _line(self, row: Row, text: Text) -> str:
        """Return the line of a text; where the prompt is refused, what it has no text for is blank (in JSON null)."""
        refused = row.status == "refused"
        if self._format == "jsonl":
            from seq2seq_cli.files.json_text import to_json

            figures: dict[str, object] = {"text": text.text, "symbols": text.symbols}
            if self._scores:
                figures["log_probability"] = round(text.log_probability, 6)
            return to_json({"prompt": row.text, **(dict.fromkeys(figures) if refused else figures)})
        if refused:
            return ""
        return f"{text.text}\t{text.log_probability:.6f}" if self._scores else text.text
