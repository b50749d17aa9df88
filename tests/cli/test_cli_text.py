"""The commands of language models as processes: prep text, train, evaluate, generate, score, import."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from forked import fork_s2s
from helpers import TEXT
from process import ENVIRONMENT, S2S, s2s

pytestmark = pytest.mark.slow

TRAINING = [
    "--embedding",
    16,
    "--hidden",
    16,
    "--batch-size",
    4,
    "--steps",
    7,
    "--optimizer",
    "adam",
    "--epochs",
    60,
    "--lr",
    0.02,
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("text")
    (folder / "animals.txt").write_text(TEXT)
    made = s2s("prep", "text", "animals.txt", "--level", "word", "-o", "data/animals", cwd=folder)
    assert b"word level" in made.stderr
    run = s2s("train", "data/animals", *TRAINING, cwd=folder)
    assert run.stdout == b""
    assert run.stderr.count(b"valid perplexity") == 60
    assert (folder / "models" / "animals-lm-1x16.pkl").is_file()
    return folder


def test_text_is_generated(trained) -> None:
    run = s2s("generate", "--start", "the owl", "--length", 12, "--seed", 1, cwd=trained)
    assert run.stdout.startswith(b"the owl ")
    assert run.stdout == s2s("generate", "--start", "the owl", "--length", 12, "--seed", 1, cwd=trained).stdout
    assert b"using models/animals-lm-1x16.pkl" in run.stderr
    several = s2s("generate", "--start", "the", "--samples", 3, "--format", "jsonl", "--scores", cwd=trained)
    rows = [json.loads(line) for line in several.stdout.splitlines()]
    assert len(rows) == 3
    assert all(row["prompt"] == "the" and row["log_probability"] < 0 for row in rows)
    greedy = s2s("generate", "--start", "the", "--greedy", "--until", "<eos>", cwd=trained)
    assert greedy.stdout.count(b"\n") == 1


def test_a_long_text_flows_into_a_pipe_that_closes(trained) -> None:
    command = [*S2S, "generate", "--start", "the", "--length", "100000000"]
    writing = subprocess.Popen(command, cwd=trained, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with writing:
        assert writing.stdout is not None
        assert writing.stdout.readline().startswith(b"the ")
        writing.stdout.close()
        assert writing.wait(timeout=60) == 141
        assert writing.stderr is not None
        assert b"error" not in writing.stderr.read()
    for option in ("--until", "--skip"):
        refused = s2s("generate", "--start", "the", option, "catt", cwd=trained, code=1)
        assert f"{option}: the model does not know catt (nearest: cat)".encode() in refused.stderr
        assert refused.stdout == b""  # nothing before the error


def test_an_interrupted_text_ends_its_line(trained) -> None:
    command = [*S2S, "generate", "--start", "the", "--length", "100000000"]
    writing = subprocess.Popen(
        command,
        cwd=trained,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What a shell starts in the background ignores Ctrl-C, and so would what it starts in turn.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with writing:
        assert writing.stdout is not None
        first = writing.stdout.readline()
        writing.send_signal(signal.SIGINT)
        rest, said = writing.communicate(timeout=60)
    assert first.startswith(b"the ")
    assert writing.returncode == 130
    assert rest.endswith(b"\n")
    assert said.endswith(b"s2s: interrupted\n")


def test_one_text_for_each_prompt(trained) -> None:
    prompts = b"the cat\r\n\nthe zebra\n\xff\nthe dog"
    strict = s2s("generate", "--length", 3, "--unknown", "error", given=prompts, cwd=trained, code=1)
    first, empty, *refused, last, _ = strict.stdout.split(b"\n")
    assert refused == [b"", b""]
    assert first.startswith(b"the cat ")
    assert empty  # an empty prompt is a prompt
    assert last.startswith(b"the dog ")
    run = s2s("generate", "--unknown", "error", "--format", "jsonl", "--scores", given=prompts, cwd=trained, code=1)
    entries = [json.loads(line) for line in run.stdout.splitlines()]
    assert [entry["text"] is None for entry in entries] == [False, False, True, True, False]
    assert [entry["log_probability"] is None for entry in entries] == [False, False, True, True, False]
    run = s2s("generate", "--length", 3, given=prompts, cwd=trained)
    lines = run.stdout.decode().split("\n")
    assert len(lines) == 6
    assert lines[0].startswith("the cat ")
    assert lines[2].startswith("the zebra")
    assert lines[4].startswith("the dog ")
    assert b"5 lines: " in run.stderr


@pytest.mark.parametrize("form", ["text", "jsonl"])
@pytest.mark.parametrize("policy", ["mark", "drop", "error"])
@pytest.mark.parametrize("prompt", ["the zebra Cat", "zebra", "the cat"])
def test_a_start_follows_the_policy_as_a_prompt_of_a_pipe_does(trained, prompt, policy, form) -> None:
    model = "models/animals-lm-1x16.pkl"
    command = ("generate", "-m", model, "--unknown", policy, "--format", form, "--length", 6, "--seed", 3)
    start = fork_s2s(*command, "--start", prompt, cwd=trained)
    pipe = fork_s2s(*command, given=f"{prompt}\n".encode(), cwd=trained)
    assert start.code == pipe.code == (policy == "error" and prompt != "the cat")
    assert start.out.removesuffix(b"\n").replace(b"\n", b"\\n") == pipe.out.removesuffix(b"\n")
    assert ("does not know zebra" in start.message) == (prompt != "the cat")
    assert ("Cat (nearest: cat" in start.message) == ("Cat" in prompt)


def test_lines_are_scored(trained) -> None:
    lines = b"the cat sees the bird .\n\nbird the . sees cat the\nthe zebra sees\n"
    run = s2s("score", given=lines, cwd=trained)
    scores = [line.split("\t") for line in run.stdout.decode().splitlines()]
    assert len(scores) == 4
    assert float(scores[0][0]) > float(scores[2][0])
    assert b"1 with unknown symbols (first: line 4)" in run.stderr
    objects = s2s("score", "--format", "jsonl", given=lines, cwd=trained).stdout.splitlines()
    assert json.loads(objects[0])["log_probability"] == pytest.approx(float(scores[0][0]), abs=1e-5)
    strict = s2s("score", "--unknown", "error", "--format", "tsv", given=lines, cwd=trained, code=1)
    assert strict.stdout.decode().split("\n")[3] == ""
    assert strict.stdout.decode().split("\n")[1].startswith("\t-")  # an empty line has a probability
    run = s2s("score", "--unknown", "error", "--format", "jsonl", given=lines, cwd=trained, code=1)
    refused = json.loads(run.stdout.splitlines()[3])
    assert refused == {"line": "the zebra sees", "log_probability": None, "perplexity": None}


def test_a_text_is_evaluated(trained) -> None:
    shown = s2s("evaluate", "--errors", 2, cwd=trained).stdout.decode()
    assert "perplexity" in shown
    assert "the worst surprisals" in shown
    figures = json.loads(s2s("evaluate", "--json", "--part", "valid", cwd=trained).stdout)
    assert figures["symbols"] == 14  # two lines of six words, and their ends
    assert figures["perplexity"] < 10
    file = json.loads(s2s("evaluate", "animals.txt", "--json", cwd=trained).stdout)
    assert file["symbols"] == 7 * 48
    cached = json.loads(s2s("evaluate", "--cache", 20, "--json", cwd=trained).stdout)["cache"]
    assert cached["size"] == 20
    assert cached["perplexity"] > 1
    s2s("evaluate", "--by", "length", cwd=trained, code=2)
    s2s("evaluate", "--cache", 20, "--as-book", cwd=trained, code=2)
    assert b"too short for the book" in s2s("evaluate", "--as-book", cwd=trained, code=1).stderr


def test_a_language_model_is_inspected_and_refused_where_it_does_not_fit(trained) -> None:
    card = s2s("inspect", "models/animals-lm-1x16.pkl", cwd=trained).stdout.decode()
    assert "lm-1x16" in card
    wrong = s2s("translate", "-m", "models/animals-lm-1x16.pkl", given=b"a\n", cwd=trained, code=1)
    assert b"is a language model" in wrong.stderr
    assert b"s2s train --lm" in s2s("generate", cwd=trained / "data", code=1).stderr
    assert b"nearest" in s2s("generate", "--start", "catt", cwd=trained).stderr
    s2s("generate", "--greedy", "--top-k", 3, cwd=trained, code=2)
    assert b"s2s prep text animals.txt" in s2s("train", "animals.txt", cwd=trained, code=1).stderr
    (trained / "empty.txt").write_text("")
    for command in (["evaluate", "empty.txt"], ["prep", "text", "empty.txt", "-o", "none"]):
        assert b"empty.txt: there is no text" in s2s(*command, cwd=trained, code=1).stderr


def test_subword_units_travel_in_the_model_file(trained) -> None:
    pytest.importorskip("sentencepiece")
    options = ["--level", "subword", "--max-vocabulary", 40, "-o", "subwords.pkl", "--epochs", 2]
    s2s("train", "data/animals", *TRAINING[:-4], *options, "--lr", 0.02, cwd=trained)
    run = s2s("generate", "-m", "subwords.pkl", "--start", "the c", "--length", 5, cwd=trained)
    assert run.stdout.startswith(b"the c")
    assert "subword" in s2s("inspect", "subwords.pkl", cwd=trained).stdout.decode()
    assert "subwords" not in json.loads(s2s("inspect", "subwords.pkl", "--json", cwd=trained).stdout)


def test_parts_are_kept_and_texts_are_cut(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("one <unk> N\ntwo <unk> <unk>\n")
    (tmp_path / "b.txt").write_text("three\n")
    s2s("prep", "text", "--train-file", "a.txt", "--test-file", "b.txt", "-o", "kept", cwd=tmp_path)
    assert (tmp_path / "kept" / "train.txt").read_text() == "one <unk> N\ntwo <unk> <unk>\n"
    description = json.loads((tmp_path / "kept" / "dataset.json").read_text())
    assert description["form"] == "ptb"
    assert description["levels"] == {"text": "word"}
    texts = tmp_path / "texts"
    texts.mkdir()
    for part in ("train", "dev"):
        (texts / f"ptb.{part}.txt").write_text(f"{part} <unk> N\n")
    assert b"train 1, valid 1;" in s2s("prep", "text", "texts", "-o", "named", cwd=tmp_path).stderr
    assert (tmp_path / "named" / "valid.txt").read_text() == "dev <unk> N\n"
    assert b"parts already" in s2s("prep", "text", "texts", "--valid", 1, "-o", "none", cwd=tmp_path, code=2).stderr
    shutil.rmtree(texts)
    shutil.rmtree(tmp_path / "named")
    s2s("prep", "text", ".", "--valid", 0, "--test", 1, "-o", "cut", cwd=tmp_path)
    # The folder's texts in the order of their names: a.txt, b.txt, and the parts made above.
    assert (tmp_path / "cut" / "train.txt").read_text().startswith("one <unk> N\ntwo <unk> <unk>\nthree\n")
    piped = s2s("prep", "text", "-", "-o", "piped", given=b"x\ny\nz\n" * 20, cwd=tmp_path)
    assert b"char level" in piped.stderr
    s2s("prep", "text", "-o", "none", cwd=tmp_path, code=2)
    s2s("prep", "text", "a.txt", "--valid", 1, "--test", 1, "-o", "none", cwd=tmp_path, code=1)
    assert not (tmp_path / "none").exists()


def test_the_books_rnnlm_has_the_books_perplexity(tmp_path, shared_data) -> None:
    book, ptb = shared_data / "book" / "Rnnlm.pkl", shared_data / "ptb"
    s2s("import", book, "--as", "rnnlm", "--vocab", ptb / "ptb.train.txt", "-o", "rnnlm.pkl", cwd=tmp_path)
    run = s2s("evaluate", ptb / "ptb.valid.txt", "-m", "rnnlm.pkl", "--as-book", "--json", cwd=tmp_path)
    assert json.loads(run.stdout)["perplexity"] == pytest.approx(140.20, abs=0.05)
    text = s2s("generate", "-m", "rnnlm.pkl", "--start", "you", "--length", 100, "--format", "jsonl", cwd=tmp_path)
    words = json.loads(text.stdout)["text"]
    assert words.startswith("you ")
    assert not {"<unk>", "N", "$"} & set(words.split())
