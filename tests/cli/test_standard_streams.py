"""Every command with every state of its standard streams, in every encoding, with names of every kind."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

if sys.platform == "win32":
    pytest.skip("descriptors as Unix has them", allow_module_level=True)

from forked import CLOSED, FULL, GONE, fork_s2s
from helpers import TEXT, dataset_of_text, small_generator, small_translator

from seq2seq_cli.cli import standard_streams
from seq2seq_cli.cli.info import EXTRAS, _extra
from seq2seq_cli.cli.main import COMMANDS
from seq2seq_cli.cli.view import printable
from seq2seq_cli.data.folder import write_folder
from seq2seq_cli.inference.line_reader import LineReader
from seq2seq_cli.model_file.content import read_model_file, write_model_file

NO_SPACE, NO_OUTPUT = "standard output: No space left on device", "standard output is closed"

RESULTS = {
    "score": (["score", "-m", "lm.pkl", "--format", "jsonl"], b"the cat\n\nthe zebra\n"),
    "generate": (["generate", "-m", "lm.pkl", "--length", "3"], b"the cat\n\nthe zebra\n"),
    "start": (["generate", "-m", "lm.pkl", "--start", "the", "--length", "3"], b""),
    "translate": (["translate", "-m", "m.pkl", "--scores"], "abc\n\nxyz 가\n".encode()),
    "file": (["translate", "in.txt", "-m", "m.pkl"], b""),
    "chat": (["chat", "-m", "m.pkl"], b"abc\n"),
    "evaluate": (["evaluate", "p.tsv", "-m", "m.pkl", "--errors", "2"], b""),
    "evaluate-json": (["evaluate", "p.tsv", "-m", "m.pkl", "--json"], b""),
    "best": (["translate", "-m", "m.pkl", "--beam", "3", "--n-best", "2", "--format", "jsonl"], b"abc\n\nxyz\n"),
    "caption": (["caption", "one.npy", "-", "-m", "cap.pkl", "--max-length", "3"], b"one.npy\n\n"),
    "compare": (["evaluate", "p.tsv", "-m", "m.pkl", "--compare", "m.pkl"], b""),
    "inspect": (["inspect", "m.pkl"], b""),
    "inspect-json": (["inspect", "m.pkl", "--json"], b""),
    "show-config": (["train", "d", "--show-config"], b""),
    "info": (["info"], b""),
    "help": (["--help"], b""),
    "help-train": (["train", "--help"], b""),
    "help-command": (["help", "prep"], b""),
    "version": (["--version"], b""),
}
"""Commands whose result is what they print."""
READS = {"score", "generate", "translate", "chat", "best", "caption"}
TRAIN = ["train", "d", "--epochs", "1", "--hidden", "4", "--embedding", "4", "-o", "t/x.pkl"]
DEEDS = {
    "train": (TRAIN, ["t/x.pkl", "t/x.jsonl"]),
    "prep": (["prep", "addition", "--train", "9", "--valid", "2", "--test", "2", "-o", "t/sums"], ["t/sums"]),
    "prep-text": (["prep", "text", "t.txt", "-o", "t/text"], ["t/text"]),
    "prep-lexicon": (["prep", "lexicon", "l.dict", "-o", "t/lexicon"], ["t/lexicon"]),
    "prep-chat": (["prep", "chat", "chat.txt", "-o", "t/chat"], ["t/chat"]),
    "prep-captions": (["prep", "captions", "f.npz", "c.tsv", "-o", "t/captions"], ["t/captions"]),
}
"""Commands whose result is a file."""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with models, data, and everything that a command imports loaded in this process."""
    for name in (*(name if name != "import" else "import_" for name in COMMANDS), "view.reports", "view.tables"):
        import_module(f"seq2seq_cli.cli.{name}")
    for name in ("load", "translator", "captioner", "text_generator", "train", "conversation"):
        import_module(f"seq2seq_cli.api.{name}")
    for extra in EXTRAS:
        _extra(extra)
    folder = tmp_path_factory.mktemp("streams")
    translator = small_translator(precision="float32")
    translator.translate(["abc"])
    write_model_file(folder / "m.pkl", translator.file)
    write_model_file(folder / "lm.pkl", small_generator().file)
    write_folder(folder / "d", dataset_of_text())
    (folder / "in.txt").write_text("abc\n")
    (folder / "l.dict").write_text("".join(f"WORD{n}  W ER{n % 3} D\n" for n in range(40)))
    (folder / "chat.txt").write_text("".join(f"A: hello {n}\nB: hi {n}\n\n" for n in range(40)))
    (folder / "c.tsv").write_text("".join(f"{n}\ta picture\n" for n in range(40)))
    np.savez(folder / "f.npz", **{str(n): np.full((2, 3), n) for n in range(40)})
    np.save(folder / "one.npy", np.ones((2, 3)))
    assert fork_s2s("prep", "captions", "f.npz", "c.tsv", "-o", "c", cwd=folder).code == 0
    small = ["--epochs", "1", "--hidden", "4", "--embedding", "4"]
    assert fork_s2s("train", "c", *small, "-o", "cap.pkl", cwd=folder).code == 0
    (folder / "t.txt").write_text(TEXT)
    answer = translator.translate(["abc"])[0]
    (folder / "p.tsv").write_text(f"abc\t{answer}\nab\tba\n")
    return folder


