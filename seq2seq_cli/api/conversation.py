"""Talking with a model: each reply has the last turns as its source, as many as the model was trained with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from seq2seq_cli.api.given import STREAM_IDS, checked, instance_of, texts_of
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.text.turns import TURN_SEPARATOR, clean_turn, join_turns

MOST_TURNS = 64
"""Turns that a model file may ask to be remembered: it may be one that a stranger made."""


class Conversation:
    """A dialogue with a model, or many one after the other.

    Example:
        >>> talk = seq2seq_cli.Conversation(seq2seq_cli.load_translator("digits.pkl"))
        >>> talk.reply("57")
        'five seven'

    Args:
        translator: the model. What its data says of ``context`` and ``separator`` (see ``s2s prep chat``) is how many
            turns are remembered, and what stands between them; a model of other pairs reads one turn alone.
        options: how replies are searched or drawn.
    """

    def __init__(self, translator: Translator, options: AnswerOptions | None = None) -> None:
        data = translator.file.data
        if options is not None:
            instance_of(AnswerOptions, options, "options")
        context, separator = data.get("context"), data.get("separator")
        self.context = min(context, MOST_TURNS) if type(context) is int and context > 0 else 1
        self._separator = separator if isinstance(separator, str) and separator.strip() else TURN_SEPARATOR
        self._translator, self.options = translator, options
        self._turns: deque[str] = deque(maxlen=self.context)

    @property
    def turns(self) -> tuple[str, ...]:
        """The last turns, the oldest first."""
        return tuple(self._turns)

    def reset(self) -> None:
        """Forget what was said."""
        self._turns.clear()

    def reply(self, text: str, *, stream_id: int = 0) -> str:
        """Return what the model replies.

        Args:
            text: what is said.
            stream_id: the number of the reply, which with the seed fixes what is drawn.
        """
        return self.replies([checked("text", str, text)], first_stream_id=stream_id)[0]

    def replies(self, texts: Iterable[str | None], *, first_stream_id: int = 0) -> list[str]:
        """Return what the model replies to turns in order; after a blank one a new dialogue begins.

        The dialogues are independent, so their first turns run together, then their second ones, and so on; where no
        turn but the last is read, all run together.

        Args:
            texts: what is said. A blank turn has no reply; neither has None, which is no turn at all.
            first_stream_id: the number of the first, which with the seed fixes what is drawn.

        Raises:
            UsageError: they are no texts.
        """
        texts = _turns_of(texts)
        first_stream_id = checked("first_stream_id", int, first_stream_id, **STREAM_IDS)
        found = [""] * len(texts)
        dialogues = self._dialogues(texts)
        memories = [self._turns, *(deque[str](maxlen=self.context) for _ in dialogues[1:])]
        if self.context == 1:
            rounds = [[(place, 0) for places in dialogues for place in places]]
        else:
            numbered = ([(place, number) for place in places] for number, places in enumerate(dialogues))
            rounds = [[turn for turn in turns if turn is not None] for turns in zip_longest(*numbered)]
        for turns in rounds:
            # Rows of other rounds are empty here, so that each keeps the number that fixes what is drawn for it.
            said, sources = [""] * len(texts), [""] * len(texts)
            for place, number in turns:
                said[place] = clean_turn(texts[place] or "", self._separator)
                sources[place] = self._source([*memories[number], said[place]]) if said[place] else ""
            answers = self._translator.translate(sources, self.options, first_stream_id=first_stream_id)
            for place, number in turns:
                found[place] = answers[place]
                new = (said[place], clean_turn(answers[place], self._separator))
                memories[number].extend(turn for turn in new if turn)
        self._turns = memories[-1]
        return found

    @staticmethod
    def _dialogues(texts: Sequence[str | None]) -> list[list[int]]:
        """Return the places of each dialogue's turns; the first goes on with what was said before."""
        dialogues: list[list[int]] = [[]]
        for place, text in enumerate(texts):
            if text is None:
                continue
            if text.strip():
                dialogues[-1].append(place)
            else:
                dialogues.append([])
        return dialogues

    def _source(self, turns: Sequence[str]) -> str:
        """Return the last turns as a source, without the oldest where they are more than the model reads."""
        turns = list(turns[-self.context :])
        while len(turns) > 1:
            source = join_turns(turns, self._separator)
            if len(self._translator.codec.source_symbols(source)) <= self._translator.longest_source:
                return source
            del turns[0]
        return join_turns(turns, self._separator)


def _turns_of(given: Iterable[str | None]) -> list[str | None]:
    """Return turns as a list, checked; None stays."""
    turns: list[str | None] = [given] if isinstance(given, str) else list(given)
    texts_of([turn for turn in turns if turn is not None], "texts")
    return turns
