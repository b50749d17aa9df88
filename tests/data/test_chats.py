"""Chats: dialogues, and rows of questions and replies."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seq2seq_cli.data.lines import Problems
from seq2seq_cli.data.prepare.chat import (
    ChatPrepOptions,
    join_chats,
    pairs_of,
    question_key,
    read_chats,
    split_chats,
)
from seq2seq_cli.errors import DataError, UsageError
from seq2seq_cli.text.turns import TURN_SEPARATOR, clean_turn, join_turns

DIALOGUES = """hello
hi, how are you?
fine


A: 안녕
B: 반가워
B: 잘 지냈어?
A:  응

http://example.org is down
12:30 it was
User 1\uff1a 你好
"""


def read(path, problems=None, **options):
    return read_chats([path], ChatPrepOptions(**options), problems or Problems(strict=True))


def test_dialogues_have_a_turn_a_line_and_speakers_are_left_out(tmp_path) -> None:
    path = tmp_path / "d.txt"
    path.write_bytes(b"\xef\xbb\xbf" + DIALOGUES.replace("\n", "\r\n").encode())
    dialogues, notes = read(path)
    assert dialogues == [
        ["hello", "hi, how are you?", "fine"],
        ["안녕", "반가워 잘 지냈어?", "응"],
        ["http://example.org is down", "12:30 it was", "User 1\uff1a 你好"],
    ]
    assert notes == []


def test_a_dialogue_of_one_turn_is_named(tmp_path) -> None:
    path, problems = tmp_path / "d.txt", Problems()
    path.write_text("alone\n\na\nb\n\nA: x\nA: y\n")
    assert read(path, problems)[0] == [["a", "b"]]
    assert [line.removeprefix(f"{path}:") for line in problems.shown] == [
        "1: a dialogue of one turn: nobody replies",
        "6: a dialogue of one turn: nobody replies",
    ]
    with pytest.raises(DataError, match=r"d.txt:1: a dialogue of one turn"):
        read(path)


def test_the_last_turns_are_the_source() -> None:
    turns = ["a", "b", "c", "d"]
    assert pairs_of(turns, 1) == [("a", "b"), ("b", "c"), ("c", "d")]
    assert pairs_of(turns, 2) == [("a", "b"), ("a ␞ b", "c"), ("b ␞ c", "d")]
    assert pairs_of(turns, 9)[-1] == ("a ␞ b ␞ c", "d")
    assert join_turns(["a b", "c"]).split() == ["a", "b", TURN_SEPARATOR, "c"]


def test_what_somebody_writes_is_one_turn(tmp_path) -> None:
    assert clean_turn(" a ␞ b\tc ") == "a   b c"
    (tmp_path / "q.tsv").write_text("a␞b\tc\n␞\td\n")
    assert read(tmp_path / "q.tsv")[0] == [["a b", "c"]]
    (tmp_path / "d.txt").write_text("a␞b\nc\td\n")
    assert read(tmp_path / "d.txt")[0] == [["a b", "c d"]]


def test_rows_of_a_csv_or_a_tsv_are_exchanges(tmp_path) -> None:
    (tmp_path / "c.csv").write_bytes('Q,A,label\r\n"안녕, 너",반가워,0\r\n,x,1\r\n'.encode())
    problems = Problems()
    dialogues, notes = read(tmp_path / "c.csv", problems)
    assert dialogues == [["안녕, 너", "반가워"]]
    assert notes == [f"{tmp_path / 'c.csv'}: questions are in column Q, replies in A (`csv` names others)"]
    assert problems.shown == [f"{tmp_path / 'c.csv'}:3: the source or the target is empty"]
    (tmp_path / "c.txt").write_bytes((tmp_path / "c.csv").read_bytes())
    assert read(tmp_path / "c.txt", Problems(), csv="label,Q") == ([["0", "안녕, 너"]], [])
    (tmp_path / "t.txt").write_text("\nq\ta\nx\ty\n")
    assert read(tmp_path / "t.txt", Problems())[0] == [["q", "a"], ["x", "y"]]
    for content, words in ((b"Q\na\n", "two columns or more"), ("Q,A\n안녕,x\n".encode("cp949"), "CP949")):
        (tmp_path / "c.csv").write_bytes(content)
        with pytest.raises(DataError, match=words):
            read(tmp_path / "c.csv")
    with pytest.raises(DataError, match="No such file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("12시 땡!", "12시땡", True),
        ("What's UP?", "whats up", True),
        ("हिन्दी", "हन्द", False),  # marks of vowels count
        ("왜", "왜?", True),
        ("👍", "👎", False),
        ("안녕", "안년", False),
    ],
)
def test_a_question_is_the_same_however_it_is_written(one, other, same) -> None:
    assert (question_key(one) == question_key(other)) is same


def test_a_question_is_in_one_part() -> None:
    exchanges = [[form, f"reply {n}"] for n in range(200) for form in (f"question {n % 70}", f"Question{n % 70}?")]
    dataset, warnings = split_chats(exchanges, ChatPrepOptions(valid=30, test=0.1))
    keys = [{question_key(source) for source, _ in part} for part in dataset.parts.values()]
    assert sum(map(len, keys)) == len(set().union(*keys)) == 70
    assert sum(dataset.counts.values()) == 400
    assert dataset.counts["valid"] >= 30
    assert dataset.counts["test"] >= 40
    assert warnings == []
    assert dataset == split_chats(exchanges, ChatPrepOptions(valid=30, test=0.1))[0]
    described = dataset.description
    assert (described["kind"], described["context"], described["separator"]) == ("chat", 1, TURN_SEPARATOR)
    assert dataset.levels == {"source": "subword", "target": "subword"}


def test_a_dialogue_is_in_one_part_and_train_keeps_a_question_of_several() -> None:
    dialogues = [["hello", f"a{n}", f"b{n}", "bye", f"c{n}"] for n in range(40)]
    dataset, warnings = split_chats(dialogues, ChatPrepOptions(context=2, valid=0.2, test=0.2))
    train, valid, test = (dataset.parts[name] for name in ("train", "valid", "test"))
    assert ("hello ␞ a0", "b0") in [*train, *valid, *test]
    assert sum(source == "hello" for source, _ in train) == len(train) // 4
    assert not [row for row in (*valid, *test) if row[0] == "hello"]
    assert [line.split(" of ")[1] for line in warnings] == [
        f"{name} out: the question stands in another part too" for name in ("test", "valid")
    ]
    numbers = [{target[1:] for _, target in part if target[0] == "c"} for part in (train, valid, test)]
    assert sum(map(len, numbers)) == len(set().union(*numbers)) == 40
    assert dataset.description["context"] == 2


def test_parts_that_are_there_share_no_question() -> None:
    parts = {"train": [["Hi!", "hello"], ["x", "y"]], "test": [["hi", "ho"]]}
    dataset, warnings = join_chats(parts, ChatPrepOptions())
    assert dataset.parts == {"train": [("x", "y")], "test": [("hi", "ho")]}
    assert "left 1 row of train out" in warnings[0]
    with pytest.raises(DataError, match="no part to train on"):
        join_chats({"test": parts["test"]}, ChatPrepOptions())


def test_a_context_that_nothing_offers_is_refused() -> None:
    with pytest.raises(UsageError, match=r"`context` 2 .* 2 turns, so give at most 1"):
        split_chats([["a", "b"]] * 9, ChatPrepOptions(context=2))
    with pytest.raises(UsageError, match="`context`"):
        join_chats({"train": [["a", "b", "c"]]}, ChatPrepOptions(context=3))
    with pytest.raises(DataError, match="not one usable"):
        split_chats([], ChatPrepOptions())
    with pytest.raises(DataError, match="nothing is left for train"):
        split_chats([["a", "b"], ["A", "c"], ["a?", "d"]], ChatPrepOptions(valid=1, test=0))
    with pytest.raises(UsageError, match="`context` must be"):
        ChatPrepOptions(context=0)


def test_real_chats_are_read_whole(shared_data) -> None:
    dialogues, _ = read(shared_data / "chatbot_ko" / "ChatbotData.csv")
    assert len(dialogues) == 11_823
    dataset, warnings = split_chats(dialogues, ChatPrepOptions())
    assert sum(dataset.counts.values()) == 11_823
    assert warnings == []


def is_refused(text: str) -> bool:
    """Tell whether a file is refused at its first look: by a mark, or by lines that a return alone ends."""
    return text.startswith(("\ufeff", "\ufffe")) or (text.count("\r") > 1 and "\n" not in text)


@given(st.text(max_size=200).filter(lambda text: not is_refused(text)))
@example("\r\r\n")
def test_whatever_stands_in_a_file_is_read_or_counted(tmp_path_factory, text) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(text.encode("utf-8", "replace"))
    dialogues, _ = read(path, Problems())
    for turns in dialogues:
        assert len(turns) > 1
        assert all(turn and turn == turn.strip() and not {*turn} & {"\n", "\t", TURN_SEPARATOR} for turn in turns)
