"""Conversations: which turns a reply follows from."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import small_translator

from seq2seq_cli.api.conversation import MOST_TURNS, Conversation
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.inference.sampling import Sampling


class Echo:
    """A translator whose reply is its source in brackets, and that keeps what it was asked."""

    def __init__(self, longest_source: int = 1000, reply: str = "<{}>", **data: Any) -> None:
        self.file = SimpleNamespace(data=data)
        self.codec = SimpleNamespace(source_symbols=str.split)
        self.longest_source, self._reply = longest_source, reply
        self.calls: list[list[str]] = []

    def translate(self, rows: list[str], options: AnswerOptions | None, *, first_stream_id: int) -> list[str]:
        self.calls.append(list(rows))
        return [self._reply.format(row) if row else "" for row in rows]


def test_a_model_of_pairs_reads_the_last_turn_alone() -> None:
    model = Echo()
    talk = Conversation(model)
    assert talk.context == 1
    assert talk.replies(["a", "b", " ", "c"]) == ["<a>", "<b>", "", "<c>"]
    assert model.calls == [["a", "b", "", "c"]]  # all at once, for none needs another's reply
    assert talk.reply("d") == "<d>"


def test_the_last_turns_are_the_source_and_the_models_own_are_among_them() -> None:
    talk = Conversation(Echo(context=3, separator="|", reply="r"))
    for said, turns in (("a", "a"), ("b", "a | r | b"), ("c", "b | r | c")):
        talk._translator.calls.clear()
        assert talk.reply(said) == "r"
        assert talk._translator.calls == [[turns]]
    assert talk.turns == ("r", "c", "r")
    talk.reset()
    assert talk.turns == ()


def test_dialogues_run_beside_each_other_and_each_remembers_its_own() -> None:
    model = Echo(context=2, separator="␞", reply="r")
    talk = Conversation(model)
    talk.replies(["zero"])
    assert talk.replies(["a", "b", "", "c", None, "d", " ", "", "e"]) == ["r", "r", "", "r", "", "r", "", "", "r"]
    first, second = model.calls[1:]
    assert first == ["r ␞ a", "", "", "c", "", "", "", "", "e"]
    assert second == ["", "r ␞ b", "", "", "", "r ␞ d", "", "", ""]
    assert talk.turns == ("e", "r")


def test_how_turns_come_in_changes_no_reply() -> None:
    lines = ["a", "b", "", "c", "d", "e", "", "f"]
    whole = Conversation(Echo(context=4)).replies(lines)
    one_by_one = Conversation(Echo(context=4))
    assert [one_by_one.replies([line])[0] for line in lines] == whole
    for cut in range(1, len(lines)):
        talk = Conversation(Echo(context=4))
        assert talk.replies(lines[:cut]) + talk.replies(lines[cut:]) == whole


def test_what_is_typed_is_one_turn_and_a_turn_of_nothing_has_no_reply() -> None:
    model = Echo(context=3)
    talk = Conversation(model)
    assert talk.replies(["a ␞ b", "␞", "c"]) == ["<a   b>", "", "<a   b ␞ <a   b> ␞ c>"]


def test_older_turns_give_way_where_they_are_too_many_symbols() -> None:
    model = Echo(longest_source=5, context=4, reply="r r")
    talk = Conversation(model)
    talk.replies(["one", "two", "three words here", "a b c d e f"])
    assert [row for call in model.calls for row in call if row] == [
        "one",
        "r r ␞ two",
        "three words here",
        "a b c d e f",
    ]


@pytest.mark.parametrize("context", [0, -1, "3", None, True, 2.0])
def test_a_context_that_is_none_is_one(context) -> None:
    assert Conversation(Echo(context=context, separator=3)).context == 1


def test_a_stranger_can_not_ask_for_endless_memory() -> None:
    assert Conversation(Echo(context=10**12)).context == MOST_TURNS


def test_a_drawn_reply_depends_on_its_number_and_not_on_its_neighbours() -> None:
    translator = small_translator()
    translator.file = replace(translator.file, data={"context": 2})
    options = AnswerOptions(sampling=Sampling(temperature=3.0, seed=4))
    lines = ["abc", "fed", "", "abc", "fed", "a", "", "c"]
    whole = Conversation(translator, options).replies(lines, first_stream_id=7)
    assert len(set(whole)) > 3
    talk = Conversation(translator, options)
    assert [talk.reply(line, stream_id=7 + number) for number, line in enumerate(lines)] == whole
