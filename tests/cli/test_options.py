"""Options of the commands: what is refused, what a preset changes, what a file keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import TEXT, weights
from process import text_of as s2s

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with pairs, a text, and a tiny model of each."""
    place = tmp_path_factory.mktemp("options")
    s2s("prep", "addition", "--digits", 2, "--train", 200, "--valid", 20, "--test", 20, cwd=place)
    (place / "animals.txt").write_text(TEXT)
    s2s("prep", "text", "animals.txt", "--level", "word", "-o", "data/animals", cwd=place)
    s2s("train", "data/addition", "--hidden", 8, "--epochs", 1, "-o", "pairs.pkl", cwd=place)
    small = ("--hidden", 8, "--embedding", 8, "--batch-size", 4, "--epochs", 1)
    s2s("train", "data/animals", *small, "-o", "text.pkl", cwd=place)
    book = ("--preset", "book-addition", "--hidden", 8, "--epochs", 1)
    s2s("train", "data/addition", *book, "-o", "book.pkl", cwd=place)
    return place


TEXTS, PAIRS = ("train", "data/animals"), ("train", "data/addition")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*PAIRS, "--steps", 5), "--bptt has no effect on pairs"),
        ((*PAIRS, "--random-steps"), "--random-bptt has no effect on pairs"),
        ((*PAIRS, "--activation-penalty", 1), "--activation-penalty has no effect on pairs"),
        ((*PAIRS, "--data-seed", 1), "--data-seed has no effect on data that is given"),
        ((*PAIRS, "--teacher-forcing-decay", "linear"), "or add --teacher-forcing 0.5"),
        ((*PAIRS, "--plateau-factor", 0.1), "or add --schedule plateau"),
        ((*PAIRS, "--level", "word"), "--level has no effect on pairs"),
        ((*PAIRS, "--eval-part", "test"), "give --keep last with it"),
        ((*PAIRS, "--tied"), "give --embedding 128 too"),
        ((*TEXTS, "--teacher-forcing", 0.5), "--teacher-forcing has no effect on a text"),
        ((*TEXTS, "--bridge", "h"), "--bridge has no effect on a text"),
        ((*TEXTS, "--reverse"), "--reverse has no effect on a text"),
        (
            (*TEXTS, "--preset", "rnnlm", "--warmup", 0.1),
            "--warmup has no effect with --schedule constant (from preset rnnlm): leave it out, or add "
            "--schedule one-cycle\n",
        ),
        (
            (*TEXTS, "--hidden", 64, "--embedding", 32),
            "--tied (from preset lm-small) needs --embedding and --hidden to be equal",
        ),
        ((*PAIRS, "--attention-score", "dot", "--no-attention"), "--attention-score and --no-attention contradict"),
        ((*PAIRS, "--max-vocabulary", 0), "--max-vocabulary must be a whole number"),
        (("train", "--resume", "x.checkpoint", "--seed", 3), "--resume takes no other options"),
        (("translate", "-m", "pairs.pkl", "--temperature", 2), "or add --sample\n"),
        (("translate", "-m", "pairs.pkl", "--seed", 2), "--seed has no effect with --sample off"),
        (("translate", "-m", "book.pkl", "--max-length", 2), "--max-length has no effect"),
        (("evaluate", "-m", "book.pkl", "--max-length", 2), "--max-length has no effect"),
        (
            ("translate", "-m", "pairs.pkl", "--column", 2, "--format", "tsv"),
            "--column has no effect with --format",
        ),
        (("translate", "-m", "pairs.pkl", "--sample", "--top-p", 0), "--top-p must be a number above 0 and at most 1"),
        (("generate", "-m", "text.pkl", "--greedy", "--top-k", 2), "--top-k has no effect with --greedy"),
        (("generate", "-m", "text.pkl", "--seed", -1), "--seed must be a whole number"),
        (("evaluate", "-m", "text.pkl", "--by", "length"), "--by has no effect on a text"),
        (("evaluate", "-m", "text.pkl", "--max-length", 3), "--max-length has no effect on a text"),
        (("evaluate", "-m", "pairs.pkl", "--as-book"), "--as-book has no effect on pairs"),
        (("evaluate", "-m", "pairs.pkl", "--tracks", 2), "--streams has no effect on pairs"),
        (("evaluate", "-m", "text.pkl", "--cache-share", 0.2), "or add --cache 500"),
        (("evaluate", "-m", "text.pkl", "--as-book", "--tracks", 2), "--streams has no effect with --as-book"),
        (("evaluate", "-m", "text.pkl", "--as-book", "--cache", 9), "--cache has no effect with --as-book"),
        (("evaluate", "-m", "text.pkl", "--as-book", "--errors", 2), "--errors has no effect with --as-book"),
        (
            (*PAIRS, "--dropout", 0.3, "--input-dropout", 0, "--output-dropout", 0.1),
            "--dropout has no effect with one layer, --input-dropout and --output-dropout; leave it out\n",
        ),
        (("prep", "pairs", "x.tsv", "--split", "book", "--valid", 3), "--valid has no effect with --split book"),
        (("prep", "text", "--builtin", "python", "--valid", 3), "--valid has no effect with --builtin"),
        (("prep", "text", "--builtin", "python", "--strict"), "--strict has no effect with --builtin"),
        (("prep", "addition", "--digits", 16), "--digits must be a whole number from 1 to 15"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_what_can_have_no_effect_is_refused_by_the_name_of_the_option(folder, arguments, words) -> None:
    before = sorted(folder.iterdir())
    out, error = s2s(*arguments, cwd=folder, code=2)
    assert out == ""
    assert words in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_a_presets_effect_is_shown_and_nothing_is_trained(folder) -> None:
    (folder / "run.toml").write_text("epochs = 3\nlr = 5\n")
    before = sorted(folder.rglob("*"))
    shown, error = s2s(
        *(*TEXTS, "--preset", "char-lm", "--show-config", "--config", "run.toml", "--lr", 0.5),
        cwd=folder,
    )
    lines = {line.split()[0]: line.split(None, 2)[1:] for line in shown.splitlines() if line.startswith("--")}
    assert lines["--hidden"] == ["512", "preset char-lm"]
    assert lines["--epochs"] == ["3", "run.toml"]
    assert lines["--lr"] == ["0.5", "command line"]
    assert lines["--warmup"] == ["0.1", "default"]
    assert lines["--patience"] == ["none", "default"]
    assert "--plateau-factor" not in lines
    assert "--reverse" not in lines
    assert [line for line in shown.splitlines() if line and not line.startswith("--")] == [
        *("Model", "Learning", "Regularisation", "Language models", "Data", "Run")
    ]
    assert sorted(folder.rglob("*")) == before
    assert "error" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        ("data/addition", "--preset", "book-addition", "--hidden", 8, "--reverse", "--epochs", 1),
        ("data/addition", "--hidden", 8, "--attention", "--dropout", 0.2, "--epochs", 1, "--clip", 0),
        ("data/animals", "--preset", "rnnlm", "--hidden", 8, "--embedding", 8, "--batch-size", 4, "--epochs", 1),
        ("data/animals", "--hidden", 8, "--embedding", 8, "--batch-size", 4, "--epochs", 1, "--no-tied"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments)),
)
def test_a_saved_run_is_repeated_to_the_bit(folder, tmp_path, arguments) -> None:
    file = tmp_path / "run.toml"
    s2s("train", *arguments, "--save-config", file, "-o", tmp_path / "a.pkl", cwd=folder)
    s2s("train", "--config", file, "-o", tmp_path / "b.pkl", cwd=folder)
    assert weights(tmp_path / "a.pkl") == weights(tmp_path / "b.pkl")