@pytest.fixture(scope="module")
def expected(place) -> dict[str, bytes]:
    """What the commands print when all is well."""
    runs = {name: fork_s2s(*arguments, given=given, cwd=place) for name, (arguments, given) in RESULTS.items()}
    assert {name: run.code for name, run in runs.items()} == dict.fromkeys(RESULTS, 0)
    assert all(run.out for run in runs.values())
    return {name: run.out for name, run in runs.items()}


def check_quiet(message: str, lines: int) -> None:
    """A message is so many lines of ours, and nothing of Python's."""
    assert all(line.startswith("s2s: ") for line in message.splitlines()), message
    assert message.count("\n") <= lines, message
    for words in ("Traceback", "error in s2s itself", "Exception ignored", "Errno"):
        assert words not in message


@pytest.mark.parametrize("name", RESULTS)
def test_results_reach_somebody_or_it_is_said(place, expected, name) -> None:
    arguments, given = RESULTS[name]
    run = partial(fork_s2s, *arguments, given=given, cwd=place)
    for state, code, words in ((CLOSED, 1, NO_OUTPUT), (FULL, 1, NO_SPACE), (GONE, 141, "")):
        ended = run(stdout=state)
        assert ended.code == code
        check_quiet(ended.message, lines=1)
        assert ended.message.rstrip("\n").endswith(words)
        assert not words or "s2s: error: " in ended.message
        nobody = run(stdout=state, stderr=state)
        assert (nobody.code, nobody.out, nobody.err) == (code, b"", b"")
    for state in (CLOSED, FULL, GONE):
        unheard = run(stderr=state)
        assert unheard.code == 0
        if name != "info":  # whose counts of threads are of the moment
            assert unheard.out == expected[name]
    no_input = run(stdin=CLOSED)
    assert no_input.code == (1 if name in READS else 0)
    check_quiet(no_input.message, lines=1)
    assert ("standard input is closed" in no_input.message) == (name in READS)


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_utf8_whatever_the_locale(place, expected, name) -> None:
    arguments, given = RESULTS[name]
    for encoding in ("ascii", "latin-1", "cp949"):
        run = fork_s2s(*arguments, given=given, encoding=encoding, cwd=place)
        assert run.code == 0
        assert name == "info" or run.out == expected[name]
        check_quiet(run.message, lines=2)


@pytest.mark.parametrize("name", DEEDS)
def test_a_file_is_made_whoever_hears_of_it(place, tmp_path, name) -> None:
    arguments, files = DEEDS[name]
    states = [{stream: state} for stream in ("stdout", "stderr") for state in (CLOSED, FULL, GONE)]
    states += [{"stdin": CLOSED}, {"stdin": CLOSED, "stdout": CLOSED, "stderr": CLOSED}]
    states += [{"stdout": GONE, "stderr": GONE}, {"encoding": "ascii"}, {"encoding": "cp949"}]
    bare = fork_s2s(*arguments, "--force", cwd=place)
    assert (bare.code, bare.out) == (0, b"")
    before = {file: content(place / file) for file in files}
    for state in states:
        run = fork_s2s(*arguments, "--force", cwd=place, **state)
        assert (run.code, run.out) == (0, b""), state
        check_quiet(run.message, lines=4)
        for file, old in before.items():
            now = content(place / file)
            assert now.keys() == old.keys()
            assert file.endswith((".pkl", ".jsonl")) or now == old  # these know how long it took
    if name == "train":
        assert read_model_file(place / "t" / "x.pkl").metrics["epoch"] == 1
        assert {json.loads(line)["event"] for line in (place / "t" / "x.jsonl").read_text().splitlines()} >= {"epoch"}
    assert not [path.name for path in (place / "t").iterdir() if path.name.endswith(".tmp")]


