"""The commands as processes: what they write where, their exit codes, and the pipeline contract."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process import ENVIRONMENT, S2S, s2s

from seq2seq_cli._version import __version__

pytestmark = pytest.mark.slow

FAST = ["--hidden", "48", "--embedding", "8", "--batch-size", "32", "--lr", "0.01"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with a small model of sums of two digits, trained by the command."""
    folder = tmp_path_factory.mktemp("trained")
    s2s("prep", "addition", "--digits", 2, "--train", 4000, "--valid", 100, "--test", 100, cwd=folder)
    run = s2s("train", "data/addition", "--reverse", "--peeky", "--epochs", 8, *FAST, cwd=folder)
    lines = run.stderr.decode().splitlines()
    assert sum(line.startswith("s2s: epoch ") for line in lines) == 8
    assert run.stdout == b""
    assert (folder / "models" / "addition-reverse-peeky.pkl").is_file()
    return folder


def test_help_version_and_wrong_usage(tmp_path) -> None:
    assert b"translate" in s2s("--help", cwd=tmp_path).stdout
    version = s2s("--version", cwd=tmp_path).stdout.decode()
    assert version.startswith(f"s2s {__version__} (Python {platform.python_version()}, NumPy ")
    assert version.count("\n") == 1 and s2s("-V", cwd=tmp_path).stdout.decode() == version
    for command in ("train", "evaluate", "translate", "inspect", "import", "info"):
        assert b"Example: " in s2s(command, "--help", cwd=tmp_path).stdout
    for wrong in (
        ["nope"],
        ["train", "--nope"],
        ["translate", "--format", "xml"],
        ["prep", "addition", "--digits", "0"],
    ):
        run = s2s(*wrong, cwd=tmp_path, code=2)
        assert run.stdout == b""
        assert run.stderr


def test_failures_are_one_line_that_says_what_to_do(tmp_path) -> None:
    (tmp_path / "bad.pkl").write_bytes(b"not a model")
    (tmp_path / "bad.toml").write_text("hiden = 3")
    cases = [
        (["translate"], 1, "s2s train"),
        (["translate", "-m", "none.pkl"], 1, "none.pkl"),
        (["translate", "-m", "bad.pkl"], 1, "bad.pkl"),
        (["evaluate", "-m", "bad.pkl"], 1, "bad.pkl"),
        (["inspect", "none.pkl"], 1, "none.pkl"),
        (["train", "nowhere"], 1, "s2s prep"),
        (["train", "--preset", "x"], 2, "book-addition"),
        (["train", "--config", "bad.toml"], 2, "hiden"),
        (["train", "--device", "tpu"], 2, "tpu"),
        (["train", "--hidden", "0"], 2, "hidden"),
        (["train", "--resume", "none.checkpoint"], 1, "none.checkpoint"),
        (["prep", "pairs", "none.tsv"], 1, "none.tsv"),
        (["prep", "pairs"], 2, "--train-file"),
    ]
    for arguments, code, words in cases:
        run = s2s(*arguments, cwd=tmp_path, code=code)
        message = run.stderr.decode()
        assert words in message, arguments
        assert message.count("\n") == 1, message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.pkl", "bad.toml"]


def test_debug_shows_the_traceback(tmp_path) -> None:
    run = subprocess.run([*S2S, "--debug", "translate"], capture_output=True, cwd=tmp_path, env=ENVIRONMENT, input=b"")
    assert run.returncode == 1
    assert b"Traceback" in run.stderr


def test_a_thousand_lines_in_and_out(trained) -> None:
    given = "".join(f"12+{n % 90}\n" for n in range(1000)).encode()
    run = s2s("translate", given=given, cwd=trained)
    answers = run.stdout.decode().split("\n")
    assert answers.pop() == ""
    assert len(answers) == 1000
    right = sum(answer == str(12 + n % 90) for n, answer in enumerate(answers))
    assert right > 150  # this tiny model is far from perfect, but its answers stand in their places
    assert run.stderr.decode() == "s2s: using models/addition-reverse-peeky.pkl\n"