def test_a_file_of_options_is_checked_before_anything_is_trained(folder, tmp_path) -> None:
    (tmp_path / "there.toml").write_text("kept")
    for file, code in ((tmp_path / "there.toml", 1), (tmp_path / "there.toml" / "run.toml", 1)):
        _, error = s2s(*PAIRS, "--save-config", file, "-o", tmp_path / "m.pkl", cwd=folder, code=code)
        assert "epoch" not in error
        assert error.count("\n") == 1
    assert (tmp_path / "there.toml").read_text() == "kept"
    assert not (tmp_path / "m.pkl").exists()


def test_a_part_that_is_asked_for_must_be_there(folder) -> None:
    _, error = s2s(*PAIRS, "--eval-part", "tset", "--keep", "last", cwd=folder, code=2)
    assert error == "s2s: error: --eval-part must be train, valid, test, not 'tset'; did you mean test?\n"


def test_old_spellings_still_work(folder, tmp_path) -> None:
    small = ("--hidden", 8, "--embedding-size", 8, "--batch-size", 4, "--epochs", 1)
    old = ("--steps", 6, "--random-steps", "--change-penalty", 0.1, "--monitor", "valid")
    new = ("--bptt", 6, "--random-bptt", "--temporal-penalty", 0.1, "--eval-part", "valid")
    s2s(*TEXTS, *small, *old, "-o", tmp_path / "old.pkl", cwd=folder)
    s2s(*TEXTS, *small, *new, "-o", tmp_path / "new.pkl", cwd=folder)
    assert weights(tmp_path / "old.pkl") == weights(tmp_path / "new.pkl")


def test_threads_of_a_file_are_used_and_none_is_a_value(folder, tmp_path) -> None:
    (tmp_path / "run.toml").write_text('threads = 1\npatience = 3\ndevice = "cpu"\n')
    out, _ = s2s(*PAIRS, "--config", tmp_path / "run.toml", "--patience", "none", "--show-config", cwd=folder)
    rows = [line.split(None, 2) for line in out.splitlines()]
    assert ["--threads", "1", str(tmp_path / "run.toml")] in rows
    assert ["--patience", "none", "command line"] in rows
