"""`s2s generate`: write text with a language model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seq2seq_cli.cli.options import (
    DeviceOption,
    ModelOption,
    TemperatureOption,
    ThreadsOption,
    TopKOption,
    TopPOption,
    UnknownOption,
    find_model,
    set_threads,
)
from seq2seq_cli.cli.stream import answer_lines, report_problems
from seq2seq_cli.errors import UsageError

if TYPE_CHECKING:
    from seq2seq_cli.inference.pipeline import Row
    from seq2seq_cli.inference.sampling import Sampling
    from seq2seq_cli.inference.text_generator import Text, TextGenerator

PROMPTS_AT_ONCE = 64


def generate(
    start: Annotated[str | None, typer.Option("--start", help="What the text begins with.")] = None,
    model: ModelOption = None,
    length: Annotated[int, typer.Option(min=1, help="Symbols written after the prompt.")] = 100,
    until: Annotated[str | None, typer.Option(help="Stop before this symbol, for example <eos>.")] = None,
    temperature: TemperatureOption = 1.0,
    top_k: TopKOption = 0,
    top_p: TopPOption = 1.0,
    greedy: Annotated[bool, typer.Option("--greedy", help="Take the most probable symbol instead of drawing.")] = False,
    skip: Annotated[
        list[str] | None,
        typer.Option(help="Never draw this symbol; repeat for more.  [<unk>; of Penn Treebank text also N and $]"),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Texts for each prompt.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed writes the same text.")] = 0,
    scores: Annotated[bool, typer.Option("--scores", help="Add a tab and the text's log-probability.")] = False,
    output_format: Annotated[
        Literal["text", "jsonl"], typer.Option("--format", help="text, or an object a line.")
    ] = "text",
    unknown: UnknownOption = "mark",
    threads: ThreadsOption = None,
    device: DeviceOption = "cpu",
) -> None:
    """Write text that begins with a prompt, or one text for each prompt on standard input.

    With prompts on standard input each text is one line, its line ends written as \\n.

    Example: s2s generate --start "you" --length 50
    """
    if greedy and (temperature != 1.0 or top_k or top_p != 1.0):
        raise UsageError("--greedy draws nothing, so it does not go with --temperature, --top-k or --top-p")
    set_threads(threads)
    from seq2seq_cli.inference.loading import load_text_generator
    from seq2seq_cli.inference.sampling import Sampling

    sampling = None if greedy else Sampling(temperature, top_k, top_p, seed)
    from_stdin = start is None and not sys.stdin.isatty()
    writer = load_text_generator(find_model(model, "lm"), device=device)
    work = _Work(writer, sampling, length, until, tuple(skip) if skip else None, samples, output_format, scores)
    if from_stdin:
        _from_stdin(work, unknown)
    elif samples == 1 and output_format == "text" and not scores:
        _stream(work, start or "")
    else:
        for text in work.texts([start or ""], 0):
            print(work.line(text))


class _Work:
    """What is asked for, and how texts become lines."""

    def __init__(
        self,
        writer: TextGenerator,
        sampling: Sampling | None,
        length: int,
        until: str | None,
        skip: tuple[str, ...] | None,
        samples: int,
        output_format: str,
        scores: bool,
    ) -> None:
        self.writer, self.sampling, self.length, self.until, self.skip = writer, sampling, length, until, skip
        self.samples, self._format, self._scores = samples, output_format, scores

    def texts(self, prompts: list[str], first_number: int, *, mark_unknown: bool = False) -> Iterator[Text]:
        return self.writer.iterate(
            prompts,
            length=self.length,
            until=self.until,
            sampling=self.sampling,
            skip=self.skip,
            samples=self.samples,
            first_number=first_number,
            mark_unknown=mark_unknown,
        )

    def line(self, text: Text) -> str:
        if self._format == "jsonl":
            score = {"log_probability": round(text.log_probability, 6)} if self._scores else {}
            figures = {"prompt": text.prompt, "text": text.text, "symbols": text.symbols, **score}
            return json.dumps(figures, ensure_ascii=False)
        return f"{text.text}\t{text.log_probability:.6f}" if self._scores else text.text

    def nothing(self, prompt: str) -> str:
        """Return the line of a prompt that is refused."""
        if self._format != "jsonl":
            return ""
        score = {"log_probability": None} if self._scores else {}
        return json.dumps({"prompt": prompt, "text": None, "symbols": None, **score}, ensure_ascii=False)


def _stream(work: _Work, prompt: str) -> None:
    """Print a text as it grows: symbol by symbol on a terminal, line by line into a pipe."""
    pieces = work.writer.stream_text(
        prompt, length=work.length, until=work.until, sampling=work.sampling, skip=work.skip
    )
    terminal = sys.stdout.isatty()
    try:
        for piece in pieces:
            print(piece, end="", flush=terminal or piece.endswith("\n"))
    except KeyboardInterrupt:
        print(flush=True)  # what follows begins a line of its own
        raise
    print()


def _from_stdin(work: _Work, unknown: Literal["error", "mark", "drop"]) -> None:
    from seq2seq_cli.inference.pipeline import LineParser

    parser = LineParser(work.writer.codec.vocabulary, unknown)

    def answer(rows: list[Row], number: int) -> Iterator[str]:
        prompts = ["" if row.status == "refused" else row.text for row in rows]
        texts = work.texts(prompts, number * work.samples, mark_unknown=True)
        for row in rows:
            for text in islice(texts, work.samples):
                line = work.nothing(row.text) if row.status == "refused" else work.line(text)
                yield line.replace("\n", "\\n")

    answer_lines(None, parser, answer, rows_at_once=PROMPTS_AT_ONCE)
    report_problems(parser)
