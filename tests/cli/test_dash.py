"""``-`` is standard input or output wherever a text is read or written, and a pipe is as good as a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("no fork here", allow_module_level=True)

from forked import Run, fork_s2s

FIXTURES = Path(__file__).parent.parent / "fixtures" / "format3"
PAIRS, TEXT = FIXTURES / "seq2seq.pkl", FIXTURES / "lm.pkl"
ROWS = b"".join(b"%d+1\t%d\n" % (number, number + 1) for number in range(40))
SMALL = ("--hidden", 4, "--embedding", 3, "--epochs", 1)


@contextmanager
def substitution(content: bytes) -> Iterator[str]:
    """Give content as a shell's ``<(…)``: the name of a pipe that has it."""
    reader, writer = os.pipe()
    os.write(writer, content)  # less than a pipe holds
    os.close(writer)
    try:
        yield f"/dev/fd/{reader}"
    finally:
        os.close(reader)


def both(*arguments: object, content: bytes, cwd: Path | None = None) -> Run:
    """Run a command whose argument `IN` is ``-``, and a pipe; it says the same of both."""
    dash = fork_s2s(*("-" if argument is IN else argument for argument in arguments), given=content, cwd=cwd)
    with substitution(content) as name:
        pipe = fork_s2s(*(name if argument is IN else argument for argument in arguments), cwd=cwd)
    assert (dash.code, dash.out) == (pipe.code, pipe.out), pipe.message + dash.message
    return dash


IN = "(a pipe)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "train.tsv").write_bytes(ROWS)
    (tmp_path / "sums" / "valid.tsv").write_bytes(ROWS[:12])
    return tmp_path


@pytest.mark.parametrize(("command", "model", "lines"), [("translate", PAIRS, b"12+3\n"), ("score", TEXT, b"the\n")])
def test_lines_come_from_anywhere(command: str, model: Path, lines: bytes) -> None:
    run = both(command, IN, "-m", model, content=lines)
    assert run.code == 0
    assert run.out == fork_s2s(command, "-m", model, given=lines).out != b""


def test_a_model_is_measured_on_what_comes(folder: Path) -> None:
    (folder / "rows.tsv").write_bytes(ROWS)
    run = both("evaluate", IN, "-m", PAIRS, "--json", content=ROWS)
    assert run.out == fork_s2s("evaluate", folder / "rows.tsv", "-m", PAIRS, "--json").out != b""
    text = both("evaluate", IN, "-m", TEXT, "--json", content=b"the cat\nthe dog\n")
    assert b'"symbols"' in text.out
    (folder / "models").mkdir()
    (folder / "models" / "a.pkl").write_bytes(PAIRS.read_bytes())
    assert both("evaluate", IN, "--json", content=ROWS, cwd=folder).out.count(b"a.pkl") == 1  # the newest model
    assert b"not one line is source, tab, target" in both("evaluate", IN, "-m", PAIRS, content=b"no tab\n").err


def test_prep_reads_what_comes(folder: Path) -> None:
    for number, content in enumerate((ROWS, b"a,b\nc,d\n")):
        extra = ("--csv", "1,2", "--valid", 0, "--test", 1) if number else ()
        run = both("prep", "pairs", IN, *extra, "-o", f"made{number}", "--force", content=content, cwd=folder)
        assert run.code == 0, run.message
    with substitution(ROWS.replace(b"+", b"-")) as name:
        parts = fork_s2s(
            "prep", "pairs", "--train-file", "-", "--valid-file", name, "-o", "parts", given=ROWS, cwd=folder
        )
    assert (folder / "parts" / "train.tsv").read_bytes() == ROWS, parts.message


