"""What shells offer at TAB, asked as they ask it; bash is there to be driven itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from process import ENVIRONMENT, ROOT, S2S

from seq2seq_cli.cli import completion
from seq2seq_cli.cli.main import COMMANDS
from seq2seq_cli.config import PRESETS

pytestmark = pytest.mark.slow


def ask(shell: str, **variables: str) -> str:
    """Run the command as a shell's completion does; return what it says."""
    environment = {**ENVIRONMENT, "_S2S_COMPLETE": shell, **variables}
    run = subprocess.run(S2S, capture_output=True, text=True, env=environment)
    assert run.stderr == ""
    return run.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an `s2s` to call, models, a checkpoint, and datasets."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "s2s").write_text(f'#!/bin/sh\nexec {sys.executable} -m seq2seq_cli "$@"\n')
    (tmp_path / "bin" / "s2s").chmod(0o755)
    for name in ("models/b.pkl", "models/a.pkl", "models/a.checkpoint", "own.pkl", "models/$(touch x).pkl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("data/sums", "data/dates"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "dataset.json").touch()
    return tmp_path


LINES = {
    "s2s tr": ["train", "translate"],
    "s2s help pr": ["prep"],
    "s2s help prep le": ["lexicon"],
    "s2s prep le": ["lexicon"],
    "s2s train --cell ": ["lstm", "gru"],
    "s2s train --preset book": ["book-addition", "book-dates"],
    "s2s train --attention-sc": ["--attention-score"],
    "s2s train --learn": ["--learning-rate"],
    "s2s train --device ": ["cpu", "cuda", "auto"],
    "s2s train da": ["data/dates", "data/sums"],
    "s2s train --resume m": ["models/a.checkpoint"],
    "s2s translate -m ": ["models/a.pkl", "models/b.pkl", "own.pkl"],
    "s2s translate --model models/a": ["models/a.pkl"],
    "s2s inspect o": ["own.pkl"],
    "s2s translate --unknown ": ["error", "mark", "drop", "copy"],
    "s2s evaluate --metric ble": ["bleu"],
    "s2s train --tracks": [],  # an old spelling is understood and not offered
    "s2s train --config ": [],  # the shell's own: files
    "s2s nothing --h": ["--help"],
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_offers_what_fits(folder: Path) -> None:
    """The function that bash calls, called as bash calls it."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    asked = "\n".join(
        f"COMP_WORDS=({line.rstrip()}{' ' + chr(39) * 2 if line.endswith(' ') else ''}); "
        'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _s2s_completion s2s; echo "${COMPREPLY[@]}"'
        for line in LINES
    )
    script = f'eval "$(_S2S_COMPLETE=source_bash s2s)"\ncomplete -p s2s >&2\n{asked}\n'
    environment = {**ENVIRONMENT, "PATH": path, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert run.stderr.splitlines() == ["complete -o default -F _s2s_completion s2s"], run.stderr
    assert dict(zip(LINES, map(str.split, run.stdout.splitlines()), strict=True)) == LINES


def test_zsh_and_fish_are_told_what_each_is() -> None:
    for shell, script in (("zsh", "#compdef s2s"), ("fish", "complete --command s2s")):
        assert script in ask(f"source_{shell}")
    zsh = ask("complete_zsh", _TYPER_COMPLETE_ARGS="s2s tr")
    assert '"translate":"Answer lines"' in zsh and '"train":"Train a model"' in zsh
    fish = ask("complete_fish", _TYPER_COMPLETE_ARGS="s2s train --cel", _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert fish == "--cell\tWhat the recurrent layers are made of\n"
    options = ask("complete_fish", _TYPER_COMPLETE_ARGS="s2s train --", _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert len(options.splitlines()) > 60
    assert all("`" not in line and 3 < len(line) < 120 for line in options.splitlines())


@pytest.mark.parametrize("line", ["s2s ", "s2s train --preset ", "s2s help "])
def test_an_answer_loads_no_arrays(line: str) -> None:
    variables = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_S2S_COMPLETE": "complete_bash"}
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *S2S[1:]], capture_output=True, text=True, env={**ENVIRONMENT, **variables}
    )
    wanted = list(COMMANDS) if line in ("s2s ", "s2s help ") else list(PRESETS)
    assert run.stdout.split() == wanted
    loaded = {entry.rpartition("|")[2].strip() for entry in run.stderr.splitlines()}
    assert "seq2seq_cli.cli.main" in loaded
    assert not loaded & {"numpy", "rich", "rich.console", "sentencepiece"}


def test_bash_is_set_up_in_a_home(tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    environment = {**ENVIRONMENT, **variables}
    run = subprocess.run([*S2S, "--install-completion", "bash"], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    script = tmp_path / ".bash_completions" / "s2s.sh"
    assert "_s2s_completion" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()


def test_only_names_that_no_shell_reads_otherwise_are_offered(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    for name in ("a b.pkl", "`x`.pkl", '"x.pkl', "x\\.pkl", "x\ny.pkl", "[x].pkl", "ünï-1.pkl"):
        (folder / name).touch()
    assert completion.models("") == ["models/a.pkl", "models/b.pkl", "own.pkl", "ünï-1.pkl"]
    assert completion.models("mod") == completion.models("models/") == ["models/a.pkl", "models/b.pkl"]
    assert completion.models("[x") == completion.models("nothing") == []
    assert completion.datasets("data/d") == ["data/dates"]
    assert completion.checkpoints("") == ["models/a.checkpoint"]