def content(path: Path) -> dict[str, bytes]:
    files = path.iterdir() if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("wrong", [["nope"], ["train", "--nope"], ["translate", "-m", "none.pkl"], ["train", "none"]])
def test_what_is_refused_is_refused_in_every_state(place, wrong) -> None:
    code = fork_s2s(*wrong, cwd=place).code
    assert code in (1, 2)
    for stream in ("stdin", "stdout", "stderr"):
        for state in (CLOSED, FULL, GONE) if stream != "stdin" else (CLOSED,):
            run = fork_s2s(*wrong, cwd=place, **{stream: state})
            assert (run.code, run.out) == (code, b"")
            check_quiet(run.message, lines=1)


NAMES = [b"[old]m\xff.pkl", b"a[bold.pkl", b"run:smile:1.pkl", b"\xec\x95\x88 [red]x.pkl", b"m\x1b[31m.pkl"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_text_and_no_bytes_are_refused(place, name) -> None:
    raw, path = os.fsdecode(name), os.fsencode(place) + b"/" + name
    with open(path, "wb") as file:  # noqa: PTH123
        file.write((place / "m.pkl").read_bytes())
    for encoding in ("utf-8", "ascii", "cp949"):
        run = partial(fork_s2s, cwd=place, encoding=encoding)
        table, card = run("inspect", raw), run("inspect", raw, "--json")
        assert (table.code, card.code) == (0, 0)
        first = table.out.decode("utf-8").splitlines()[0]  # it is UTF-8, whatever the name is
        assert first == printable(raw)
        assert os.fsencode(json.loads(card.out)["file"]) == name
        assert run("translate", "-m", raw, given=b"abc\n").code == 0
        refused = run("translate", "-m", f"no-{raw}")
        assert refused.code == 1
        check_quiet(refused.message, lines=1)
        assert "\x1b" not in refused.message
        assert "No such file" in refused.message


@pytest.mark.parametrize("name", [b"d\xff", b"[b]:x:", "가".encode()])
def test_data_and_models_of_any_name_are_trained_with(place, name) -> None:
    raw = os.fsdecode(name)
    folder = Path(os.fsdecode(os.fsencode(place) + b"/in-" + name))
    write_folder(folder / raw, dataset_of_text())
    for encoding in ("utf-8", "ascii"):
        run = partial(fork_s2s, cwd=folder, encoding=encoding)
        small = ["--epochs", "1", "--hidden", "4", "--embedding", "4"]
        trained = run("train", raw, *small, "-o", f"{raw}.pkl", "--force")
        assert trained.code == 0, trained.message
        check_quiet(trained.message, lines=4)
        for line in (folder / f"{raw}.jsonl").read_text("utf-8").splitlines():
            event = json.loads(line)
            assert event.get("path") in (None, f"{raw}.pkl", f"{raw}.checkpoint")
        assert os.fsencode(read_model_file(folder / f"{raw}.pkl").data["path"]) == name
        for arguments in (["inspect", f"{raw}.pkl"], ["evaluate", "-m", f"{raw}.pkl"]):
            found = run(*arguments)
            assert found.code == 0, found.message
            found.out.decode("utf-8")
        saved = run("train", raw, *small, "-o", "y.pkl", "--save-config", f"{raw}.toml", "--force")
        check_quiet(saved.message, lines=4)
        if b"\xff" in name:
            assert saved.code == 1
            assert "--save-config" in saved.message
        else:
            assert saved.code == 0
            assert run("train", "--config", f"{raw}.toml", "-o", "y.pkl", "--force").code == 0


def test_a_pipe_that_is_full_for_the_moment_is_waited_for() -> None:
    """As one is that a caller made non-blocking; and there is input that comes later."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    content, read = b"line\n" * 60_000, bytearray()

    def take() -> None:
        while chunk := os.read(reader, 50_000):
            read.extend(chunk)

    taker = threading.Thread(target=take)
    taker.start()
    stream = io.BufferedWriter(standard_streams._Results(writer, "w"))
    stream.write(content)
    stream.close()
    taker.join()
    os.close(reader)
    assert read == content
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(reader, "rb") as file:
        lines = LineReader(file)
        time.sleep(0.05)
        os.write(writer, b"one\ntwo\n")
        os.close(writer)
        assert [*lines.take(1), *lines.take(1), *lines.take(1)] == [b"one", b"two"]