def test_every_strange_line_has_an_answer(trained) -> None:
    given = b"\xef\xbb\xbf1+2\r\n\n3+4\r\n\xff\xfe\nhello\n" + b"1" * 1_000_000 + b"\n5+5"
    plain = s2s("translate", given=b"1+2\n3+4\n5+5\n", cwd=trained).stdout.split(b"\n")
    run = s2s("translate", given=given, cwd=trained)
    lines = run.stdout.split(b"\n")
    assert len(lines) == 8
    assert (lines[0], lines[1], lines[2], lines[6]) == (plain[0], b"", plain[1], plain[2])
    summary = run.stderr.decode().splitlines()[-1]
    for words in ("7 lines: ", "1 not UTF-8 (first: line 4)", "2 with unknown symbols", "1 too long (first: line 6)"):
        assert words in summary
    run = s2s("translate", "--unknown", "error", given=given, cwd=trained, code=1)
    assert run.stdout.split(b"\n")[3:6] == [b"", b"", b""]
    assert s2s("translate", given=b"", cwd=trained).stdout == b""


def test_formats_scores_columns_and_files(trained) -> None:
    (trained / "in.txt").write_text("1+2\n")
    answer = s2s("translate", "in.txt", cwd=trained).stdout.decode().strip()
    said, score = s2s("translate", "in.txt", "--scores", cwd=trained).stdout.decode().strip().split("\t")
    assert said == answer
    assert float(score) <= 0
    assert s2s("translate", "in.txt", "--format", "tsv", cwd=trained).stdout.decode() == f"1+2\t{answer}\n"
    entry = json.loads(s2s("translate", "in.txt", "--format", "jsonl", "--scores", cwd=trained).stdout)
    assert (entry["source"], entry["answer"]) == ("1+2", answer)
    run = s2s("translate", "--column", "2", given=b"x\t1+2\ty\nshort\n", cwd=trained)
    assert run.stdout.decode() == f"x\t{answer}\ty\nshort\n"
    s2s("translate", "none.txt", cwd=trained, code=1)
    s2s("translate", "--column", "1", "--format", "tsv", cwd=trained, code=2)


def test_where_nothing_is_answered_there_is_no_score(trained) -> None:
    """A log-probability of 0 would be certainty."""
    given = b"1+2\n\n \nhello\n"
    strict = ["--scores", "--unknown", "error"]
    plain = s2s("translate", *strict, given=given, cwd=trained, code=1).stdout.split(b"\n")
    assert len(plain[0].split(b"\t")) == 2
    assert plain[1:] == [b"", b"", b"", b""]
    rows = s2s("translate", *strict, "--format", "tsv", given=given, cwd=trained, code=1).stdout.split(b"\n")
    assert rows[1:] == [b"\t\t", b" \t\t", b"hello\t\t", b""]
    run = s2s("translate", *strict, "--format", "jsonl", given=given, cwd=trained, code=1)
    first, *entries = map(json.loads, run.stdout.splitlines())
    assert first["log_probability"] <= 0
    assert [entry["log_probability"] for entry in entries] == [None] * 3
    assert [entry["answer"] for entry in entries] == ["", "", None]  # a blank line is blank, though no sum has a blank
    beside = s2s("translate", *strict, "--column", "2", given=b"x\thello\ty\n", cwd=trained, code=1)
    assert beside.stdout == b"x\t\t\ty\n"


def test_sampling_repeats_with_its_seed(trained) -> None:
    given = b"12+34\n" * 30
    options = ["--sample", "--temperature", "2", "--seed", "5"]
    first = s2s("translate", *options, given=given, cwd=trained).stdout
    assert first == s2s("translate", *options, "--batch-size", "1", given=given, cwd=trained).stdout
    assert len(set(first.split())) > 3
    assert first != s2s("translate", *options[:-1], "6", given=given, cwd=trained).stdout
    assert len(set(s2s("translate", "--sample", "--top-k", "1", given=given, cwd=trained).stdout.split())) == 1


def test_a_reader_that_goes_away_ends_it_quietly(trained) -> None:
    with subprocess.Popen(
        [*S2S, "translate"],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=trained,
        env=ENVIRONMENT,
    ) as process:
        process.stdin.write(b"1+2\n")
        assert process.stdout.readline().strip().isdigit()
        process.stdout.close()
        with pytest.raises(BrokenPipeError):
            for _ in range(10_000):
                process.stdin.write(b"1+2\n" * 100)
        process.wait(timeout=20)
        assert process.returncode == 141
        assert process.stderr.read().decode() == "s2s: using models/addition-reverse-peeky.pkl\n"


