"""`s2s generate`: write text with a language model."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show
from seq2seq_cli.config import GenerateOptions, options_from
from seq2seq_cli.kinds import TEXT

if TYPE_CHECKING:
    from seq2seq_cli.api.text_generator import Text, TextGenerator
    from seq2seq_cli.config.use.shared import UnknownPolicy
    from seq2seq_cli.inference.pipeline import Row

PROMPTS_AT_ONCE = 64


@takes_fields(GenerateOptions)
def generate(model: ModelOption = None, *, given: Mapping[str, Any]) -> None:
    """Write text that begins with a prompt, or one text for each prompt on standard input.

    Example: s2s generate --start "you" --length 50

    With prompts on standard input each text is one line, its line ends written as \\n.
    """
    options = options_from(GenerateOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_text_generator

    from_stdin = options.start is None and not sys.stdin.isatty()
    work = _Work(load_text_generator(find_model(model, TEXT), device=options.device), options)
    if from_stdin:
        _from_stdin(work, options.unknown)
    elif options.samples == 1 and options.format == "text" and not options.scores:
        _stream(work, options.start or "")
    else:
        for text in work.texts([options.start or ""], 0):
            show(work.line(text))


class _Work:
    """What is asked for, and how texts become lines."""

    def __init__(self, generator: TextGenerator, options: GenerateOptions) -> None:
        from seq2seq_cli.inference.sampling import Sampling

        self.generator, self.length, self.until = generator, options.length, options.until
        self.skip, self.samples = options.skip, options.samples
        self._format, self._scores = options.format, options.scores
        self.sampling = (
            None if options.greedy else Sampling(options.temperature, options.top_k, options.top_p, options.seed)
        )

    def texts(self, prompts: list[str], first_stream_id: int, *, mark_unknown: bool = False) -> Iterator[Text]:
        return self.generator.iterate(
            prompts,
            length=self.length,
            until=self.until,
            sampling=self.sampling,
            skip=self.skip,
            samples=self.samples,
            first_stream_id=first_stream_id,
            mark_unknown=mark_unknown,
        )

    def line(self, text: Text) -> str:
        if self._format == "jsonl":
            score = {"log_probability": round(text.log_probability, 6)} if self._scores else {}
            from seq2seq_cli.files.json_text import to_json

            figures = {"prompt": text.prompt, "text": text.text, "symbols": text.symbols, **score}
            return to_json(figures)
        return f"{text.text}\t{text.log_probability:.6f}" if self._scores else text.text

    def nothing(self, prompt: str) -> str:
        """Return the line of a prompt that is refused."""
        if self._format != "jsonl":
            return ""
        from seq2seq_cli.files.json_text import to_json

        score = {"log_probability": None} if self._scores else {}
        return to_json({"prompt": prompt, "text": None, "symbols": None, **score})


def _stream(work: _Work, prompt: str) -> None:
    """Print a text as it grows: symbol by symbol on a terminal, line by line into a pipe."""
    pieces = work.generator.stream_text(
        prompt, length=work.length, until=work.until, sampling=work.sampling, skip=work.skip
    )
    terminal = sys.stdout.isatty()
    try:
        for piece in pieces:
            print(console.printable(piece) if terminal else piece, end="", flush=terminal or piece.endswith("\n"))
    except KeyboardInterrupt:
        print(flush=True)  # what follows begins a line of its own
        raise
    print()


def _from_stdin(work: _Work, unknown: UnknownPolicy) -> None:
    from seq2seq_cli.inference.pipeline import LineParser

    parser = LineParser(work.generator.codec.vocabulary, unknown, answers_blank=True)

    def answer(rows: list[Row], number: int) -> Iterator[str]:
        prompts = ["" if row.status == "refused" else row.text for row in rows]
        texts = work.texts(prompts, number * work.samples, mark_unknown=True)
        for row in rows:
            for text in islice(texts, work.samples):
                line = work.nothing(row.text) if row.status == "refused" else work.line(text)
                yield line.replace("\n", "\\n")

    answer_lines(None, parser, answer, rows_at_once=PROMPTS_AT_ONCE)
    report_problems(parser)
