"""`s2s chat`: talk with a model, at a terminal or in a pipeline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seq2seq_cli.cli import view as console
from seq2seq_cli.cli.options import ModelOption, find_model, set_threads, takes_fields
from seq2seq_cli.cli.stream import answer_lines, report_problems, show
from seq2seq_cli.config import ChatOptions, options_from
from seq2seq_cli.kinds import PAIRS

if TYPE_CHECKING:
    from seq2seq_cli.api.translator import Translator
    from seq2seq_cli.config.live import LiveOptions
    from seq2seq_cli.inference.pipeline import Row

ROWS_HELD = 512
"""So many turns of a pipeline may be held at once."""


@takes_fields(ChatOptions)
def chat(model: ModelOption = None, *, given: Mapping[str, Any]) -> None:
    """Talk with a model: type a line, read its reply. It remembers as many turns as it was trained with.

    Example: s2s chat -m models/chat.pkl --beam 5

    At a terminal :reset forgets what was said, :help says more, and Ctrl-D leaves. In a pipeline each line has its
    reply, and after a blank line a new dialogue begins.
    """
    options = options_from(ChatOptions, given)
    set_threads(options.threads)
    from seq2seq_cli.api.load import load_translator
    from seq2seq_cli.config.live import LiveOptions

    path = find_model(model, PAIRS, made_by="chat")
    translator = load_translator(path, device=options.device)
    work = _Work(translator, options)
    if sys.stdin.isatty():
        _at_terminal(work, LiveOptions(ChatOptions, given), str(path), translator)
        return

    def reply(rows: list[Row], number: int) -> list[str]:
        texts = [None if row.status == "refused" else row.text for row in rows]
        return work.talk.replies(texts, first_stream_id=number)

    answer_lines(None, work.parser, reply, rows_at_once=ROWS_HELD)
    report_problems(work.parser)


class _Work:
    """Talks, and remembers what was said."""

    result = "reply"
    asks = "what you say"

    def __init__(self, translator: Translator, options: ChatOptions) -> None:
        from seq2seq_cli.api.conversation import Conversation
        from seq2seq_cli.inference.pipeline import LineParser

        self._translator, codec = translator, translator.codec
        self.talk = Conversation(translator)
        self.parser = LineParser(codec.source, options.unknown, translator.longest_source, protection=codec.protection)
        self.use(options)

    def use(self, options: ChatOptions) -> None:
        """Go on with other options."""
        from seq2seq_cli.inference.answer_options import AnswerOptions

        how = AnswerOptions.of(options)
        self._translator.check(how)
        self.talk.options, self.parser.policy = how, options.unknown

    def show(self, row: Row, number: int) -> None:
        """Reply to a row that was typed."""
        if row.status != "sound":
            return
        reply = self.talk.reply(row.text, stream_id=number)
        show(reply)
        if not reply:
            console.note("the model ended its reply before its first symbol")


def _at_terminal(work: _Work, options: LiveOptions[ChatOptions], path: str, translator: Translator) -> None:
    from seq2seq_cli.cli.session import Command, Session, files_of

    def reset(_: str) -> None:
        work.talk.reset()
        console.note("what was said is forgotten")

    turns = work.talk.context
    remembered = "the last turn alone" if turns == 1 else f"the last {turns} turns"
    session = Session(
        "chat", options, work, files_of([path], translator), {"reset": Command("forget what was said", reset)}
    )
    session.run(f"a reply follows from {remembered}")