def test_options_come_from_anywhere_and_go_to_standard_output(folder: Path) -> None:
    options = b"hidden = 7\nlr = 0.5\n"
    with substitution(options) as name:
        pipe = fork_s2s("train", "sums", "--config", name, "--show-config", cwd=folder)
    dash = fork_s2s("train", "sums", "--config", "-", "--show-config", given=options, cwd=folder)
    for run, origin in ((pipe, name), (dash, "standard input")):
        lines = {line.split()[0]: line.split(None, 2)[1:] for line in run.out.decode().splitlines() if "--" in line}
        assert lines["--hidden"] == ["7", origin] and lines["--lr"] == ["0.5", origin]
    asked = ("train", "sums", "--hidden", 7, "--save-config", "-")
    written = fork_s2s(*asked, "--show-config", cwd=folder)
    assert written.out.startswith(b'data = "sums"') and b"hidden-size = 7\n" in written.out
    trained = fork_s2s(*asked, "--embedding", 3, "--epochs", 1, "-o", "a.pkl", cwd=folder)
    assert b"hidden-size = 7\n" in trained.out and (folder / "a.pkl").is_file(), trained.message
    again = fork_s2s("train", "--config", "-", "-o", "b.pkl", given=trained.out, cwd=folder)
    assert again.code == 0, again.message
    name = fork_s2s("train", "--config", "-", "--show-config", given=b"hiden = 7\n", cwd=folder)
    assert name.message == "s2s: error: standard input: there is no option hiden; did you mean hidden?\n"
    name = fork_s2s("train", "--config", "-", "--show-config", given=b"init_form = 'a.pkl'\n", cwd=folder)
    assert name.message.endswith("there is no option init-form; did you mean init-from?\n")


def test_a_file_of_options_names_the_model_to_begin_with(folder: Path) -> None:
    first = fork_s2s("train", "sums", *SMALL, "-o", "a.pkl", cwd=folder)
    assert first.code == 0, first.message
    content = b'data = "sums"\ninit-from = "a.pkl"\ngrow-vocabulary = true\nepochs = 1\noutput = "b.pkl"\n'
    run = fork_s2s("train", "--config", "-", "--save-config", "-", given=content, cwd=folder)
    assert run.code == 0, run.message
    assert (folder / "b.pkl").is_file()
    assert b'init-from = "a.pkl"\ngrow-vocabulary = true\n' in run.out
    wrong = fork_s2s("train", "--config", "-", given=b"init-from = 3\n", cwd=folder)
    assert wrong.message == "s2s: error: standard input: init-from must be a text, not 3\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("inspect", IN), "write it to "),
        (("translate", "-m", IN), "write it to "),
        (("train", "--resume", IN), "write it to "),
        (("train", "sums", "--init-from", IN), "write it to "),
        (("train", IN), "make a dataset of it first, with s2s prep "),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, tuple) else None,
)
def test_what_is_read_more_than_once_is_refused_with_what_to_do(folder: Path, arguments, words: str) -> None:
    for name in ("-", None):
        with substitution(PAIRS.read_bytes()[:4096]) as pipe:
            run = fork_s2s(*((name or pipe) if argument is IN else argument for argument in arguments), cwd=folder)
        assert run.code == 1
        assert words in run.message and run.message.count("\n") == 1, run.message


@pytest.mark.parametrize(
    "arguments", [("train", "sums", "-o", "-"), ("prep", "addition", "-o", "-"), ("train", "--lm", "--output", "-")]
)
def test_what_is_more_than_a_text_is_not_written_to_standard_output(folder: Path, arguments) -> None:
    run = fork_s2s(*arguments, cwd=folder)
    assert (run.code, run.out) == (2, b"")
    assert "- would be standard output" in run.message


def test_a_size_that_follows_another_says_so(folder: Path) -> None:
    (folder / "text").mkdir()
    (folder / "text" / "train.txt").write_text("the cat sees the dog .\n" * 30)
    run = fork_s2s("train", "text", "--preset", "lm", "--hidden", 64, "--show-config", cwd=folder)
    origins = {line.split()[0]: line.split(None, 2)[2] for line in run.out.decode().splitlines() if "--" in line}
    assert origins["--hidden"] == "command line"
    assert origins["--embedding"] == "follows --hidden", run.message
