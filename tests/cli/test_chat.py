"""`s2s chat` in a pipeline, and at a terminal with Korean typed and edited."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import file_of, small_generator, small_model
from process import s2s

from seq2seq_cli.api.translator import Translator
from seq2seq_cli.model_file.content import write_model_file
from seq2seq_cli.text.vocabulary import Vocabulary

pytestmark = pytest.mark.slow

KNOWN = "안녕하세요반가워심해 ␞abc.?"


def write_model(path: Path, letters: str = "안녕하세요반가워심해abc.?", always: str = "", **data: object) -> Translator:
    """Write a model with random weights; with `always` it replies that symbol again and again."""
    source = Vocabulary(("<unk>", *KNOWN), "char", unknown=0)
    target = Vocabulary(("<s>", "</s>", "<unk>", *letters), "char", start=0, end=1, unknown=2)
    model = small_model(source_vocab_size=len(source), target_vocab_size=len(target))
    if always:
        weights = model.parameters.to_host()
        weights["decoder.output.bias"][target.ids[always]] += 50
        model.parameters.assign(weights)
    file = replace(file_of(model, source, target, longest_source=70, longest_target=5), data=data)
    write_model_file(path, file)
    return Translator(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a model that reads one turn, one that reads three, and one that replies with escapes."""
    place = tmp_path_factory.mktemp("chat")
    write_model(place / "one.pkl")
    write_model(place / "three.pkl", context=3, separator="␞")
    write_model(place / "escape.pkl", letters="\x1b\x07[31m", always="\x1b")
    return place


def replies_of(model: Path, lines: list[str], *options: object, code: int = 0) -> list[str]:
    run = s2s("chat", "-m", model, *options, given="".join(f"{line}\n" for line in lines).encode(), code=code)
    *replies, last = run.stdout.decode().split("\n")
    assert last == ""
    return replies


def test_each_line_of_a_pipe_has_its_reply(folder) -> None:
    lines = ["안녕", "", "심심해", "안녕"]
    replies = replies_of(folder / "one.pkl", lines)
    assert replies[1] == ""
    assert replies[0] == replies[3] != ""
    answers = s2s("translate", "-m", folder / "one.pkl", given="".join(f"{line}\n" for line in lines).encode())
    assert answers.stdout.decode().split("\n")[:-1] == replies  # of one turn, they are the same
    assert s2s("chat", "-m", folder / "one.pkl", given=b"").stdout == b""


def test_a_blank_line_begins_a_new_dialogue(folder) -> None:
    first, second, again, blank, fresh = replies_of(folder / "three.pkl", ["안녕", "심심해", "안녕", "", "안녕"])
    assert blank == ""
    assert fresh == first != again
    joined = s2s("translate", "-m", folder / "three.pkl", given=f"안녕 ␞ {first.strip()} ␞ 심심해\n".encode())
    assert joined.stdout.decode() == f"{second}\n"


def test_no_line_of_a_pipe_is_a_command_and_none_stops_it(folder) -> None:
    strange = [
        b":quit",
        b":help",
        b"\xff\xfe",
        "🙂👨‍👩‍👧‍👦".encode(),
        b"\x1b[2J\x07",
        "ตัวอย่าง".encode(),
        "안".encode() * 10_000,
    ]
    for model in ("one.pkl", "three.pkl"):
        run = s2s("chat", "-m", folder / model, given=b"\n".join(strange))
        assert run.stdout.count(b"\n") == len(strange)
        problems = run.stderr.decode()
        for words in ("7 lines: 6 with unknown symbols (first: line 1)", "1 not UTF-8 (first: line 3)", "1 too long"):
            assert words in problems
    refused = s2s("chat", "-m", folder / "three.pkl", "--unknown", "error", given=b"\n".join(strange), code=1)
    assert refused.stdout == b"\n" * len(strange)


def test_without_a_name_the_newest_model_of_chats_is_taken(folder, tmp_path) -> None:
    (tmp_path / "models").mkdir()
    for number, (name, data) in enumerate((("old", "chat"), ("new", "chat"), ("sums", "addition"))):
        write_model(tmp_path / "models" / f"{name}.pkl", kind=data)
        os.utime(tmp_path / "models" / f"{name}.pkl", (number, number))
    for name in ("new", "old", "sums"):
        assert f"using models/{name}.pkl" in s2s("chat", cwd=tmp_path, given=b"\n").stderr.decode()
        (tmp_path / "models" / f"{name}.pkl").unlink()


def test_replies_are_searched_and_drawn(folder) -> None:
    lines = ["안녕", "반가워", "", "안녕"] * 3
    drawn = replies_of(folder / "three.pkl", lines, "--sample", "--temperature", 3, "--seed", 5)
    assert drawn == replies_of(folder / "three.pkl", lines, "--sample", "--temperature", 3, "--seed", 5)
    assert drawn != replies_of(folder / "three.pkl", lines, "--sample", "--temperature", 3, "--seed", 6)
    assert len(set(drawn)) > 4
    assert len(replies_of(folder / "three.pkl", lines, "--beam", 3, "--max-length", 2)) == 12
    assert max(map(len, replies_of(folder / "three.pkl", lines, "--max-length", 2))) <= 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("-m lm.pkl", 1, "lm.pkl is a language model, for s2s generate and s2s score, and not a seq2seq model"),
        ("-m none.pkl", 1, "none.pkl: No such file"),
        ("", 1, "there is no seq2seq model under models/"),
        ("-m one.pkl --temperature 2", 2, "--temperature has no effect with --sample off"),
        ("-m one.pkl --length-penalty 2", 2, "--length-penalty has no effect"),
        ("-m one.pkl --sample --beam 3", 2, "--beam has no effect with --sample"),
    ],
)
def test_what_cannot_be_done_is_said(folder, arguments, code, words) -> None:
    generator = small_generator("float32")
    write_model_file(folder / "lm.pkl", generator.file)
    run = s2s("chat", *arguments.split(), cwd=folder, given=b"x\n", code=code)
    assert words in run.stderr.decode()
    assert run.stdout == b""