def test_a_slow_writer_gets_each_answer_at_once(trained) -> None:
    with subprocess.Popen(
        [*S2S, "translate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=trained,
        env=ENVIRONMENT,
    ) as process:
        for n in range(3):
            process.stdin.write(f"{n}+{n}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline().strip().isdigit()
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_evaluate(trained) -> None:
    text = s2s("evaluate", "--by", "length", "--errors", "3", cwd=trained).stdout.decode()
    for words in ("free-running exact match", "teacher-forced perplexity", "by length", "wrong answers", "100 sources"):
        assert words in text
    report = json.loads(s2s("evaluate", "--json", cwd=trained).stdout)
    assert report["sources"] == 100
    assert 0.15 < report["free_running_exact_match"] <= 1
    assert "by_length" not in report
    assert (
        json.loads(s2s("evaluate", "data/addition", "--part", "valid", "--json", cwd=trained).stdout)["part"] == "valid"
    )
    (trained / "two.tsv").write_text("1+2\t99\n1+2\t3\n")
    assert json.loads(s2s("evaluate", "two.tsv", "--json", cwd=trained).stdout)["sources"] == 1
    s2s("evaluate", "--part", "nope", cwd=trained, code=1)


def test_inspect_and_info(trained) -> None:
    model = "models/addition-reverse-peeky.pkl"
    text = s2s("inspect", model, cwd=trained).stdout.decode()
    for words in ("reverse-peeky", "parameters", "train 4,000", "exact match"):
        assert words in text
    card = json.loads(s2s("inspect", model, "--json", cwd=trained).stdout)
    assert card["config"]["peeky"] is True
    assert len(card["history"]) == 8
    facts = json.loads(s2s("info", "--json", cwd=trained).stdout)
    assert facts["backends"]["numpy"]["works"]
    assert facts["packages"]["numpy"] == facts["numpy"] and facts["environment"]["OPENBLAS_NUM_THREADS"] == "1"
    assert facts["memory"] > 2**28 and Path(facts["installed_in"]).name == "seq2seq_cli"
    shown = s2s("info", cwd=trained).stdout.decode()
    for words in ("backend cupy", "installed in", "packages", "OPENBLAS_NUM_THREADS=1", "encoding", "GiB"):
        assert words in shown


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
def test_narrow_terminals_fold_and_pipes_get_cells(trained) -> None:
    from terminal import shown_at

    command = ("inspect", "models/addition-reverse-peeky.pkl")
    shown = shown_at(60, *command, cwd=trained)
    assert max(map(len, shown.splitlines())) <= 60
    assert "…" not in shown
    piped = s2s(*command, cwd=trained).stdout.decode().splitlines()
    assert piped[0] == "models/addition-reverse-peeky.pkl"
    assert [line.split("\t")[0] for line in piped[1:3]] == ["kind", "parameters"]
    assert {line.count("\t") for line in piped[1:]} == {1}
    assert max(map(len, piped)) > 80  # nothing is folded
    assert not any(line.endswith(" ") for line in piped)


def test_configs_are_saved_read_and_overruled(trained) -> None:
    s2s(
        *("train", "data/addition", "--attention-score", "general", "--epochs", 1, "--source-level", "char", *FAST),
        *("--save-config", "c.toml", "-o", "a.pkl"),
        cwd=trained,
    )
    s2s("train", "--config", "c.toml", "--bidirectional", "-o", "b.pkl", cwd=trained)
    a, b = (json.loads(s2s("inspect", name, "--json", cwd=trained).stdout) for name in ("a.pkl", "b.pkl"))
    assert a["config"]["attention"] == b["config"]["attention"] == "general"
    assert b["config"] == {**a["config"], "bidirectional": True}
    assert b["training"] == a["training"]
    assert b["data"] == a["data"]
    run = s2s("train", "--config", "c.toml", "-o", "a.pkl", cwd=trained, code=1)
    assert b"--force" in run.stderr


def start_training(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*S2S, "train", "data/addition", "--epochs", "40", *FAST, *options],
        stderr=subprocess.PIPE,
        cwd=folder,
        env=ENVIRONMENT,
    )
    while b"epoch 1/" not in process.stderr.readline():
        assert process.poll() is None
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_training_saves_and_says_how_to_go_on(trained, number, code) -> None:
    name = f"interrupted-{code}"
    process = start_training(trained, "-o", f"{name}.pkl")
    process.send_signal(number)
    _, message = process.communicate(timeout=30)
    assert process.returncode == code
    assert f"s2s train --resume {name}.checkpoint" in message.decode()
    run = s2s("inspect", f"{name}.checkpoint", cwd=trained)
    assert b"checkpoint" in run.stdout
    resumed = subprocess.Popen(
        [*S2S, "train", "--resume", f"{name}.checkpoint"], stderr=subprocess.PIPE, cwd=trained, env=ENVIRONMENT
    )
    for line in resumed.stderr:
        if b"going on at epoch" in line:
            break
    else:
        pytest.fail("it did not go on")
    time.sleep(0.5)
    resumed.send_signal(signal.SIGINT)
    resumed.communicate(timeout=30)
    assert resumed.returncode == 130
    s2s("train", "--resume", f"{name}.checkpoint", "--seed", "3", cwd=trained, code=2)


def test_prep_writes_the_same_bytes_and_never_overwrites(tmp_path) -> None:
    for name in "ab":
        s2s("prep", "dates", "--train", 300, "--valid", 20, "--test", 20, "-o", name, cwd=tmp_path)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert b"--force" in s2s("prep", "dates", "-o", "a", cwd=tmp_path, code=1).stderr
    (tmp_path / "p.csv").write_bytes("Q,A\r\n안녕,반가워\r\n,x\r\n".encode() + b"a,b\r\n" * 20)
    run = s2s("prep", "pairs", "p.csv", "--csv", "Q,A", "-o", "chat", "--valid", 0, "--test", 0, cwd=tmp_path)
    assert b"p.csv:3" in run.stderr
    assert "안녕\t반가워" in (tmp_path / "chat" / "train.tsv").read_text(encoding="utf-8")
    s2s("prep", "pairs", "p.csv", "--csv", "Q,A", "-o", "x", "--strict", cwd=tmp_path, code=1)
    assert not (tmp_path / "x").exists()


def test_the_books_pickle_answers_the_books_questions(shared_data, tmp_path) -> None:
    book = shared_data / "book"
    run = s2s(
        *("import", book / "AttentionSeq2seq.pkl", "--as", "attention", "--vocab", book / "date.txt", "-o", "date.pkl"),
        cwd=tmp_path,
    )
    assert b"took --reverse" in run.stderr
    s2s("prep", "pairs", book / "date.txt", "--separator", "_", "--split", "book", "-o", "dates", cwd=tmp_path)
    rows = (tmp_path / "dates" / "test.tsv").read_text().splitlines(keepends=True)[:500]
    (tmp_path / "first.tsv").write_text("".join(rows))
    report = json.loads(s2s("evaluate", "first.tsv", "-m", "date.pkl", "--json", cwd=tmp_path).stdout)
    assert report["rows"] == 500
    assert report["free_running_exact_match"] == 1
    run = s2s(
        "import", book / "Rnnlm.pkl", "--as", "peeky", "--vocab", book / "date.txt", "-o", "x", cwd=tmp_path, code=1
    )
    assert b"10 arrays" in run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
def test_training_on_a_terminal_draws_a_bar_and_samples(tmp_path) -> None:
    import pty

    s2s("prep", "addition", "--train", 640, "--valid", 20, "--test", 20, cwd=tmp_path)
    terminal, end = pty.openpty()
    command = [*S2S, "train", "data/addition", "--epochs", "2", *FAST]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdin=end, stdout=end, stderr=end) as process:
        os.close(end)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not piece:
                break
            shown += piece
    os.close(terminal)
    text = shown.decode()
    assert process.returncode == 0, text
    assert "Traceback" not in text
    assert "left" in text
    assert text.count("✓") + text.count("✗") == 6  # three samples an epoch
    assert text.count("→") == 6 + 3  # and three curves in the end
    assert "done after 2 epochs" in text
