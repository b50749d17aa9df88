"""`s2s chat`: talk with a model, at a terminal or in a pipeline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, refuse_max_length, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show
from seq2seq_cli.config import ChatOptions, options_from
from seq2seq_cli.kinds import PAIRS

if TYPE_CHECKING:
    from seq2seq_cli.api.conversation import Conversation
    from seq2seq_cli.inference.pipeline import LineParser, Row

ROWS_HELD = 512
"""So many turns of a pipeline may be held at once."""

SYMBOLS_NAMED = 8
"""Of those never seen, in one line."""

COMMANDS = {
    ":reset": "forget what was said",
    ":help": "show these lines",
    ":quit": "leave, as Ctrl-D does",
}


@takes_fields(ChatOptions)
def chat(model: ModelOption = None, *, given: Mapping[str, Any]) -> None:
    """Talk with a model: type a line, read its reply. It remembers as many turns as it was trained with.

    Example: s2s chat -m models/chat.pkl --beam 5

    At a terminal :reset forgets what was said, :help says more, and Ctrl-D leaves. In a pipeline each line has its
    reply, and after a blank line a new dialogue begins.
    """
    options = options_from(ChatOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.conversation import Conversation
    from seq2seq_cli.api.load import load_translator
    from seq2seq_cli.inference.answer_options import AnswerOptions
    from seq2seq_cli.inference.pipeline import LineParser

    path = find_model(model, PAIRS, made_by="chat")
    translator = load_translator(path, device=options.device)
    refuse_max_length(options.max_length, translator.file.config)
    talk = Conversation(translator, AnswerOptions.of(options))
    codec = translator.codec
    parser = LineParser(codec.source, options.unknown, translator.longest_source, protection=codec.protection)
    if sys.stdin.isatty():
        _at_terminal(talk, parser)
        return

    def reply(rows: list[Row], number: int) -> list[str]:
        return talk.replies([None if row.status == "refused" else row.text for row in rows], first_stream_id=number)

    answer_lines(None, parser, reply, rows_at_once=ROWS_HELD)
    report_problems(parser)


def _at_terminal(talk: Conversation, parser: LineParser) -> None:
    from seq2seq_cli.cli.view.prompt import line_editing, read_line

    remembered = "the last turn alone" if talk.context == 1 else f"the last {talk.context} turns"
    console.note(f"a reply follows from {remembered}; :help says more, Ctrl-D leaves")
    with line_editing("chat_history"):
        while True:
            try:
                line = read_line("> ")
                if line is None or line.strip() == ":quit":
                    return
                if not _command(talk, line.strip()):
                    _say(talk, parser, line)
            except KeyboardInterrupt:
                print(file=sys.stderr)  # the line that was being typed, or the reply, is dropped


def _command(talk: Conversation, line: str) -> bool:
    """Do what a line asks for that is a command; others, smileys among them, are for the model."""
    if line == ":reset":
        talk.reset()
        console.note("what was said is forgotten")
    elif line == ":help":
        for name, meaning in COMMANDS.items():
            console.note(f"{name:8} {meaning}")
        console.note("Ctrl-C   drop the line being typed, or the reply")
    elif line.startswith(":") and line[1:].isalpha() and line.islower() and len(line) > 3:
        console.note(f"there is no command {line}; there are {', '.join(COMMANDS)}")
    else:
        return False
    return True


def _say(talk: Conversation, parser: LineParser, line: str) -> None:
    """Show the reply to a line, and at once what is wrong with the line."""
    before, typed = parser.problems.copy(), line.encode("utf-8", "surrogateescape")
    row = parser.row(typed)
    for problem in parser.problems - before:
        console.warn(_in_words(problem, typed.decode("utf-8", "replace"), parser))
    if row.status == "sound":
        reply = talk.reply(row.text, stream_id=parser.lines - 1)
        show(reply)
        if not reply:
            console.note("the model ended its reply before its first symbol")


def _in_words(problem: str, line: str, parser: LineParser) -> str:
    """Say what is wrong with a line, and what becomes of it."""
    from seq2seq_cli.inference.pipeline import TOO_LONG, UNKNOWN
    from seq2seq_cli.text.normalise import normalise

    done = {"mark": "it is answered all the same", "drop": "that is left out", "error": "it is not answered"}
    what = f"the line is {problem}"
    if problem == TOO_LONG:
        what = f"the line has more than {parser.longest:,} symbols, and the rest is not read"
    elif problem == UNKNOWN and parser.vocabulary is not None:
        symbols = parser.vocabulary.unknown_symbols(normalise(line))
        named = ", ".join(parser.vocabulary.join([symbol]).strip() for symbol in symbols[:SYMBOLS_NAMED])
        what = f"never seen in training: {named}{', …' if len(symbols) > SYMBOLS_NAMED else ''}"
    return f"{what}; {done[parser.policy]} (--unknown {parser.policy})"