# --- at a terminal ----------------------------------------------------------------------------------------

PLAIN = {"COLUMNS": "200", "NO_COLOR": "1"}
"""A terminal on which a line for people is a line."""
terminals = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")


@terminals
def test_korean_is_typed_edited_and_dropped(folder, tmp_path) -> None:
    from terminal import at_terminal

    hello, bored = replies_of(folder / "one.pkl", ["안녕하세요", "심심해"])
    with at_terminal("chat", "-m", folder / "one.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        assert "a reply follows from the last turn alone" in terminal.read_until("> ")
        terminal.type("안녕하세\x7f\x7f하세요\r")  # two wide characters are taken back
        assert f"\r\n{hello}\r\n> " in terminal.read_until(f"{hello}\r\n> ")
        terminal.type("이게 아니")
        terminal.read_until("아니")
        terminal.press_until("\x03", "\r\n> ")
        terminal.type("심심해\r")
        terminal.read_until(f"{bored}\r\n> ")
        terminal.type("\x1b[A\x1b[A\r")  # the line before the last one; the dropped one is not among them
        terminal.read_until(f"{hello}\r\n> ")
        terminal.type("\r")
        terminal.read_until("> ")
        terminal.type("\x04")
        assert terminal.rest() == "\r\n"
        assert terminal.process.wait(10) == 0
    history = tmp_path / "s2s" / "chat_history"
    assert history.read_text(encoding="utf-8").splitlines()[-3:] == ["안녕하세요", "심심해", "안녕하세요"]
    assert history.stat().st_mode & 0o777 == 0o600


@terminals
def test_commands_are_few_and_smileys_are_none(folder, tmp_path) -> None:
    from terminal import at_terminal

    first, second = replies_of(folder / "three.pkl", ["안녕", "안녕"])
    assert first != second
    with at_terminal(
        "chat", "-m", folder / "three.pkl", cwd=tmp_path, XDG_STATE_HOME=str(tmp_path), **PLAIN
    ) as terminal:
        assert "a reply follows from the last 3 turns" in terminal.read_until("> ")
        terminal.type("안녕\r")
        terminal.read_until(f"\r\n{first}\r\n> ")
        terminal.type("안녕\r")
        terminal.read_until(f"\r\n{second}\r\n> ")
        terminal.type(":reset\r")
        terminal.read_until("what was said is forgotten")
        terminal.type("안녕\r")
        terminal.read_until(f"\r\n{first}\r\n> ")
        terminal.type(":help\r")
        shown = terminal.read_until("Ctrl-C")
        assert all(f"  {name} " in shown for name in (":reset", ":help NAME", ":quit", ":model"))
        terminal.type(":reste\r")
        terminal.read_until("there is no command :reste; did you mean :reset?")
        terminal.type(":beam 2\r")
        terminal.read_until("beam is now 2")
        terminal.type(":)\r")
        terminal.read_until("the model does not know : )")
        terminal.type(":quit\r")
        terminal.rest()
        assert terminal.process.wait(10) == 0


@terminals
def test_nothing_that_is_typed_or_replied_harms_the_terminal(folder, tmp_path) -> None:
    from terminal import at_terminal

    with at_terminal(
        "chat", "-m", folder / "escape.pkl", cwd=tmp_path, XDG_STATE_HOME="/dev/null", **PLAIN
    ) as terminal:
        terminal.read_until("> ")
        terminal.type("안녕\r")
        shown = terminal.read_until("\r\n> ").partition("\r\n")[2]
        assert shown.startswith("\\x1b\\x1b")
        assert "\x1b\x1b" not in shown
        for typed, words in ((b"\xff\xfe", "the line is not UTF-8"), ("🙂", "the model does not know 🙂")):
            terminal.type(typed)
            terminal.type("\r")
            terminal.read_until(words)
            terminal.read_until("\r\n> ")
        terminal.type("\x16\x1b[2J\x16\x07\r")  # Ctrl-V, and a sequence that clears the screen
        assert "the model does not know \\x1b [ 2 J \\x07" in terminal.read_until("rests on nothing")
        terminal.read_until("\r\n> ")
        terminal.type("안" * 10_000 + "\r")
        terminal.read_until("the line has more than 280 symbols, and the rest is not read")
        terminal.read_until("\r\n> ")
        terminal.type("\x04")
        terminal.rest()
        assert terminal.process.wait(10) == 0  # a history that can't be kept is no failure


@terminals
def test_a_reply_that_goes_elsewhere_takes_no_prompt_with_it(folder, tmp_path) -> None:
    from terminal import at_terminal

    command = f"{sys.executable} -m seq2seq_cli chat -m {folder / 'one.pkl'} > {tmp_path / 'said'}"
    with at_terminal(cwd=tmp_path, command=["bash", "-c", command], XDG_STATE_HOME=str(tmp_path), **PLAIN) as terminal:
        terminal.read_until("> ")
        terminal.type("안녕\r")
        terminal.read_until("\r\n> ")
        terminal.type("\x04")
        terminal.rest()
        assert terminal.process.wait(10) == 0
    assert (tmp_path / "said").read_text(encoding="utf-8") == f"{replies_of(folder / 'one.pkl', ['안녕'])[0]}\n"
