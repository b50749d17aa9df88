"""What people type wrong, of every kind: the exit code, and one line that says what is wrong and what to do."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from helpers import dataset_of_text, small_generator, small_translator

from seq2seq_cli.cli.main import run
from seq2seq_cli.data.folder import write_folder
from seq2seq_cli.data.generators import rebuild
from seq2seq_cli.model_file.content import write_model_file

USAGE, FAILURE = 2, 1

FILES = {
    "wrong.toml": "learning-rte = 0.1\n",
    "value.toml": 'hidden = "8"\n',
    "twice.toml": "hidden = 8\nhidden-size = 9\n",
    "list.toml": "lr = [1, 2]\n",
    "preset.toml": 'preset = "lm-smal"\n',
    "not.toml": "hidden 8\n",
    "place.toml": "output = 3\n",
    "text.txt": "the cat sees the dog .\n",
    "three.tsv": "",
    "pairs.tsv": "abc\tcba\n",
}

WRONG = [
    # Commands
    ("trian", USAGE, ["no command trian", "did you mean train?", "s2s --help"]),
    ("help trian", USAGE, ["no command trian", "did you mean train?"]),
    ("help prep pears", USAGE, ["no command pears", "did you mean pairs?", "s2s prep --help"]),
    ("version", USAGE, ["no command version", "did you mean --version?"]),
    ("gen", USAGE, ["no command gen", "did you mean generate?"]),
    ("frobnicate", USAGE, ["no command frobnicate", "there are prep, train,"]),
    ("help nope", USAGE, ["no command nope"]),
    ("prep adition", USAGE, ["did you mean addition?", "s2s prep --help"]),
    ("--nope", USAGE, ["no option --nope", "s2s --help"]),
    ("--json", USAGE, ["no option --json", "!did you mean"]),
    # Options that there are not
    ("train --hiden 4", USAGE, ["no option --hiden", "did you mean --hidden?", "s2s train --help"]),
    ("train --learning_rte 3", USAGE, ["did you mean --learning-rate?"]),
    ("train --metric bleu", USAGE, ["no option --metric", "!did you mean"]),
    ("translate --bean 3", USAGE, ["did you mean --beam?"]),
    ("translate -x", USAGE, ["no option -x"]),
    ("prep pairs --valid-flie x", USAGE, ["did you mean --valid-file?"]),
    ("train --no-hidden", USAGE, ["no option --no-hidden"]),
    # Values that are missing, or too many
    ("train --epochs", USAGE, ["--epochs takes a value"]),
    ("translate -m", USAGE, ["-m takes a value"]),
    ("prep pairs --train-files a", USAGE, ["--train-files takes 2 values"]),
    ("train --force=yes", USAGE, ["--force takes no value"]),
    ("inspect", USAGE, ["give MODEL", "s2s inspect --help"]),
    ("caption", USAGE, ["give IMAGE"]),
    ("prep captions images", USAGE, ["give TABLE"]),
    ("import x.pkl", USAGE, ["give --as, one of seq2seq, peeky"]),
    ("train a b", USAGE, ["b is more than s2s train takes"]),
    ("info now", USAGE, ["now is more than s2s info takes"]),
    # Values that do not fit
    ("import x.pkl --as lstm --vocab t -o y", USAGE, ["--as must be seq2seq, peeky,", "not 'lstm'"]),
    ("train --epochs x", USAGE, ["--epochs must be a whole number", "not 'x'"]),
    ("train --epochs 1.5", USAGE, ["--epochs must be a whole number", "1.5"]),
    ("train --epochs -1", USAGE, ["--epochs must be", "-1"]),
    ("train --lr nan", USAGE, ["--lr must be a number", "nan"]),
    ("train --lr inf", USAGE, ["--lr must be a number", "inf"]),
    ("train --dropout 1.5", USAGE, ["--dropout must be", "0.95", "1.5"]),
    ("train --seed -1", USAGE, ["--seed must be", "from 0"]),
    ("train --optimizer adan", USAGE, ["--optimizer must be adam,", "did you mean adam?"]),
    ("train --preset lm-smal", USAGE, ["no preset 'lm-smal'", "did you mean lm-small?"]),
    ("train --preset zzz", USAGE, ["no preset 'zzz'", "there are book-addition,"]),
    ("train --threads 0", USAGE, ["--threads must be"]),
    ("train --threads 100000", USAGE, ["--threads must be", "1,024"]),
    ("train --device gpu", USAGE, ["--device must be cpu, cuda", "not 'gpu'"]),
    ("train text --max-vocabulary 0", USAGE, ["--max-vocabulary must be"]),
    ("train text --min-count 1000000", FAILURE, ["--min-count 1000000", "!None"]),
    ("translate -m m.pkl --column 0", USAGE, ["--column must be", "from 1"]),
    ("translate -m m.pkl --batch-size 0", USAGE, ["--batch-size must be"]),
    ("translate -m m.pkl --format xml", USAGE, ["--format must be text, tsv"]),
    ("translate -m m.pkl --sample --temperature 0", USAGE, ["--temperature must be a number above 0"]),
    ("generate -m lm.pkl --start a --length 99999999999999999999", USAGE, ["--length must be", "99999999999999999999"]),
    ("generate -m lm.pkl --start a --samples 0", USAGE, ["--samples must be"]),
    ("generate -m lm.pkl --start a --top-p nan", USAGE, ["--top-p must be"]),
    ("evaluate pairs.tsv -m m.pkl --metric blue", USAGE, ["--metric must be any of", "did you mean bleu?"]),
    ("evaluate pairs.tsv -m m.pkl --errors -1", USAGE, ["--errors must be"]),
    ("evaluate sums -m m.pkl --part tset", FAILURE, ["no part 'tset'", "train, valid, test"]),
    ("prep addition --digits 0 -o x", USAGE, ["--digits must be"]),
    ("prep addition --operators x -o x", USAGE, ["--operators must be some of +-*"]),
    ("prep text --builtin perl", USAGE, ["--builtin must be python"]),
    # Options that do not go together
    ("translate -m m.pkl --temperature 2", USAGE, ["--temperature has no effect", "add --sample"]),
    ("translate -m m.pkl --beam 3 --sample", USAGE, ["--beam has no effect with --sample", "leave out one"]),
    ("translate -m m.pkl --n-best 5", USAGE, ["--n-best has no effect", "--beam 5"]),
    ("train sums --bptt 9", USAGE, ["--bptt has no effect on pairs", "leave it out"]),
    ("train --preset chat --lm", USAGE, ["the preset chat is for pairs", "lm-small"]),
    ("train text --hidden 64 --embedding 32", USAGE, ["--tied (from preset lm-small)", "32 and 64", "too"]),
    ("prep pairs", USAGE, ["give either files to split, or --train-file"]),
    ("prep pairs a b c", USAGE, ["one file, or two aligned ones"]),
    ("prep text", USAGE, ["give either texts to split", "--builtin python"]),
    # Files that hold something else
    (
        "train --config wrong.toml",
        USAGE,
        ["wrong.toml: there is no option learning-rte; did you mean learning-rate?"],
    ),
    ("train --config value.toml", USAGE, ["value.toml: hidden must be a whole number", "'8'"]),
    ("train --config twice.toml", USAGE, ["twice.toml: hidden and hidden-size are one option"]),
    ("train --config list.toml", USAGE, ["list.toml: lr must be a number"]),
    ("train --config preset.toml", USAGE, ["preset.toml: preset", "did you mean lm-small?"]),
    ("train --config place.toml", USAGE, ["place.toml: output must be a text"]),
    ("train --config not.toml", FAILURE, ["not.toml: it is not TOML"]),
    ("train --config none.toml", FAILURE, ["none.toml: No such file"]),
    ("inspect text.txt", FAILURE, ["text.txt: it is not a model file"]),
    ("inspect .", FAILURE, [".: it is a folder, and not a regular file", "!write it"]),
    ("translate -m lm.pkl", FAILURE, ["lm.pkl is a language model", "s2s generate", "s2s train"]),
    ("generate -m m.pkl", FAILURE, ["m.pkl is a seq2seq model", "s2s translate", "s2s train --lm"]),
    ("caption -m m.pkl x.png", FAILURE, ["not a captioner", "--preset captions"]),
    ("train --lm sums", USAGE, ["learns from a text", "s2s prep text", "sums holds pairs"]),
    ("evaluate text -m m.pkl", FAILURE, ["text holds a text", "pairs"]),
    ("train --resume m.pkl", FAILURE, ["m.pkl is a model, not a checkpoint"]),
    # Files that are not there, or in the way
    ("evaluate sums -m m.pkl --compare none.pkl", FAILURE, ["none.pkl: No such file", "!sums"]),
    ("generate -m lm.pkl --start a --until=", FAILURE, ["--until is a symbol"]),
    ("generate -m lm.pkl --start a --skip=", FAILURE, ["--skip is a symbol"]),
    ("train m.pkl", FAILURE, ["m.pkl is named like a model", "--init-from m.pkl", "!prep"]),
    ("train sums -o /", FAILURE, ["/ is a folder"]),
    ("train sums -o .", FAILURE, [". is a folder"]),
    ("train sums --output=", FAILURE, ["is a folder"]),
    ("train sums -o /dev/stdout", FAILURE, ["/dev/stdout is a stream", "!exists"]),
    ("prep addition -o -", USAGE, ["--output takes a folder's name"]),
    ("prep addition -o / --force", FAILURE, ["/ is the root of all folders"]),
    ("prep addition -o .", FAILURE, ["holds more than a dataset", "!--force"]),
    (f"train sums --hidden {'9' * 400}", USAGE, ["--hidden must be a whole number", "(400 characters)"]),
    (f"train sums --lr {'9' * 5000}", USAGE, ["--lr must be a number", "inf"]),
    ("translate -m m.pkl --lexicon -", USAGE, ["--lexicon takes a file's name"]),
    ("translate none.txt -m m.pkl", FAILURE, ["none.txt: No such file"]),
    ("translate . -m m.pkl", FAILURE, [".: Is a directory"]),
    ("translate -m none.pkl", FAILURE, ["none.pkl: No such file"]),
    ("translate", FAILURE, ["s2s train"]),
    ("train nowhere", FAILURE, ["nowhere", "s2s prep"]),
    ("train --resume none.checkpoint", FAILURE, ["none.checkpoint: No such file"]),
    ("import none.pkl --as peeky --vocab text.txt -o y", FAILURE, ["none.pkl: No such file"]),
    ("prep pairs none.tsv -o x", FAILURE, ["none.tsv: No such file"]),
    ("prep addition -o sums", FAILURE, ["sums exists", "--output", "--force"]),
    ("train text -o m.pkl", FAILURE, ["m.pkl exists", "--output", "--force"]),
    ("train text -o /dev/null --force", FAILURE, ["/dev/null is a device"]),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    write_model_file(folder / "m.pkl", small_translator().file)
    write_model_file(folder / "lm.pkl", small_generator().file)
    write_folder(folder / "text", dataset_of_text())
    options = {"digits": 1, "train": 40, "valid": 5, "test": 5}
    write_folder(folder / "sums", rebuild({"kind": "addition", "options": options}))
    for name, content in FILES.items():
        (folder / name).write_text(content)
    return folder


def test_there_are_many_of_every_kind() -> None:
    assert len({line for line, _, _ in WRONG}) == len(WRONG) > 60


@pytest.mark.parametrize(("line", "code", "words"), WRONG, ids=[line[:70] for line, _, _ in WRONG])
def test_one_line_says_what_is_wrong_and_what_to_do(place, monkeypatch, capsys, line, code, words) -> None:
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    before = sorted(place.rglob("*"))
    assert run(line.split()) == code
    out, message = capsys.readouterr()
    assert out == ""
    assert message.startswith("s2s: error: ")
    assert message.count("\n") == 1
    assert len(message) < 400
    for word in words:
        assert (word[1:] not in message) if word.startswith("!") else (word in message), message
    assert not re.search(r"Traceback|in s2s itself|Errno|option\(s\)|argument\(s\)|\bNone\b|(?<!init)_", message)
    assert sorted(place.rglob("*")) == before


def test_spellings_of_files_and_python_are_understood(place, monkeypatch, capsys) -> None:
    monkeypatch.chdir(place)
    shown = []
    for spelling in ("--lr", "--learning-rate", "--learning_rate"):
        assert run(["train", "sums", "--show-config", spelling, "0.25"]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] == shown[2]
    assert re.search(r"--lr\t0\.25\tcommand line", shown[0])
    for name in ("lr", "learning-rate", "learning_rate"):
        (place / "spelled.toml").write_text(f"{name} = 0.25\n")
        assert run(["train", "sums", "--show-config", "--config", "spelled.toml"]) == 0
        assert re.search(r"--lr\t0\.25\tspelled\.toml", capsys.readouterr().out)


def test_a_file_may_say_where_and_how_it_runs(place, monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(place)
    target = tmp_path / "from-file.pkl"
    lines = ['data = "sums"', f'output = "{target}"', "threads = 1", 'device = "cpu"', "epochs = 1", "hidden = 4"]
    content = "\n".join(lines)
    (tmp_path / "run.toml").write_text(content)
    assert run(["train", "--config", str(tmp_path / "run.toml")]) == 0
    assert target.is_file()
    capsys.readouterr()
    assert run(["train", "--config", str(tmp_path / "run.toml"), "-o", str(tmp_path / "given.pkl")]) == 0
    assert (tmp_path / "given.pkl").is_file()
