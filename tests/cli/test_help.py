"""Help, suggestions, completion and the errors of wrong usage, as a person at a terminal sees them."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from process import ENVIRONMENT, text_of

from seq2seq_cli.cli.main import COMMANDS
from seq2seq_cli.cli.spelling import spell
from seq2seq_cli.config import train_options

pytestmark = pytest.mark.slow

KINDS = ("addition", "dates", "numbers", "pairs", "lexicon", "chat", "text")
ALL = [[name] for name in COMMANDS] + [["prep", name] for name in KINDS]


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_help_of_train_is_short_first_then_in_groups(columns) -> None:
    help, _ = text_of("train", "--help", COLUMNS=str(columns))
    lines = help.splitlines()
    assert lines[0] == "Usage: s2s train [DATA] [OPTIONS]"
    assert lines[2] == "Train a model. The best one on the valid part is kept."
    assert lines[4] == "Example: s2s train --reverse --peeky"
    assert max(map(len, lines)) <= min(columns, 100)
    titles = [line for before, line in pairwise(lines) if not before and line and not line.startswith(" ")][3:-1]
    assert titles == [
        *("Arguments", "Most used", "Model", "Learning", "Regularisation", "Language models", "Data", "Run", "Options")
    ]
    start = lines.index("Most used") + 1
    short = lines[start : lines.index("", start)]
    assert [line.split()[0] for line in short] == [
        *("--peeky", "--attention", "--reverse", "--hidden", "--layers", "--epochs", "--batch-size", "--lr"),
        *("--time", "--dropout", "--preset", "--output"),
    ]
    words = " ".join(help.split())
    assert "[default: 0.006; presets differ]" in words
    assert "[default: 0; presets differ]" in words  # of dropout
    assert "--show-config" in " ".join(lines[6:8])


def test_every_option_of_train_has_its_help_and_default_and_no_old_spelling() -> None:
    help, _ = text_of("train", "--help")
    words = " ".join(help.split())
    for entry in train_options().values():
        assert f"--{entry.spelling.replace('_', '-')}" in help
        said = spell(entry.help, {name: f"--{other.spelling}" for name, other in train_options().items()})
        assert " ".join(said.replace("`", "").split()) in words, entry.name
        for old in entry.old:
            assert f"--{old.replace('_', '-')} " not in words
    assert words.count("[default:") >= len(train_options())
    assert "(Cho et al. 2014)" in words
    assert "[default: none (as --dropout)]" in words


@pytest.mark.parametrize("command", ALL, ids=" ".join)
@pytest.mark.parametrize("columns", [60, 100])
def test_every_command_has_the_same_style(command, columns) -> None:
    help, _ = text_of(*command, "--help", COLUMNS=str(columns))
    assert help.startswith(f"Usage: s2s {' '.join(command)} ")
    assert max(map(len, help.splitlines())) <= columns
    if command != ["prep"]:
        assert "\nExample: " in help
    assert "\nOptions\n" in help
    assert text_of("help", *command, COLUMNS=str(columns))[0] == help


def test_help_of_the_whole_lists_the_commands() -> None:
    help, _ = text_of("--help")
    assert all(f"\n  {name} " in help for name in COMMANDS)
    assert text_of("help")[0] == help


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "s2s: error: there is no command trian; did you mean train? (see s2s --help)\n"),
        (["help", "trian"], "s2s: error: there is no command trian; did you mean train? (see s2s --help)\n"),
        (
            ["prep", "adition"],
            "s2s: error: there is no command adition; did you mean addition? (see s2s prep",
        ),
        (["train", "--hiden", "3"], "s2s: error: there is no option --hiden; did you mean --hidden? (see s2s train"),
        (["translate", "--temp", "3"], "s2s: error: there is no option --temp; did you mean --temperature?"),
        (["train", "--lr", "-1"], "s2s: error: --lr must be a number from 0 to 1,000,000, not -1.0"),
        (["train", "--epochs", "x"], "s2s: error: --epochs must be a whole number from 1 to 100,000, not 'x'\n"),
        (["train", "--hidden", "0"], "s2s: error: --hidden must be"),
        (["train", "--attention-score", "x"], "s2s: error: --attention-score must be dot, general, additive"),
        (["translate", "--format", "xml"], "s2s: error: --format must be text, tsv, jsonl, not 'xml'\n"),
        (["import", "x"], "s2s: error: give --as, one of seq2seq"),
        (["inspect"], "s2s: error: give MODEL"),
        (["info", "x"], "s2s: error: x is more than s2s info takes"),
        (["prep", "numbers", "--direction", "x"], "s2s: error: --direction must be digits-to-words, words-to-digits"),
        (["prep", "dates", "--first-year", "2000", "--last-year", "1999"], "s2s: error: --first-year 2000 is after"),
        (["prep", "pairs", "--csv", "Q"], "s2s: error: --csv takes two different columns"),
    ],
    ids=str,
)
def test_wrong_usage_is_one_line_that_says_what_was_meant(tmp_path, arguments, message) -> None:
    out, error = text_of(*arguments, cwd=tmp_path, code=2)
    assert out == ""
    assert error.startswith(message)
    assert error.count("\n") == 1


def completions(words: str) -> list[str]:
    out, _ = text_of(_S2S_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1))
    return out.split()


def test_the_shell_completes_commands_options_and_choices() -> None:
    assert completions("s2s tra") == ["train", "translate"]
    found = completions("s2s train --te")
    assert found == ["--teacher-forcing", "--teacher-forcing-unit", "--teacher-forcing-decay", "--temporal-penalty"]
    assert completions("s2s train --schedule co") == ["constant", "cosine"]
    assert "rnnlm" in completions("s2s train --preset ")
    assert completions("s2s prep ad") == ["addition"]
    assert "--steps" not in completions("s2s train --st")  # understood, and no longer offered


def test_completion_can_be_shown_for_a_shell() -> None:
    script, _ = text_of("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "complete -o default -F _s2s_completion s2s" in script


def test_completion_is_installed_for_the_shell_that_asks(tmp_path) -> None:
    command = f"{sys.executable} -m seq2seq_cli --install-completion; exit"
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}
    run = subprocess.run(["bash", "--norc", "-c", command], capture_output=True, text=True, env=environment)
    assert "bash completion installed" in run.stdout, run.stderr
    assert "_s2s_completion" in (tmp_path / ".bash_completions" / "s2s.sh").read_text()


def test_help_loads_neither_numpy_nor_rich() -> None:
    code = (
        "import sys\nfrom seq2seq_cli.__main__ import main\nsys.argv = ['s2s', *{0}, '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('numpy' in sys.modules, 'rich' in sys.modules)"
    )
    for command in ([], ["train"], ["translate"], ["evaluate"], ["prep", "pairs"]):
        run = subprocess.run([sys.executable, "-c", code.format(command)], capture_output=True, text=True, check=True)
        assert run.stdout.splitlines()[-1] == "False False", command


def test_arguments_are_spelled_as_options() -> None:
    spellings = {"batch_size": "--batch-size", "learning_rate": "--lr", "warmup": "--warmup", "sample": "--sample"}
    for message, shown in (
        ("give more text or a smaller batch_size", "give more text or a smaller --batch-size"),
        ("`warmup` is idle: add `learning_rate=0.5`", "--warmup is idle: add --lr 0.5"),
        ("add `sample=True`, not `no_warmup`", "add --sample, not --no-warmup"),
        ("`format='tsv'` and `nothing`", "`format='tsv'` and `nothing`"),
        ("a/batch_size.txt: no warmup", "a/batch_size.txt: no warmup"),
    ):
        assert spell(message, spellings) == shown
