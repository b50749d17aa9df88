"""Options in files: what is written is read back as the same run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import dataset_of_text, weights
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seq2seq_cli
from seq2seq_cli.config import ARGUMENT, PRESETS, Layer, Option, Settings, resolve, train_options
from seq2seq_cli.config.toml import read_config, write_config
from seq2seq_cli.errors import DataError, UsageError

pytestmark = pytest.mark.slow


def values_of(entry: Option) -> st.SearchStrategy[Any]:
    """Draw values that an option may have."""
    low, high = max(entry.low, -1e9), min(entry.high, 1e9)
    if entry.choices:
        found: st.SearchStrategy[Any] = st.sampled_from(entry.choices)
    elif entry.base is bool:
        found = st.booleans()
    elif entry.base is int:
        found = st.integers(int(low), int(high))
    elif entry.base is float:
        found = st.floats(low, high)
    else:
        found = st.sampled_from(["valid", "cpu", 'a "quoted" text', "ünï\n\t\\"])
    return found | st.none() if entry.optional else found


@st.composite
def runs(draw: st.DrawFn) -> Settings:
    """Draw a kind, a preset and options, and what they come to; what is refused is left out."""
    kind = draw(st.sampled_from(["pairs", "text"]))
    preset = draw(st.none() | st.sampled_from([name for name, entry in PRESETS.items() if entry.kind == kind]))
    names = draw(st.lists(st.sampled_from(sorted(train_options())), unique=True, max_size=12))
    layer: dict[str, Any] = {}
    found = resolve(kind, preset)
    for name in names:
        tried = {**layer, name: draw(values_of(train_options()[name]))}
        try:
            found = resolve(kind, preset, Layer(ARGUMENT, tried))
        except UsageError:
            continue
        layer = tried
    return found


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=runs())
def test_what_is_written_is_read_as_the_same_run(tmp_path: Path, run: Settings) -> None:
    path = tmp_path / "run.toml"
    path.write_text(write_config(run), encoding="utf-8")
    file = read_config(path)
    assert (file.preset, file.data, bool(file.lm)) == (None, None, run.kind == "text")
    assert file.layer is not None
    # Whatever preset would be taken by itself, the file says all that matters.
    for preset in (None, "char-lm" if run.kind == "text" else "book-dates"):
        again = resolve(run.kind, preset, file.layer)
        assert (again.model, again.training, again.data, again.run) == (run.model, run.training, run.data, run.run)
        assert set(again.origins.values()) == {str(path)}


@pytest.mark.parametrize(
    ("kind", "preset", "options"),
    [
        ("pairs", "book-addition", {"hidden_size": 8, "epochs": 1, "batch_size": 50, "reverse": True}),
        ("pairs", None, {"hidden_size": 8, "epochs": 1, "batch_size": 50, "attention": "general", "dropout": 0.2}),
        ("text", "rnnlm", {"hidden_size": 8, "embedding_size": 8, "epochs": 1, "batch_size": 4, "bptt": 7}),
        ("text", "better-rnnlm", {"hidden_size": 8, "embedding_size": 8, "epochs": 2, "batch_size": 4}),
        ("text", None, {"hidden_size": 8, "embedding_size": 8, "epochs": 1, "batch_size": 4, "cell": "gru"}),
    ],
)
def test_a_run_repeated_from_its_file_has_the_same_weights(tmp_path, kind, preset, options) -> None:
    from seq2seq_cli.data.generators.addition import AdditionOptions, generate

    data = dataset_of_text() if kind == "text" else generate(AdditionOptions(digits=2, train=100, valid=20, test=20))
    default = preset or ("lm-small" if kind == "text" else None)
    run = resolve(kind, default, Layer(ARGUMENT, options), made_in_memory=False)
    (tmp_path / "run.toml").write_text(write_config(run, Path("somewhere")), encoding="utf-8")
    file = read_config(tmp_path / "run.toml")
    assert file.layer is not None
    list(seq2seq_cli.train(data, output=tmp_path / "first.pkl", preset=preset, **options))
    list(seq2seq_cli.train(data, output=tmp_path / "again.pkl", **file.layer.values))
    assert weights(tmp_path / "first.pkl") == weights(tmp_path / "again.pkl")


def test_an_option_that_rests_because_another_does_is_not_written(tmp_path) -> None:
    """No place is left for the preset's dropout, and so nothing for `variational_dropout` to vary."""
    run = resolve("text", None, Layer(ARGUMENT, {"input_dropout": 0.0, "output_dropout": 0.0}))
    (tmp_path / "run.toml").write_text(write_config(run), encoding="utf-8")
    file = read_config(tmp_path / "run.toml")
    assert file.layer is not None
    again = resolve("text", "char-lm", file.layer)
    assert (again.model, set(again.origins.values())) == (run.model, {str(tmp_path / "run.toml")})


def test_threads_are_used_from_python_too(tmp_path) -> None:
    code = (
        "import seq2seq_cli, threadpoolctl\n"
        f"seq2seq_cli.train(output={str(tmp_path / 'm.pkl')!r}, hidden_size=4, threads=1)\n"
        "print({pool['num_threads'] for pool in threadpoolctl.threadpool_info() if pool['user_api'] == 'blas'})"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout == "{1}\n"


def test_options_without_an_effect_and_the_preset_are_not_written() -> None:
    text = write_config(resolve("text", "rnnlm"), Path("data/ptb"))
    assert text.startswith('data = "data/ptb"\n')
    assert 'schedule = "constant"\n' in text
    assert 'patience = "none"\n' in text
    for name in ("preset", "warmup", "plateau", "reverse", "teacher-forcing", "source-level", "lm"):
        assert f"\n{name}" not in text
    assert write_config(resolve("text", "rnnlm")).startswith("lm = true\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("hiden = 3", "run.toml: there is no option hiden; did you mean hidden?"),
        ('min-count = "2"', "run.toml: min-count must be a whole number"),
        ("max-vocabulary = 0", "run.toml: max-vocabulary must be a whole number"),
        ("device = 3", "run.toml: device must be a text"),
        ("preset = 3", "run.toml: preset must be a text"),
        ('preset = "nope"', "run.toml: preset: there is no 'nope'"),
        ("lm = 1", "run.toml: lm must be true or false"),
        ("data = 1", "run.toml: data must be a text"),
        ('hidden = "none"', "run.toml: hidden must be a whole number"),
        ("hidden = 3\nhidden-size = 4", "run.toml: hidden and hidden-size are one option"),
        ("hidden = [3]", "run.toml: hidden must be a whole number"),
        ("[model]\nhidden = 3", "run.toml: there is no option model"),
    ],
)
def test_a_wrong_file_names_itself_and_the_key(tmp_path, monkeypatch, content, words) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.toml").write_text(content)
    with pytest.raises(UsageError) as raised:
        read_config(Path("run.toml"))
    assert words in str(raised.value)


def test_a_file_that_is_none_is_said_to_be_so(tmp_path) -> None:
    with pytest.raises(DataError, match=r"none\.toml: No such file"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"a = ")
    with pytest.raises(DataError, match="it is not TOML"):
        read_config(tmp_path / "bad.toml")


def test_attention_is_written_in_a_file_as_people_expect(tmp_path) -> None:
    path = tmp_path / "run.toml"
    for content, score in (("attention = true", "dot"), ('attention = "none"', None), ("attention = false", None)):
        path.write_text(content)
        layer = read_config(path).layer
        assert layer is not None
        assert layer.values == {"attention": score}


HOSTILE = {
    "deep": ("hidden = " + "[" * 100_000 + "]" * 100_000, "nested too deep"),
    "a number without end": ("hidden = " + "9" * 5000, "it is not TOML"),
    "a date that is none": ("hidden = 1979-13-45", "it is not TOML"),
    "a table": ("[hidden]\nx = 1", "a whole number"),
    "a list": ("peeky = [true]", "true or false"),
    "a list for a choice": ("cell = ['lstm']", "lstm, gru"),
    "a table for a preset": ("preset = {a = 1}", "preset must be a text"),
    "a name that commands a terminal": ('"\\u001b[2J" = 1', "no option"),
    "infinity": ("lr = inf", "a number from"),
    "NaN": ("dropout = nan", "a number from"),
    "too much": ("#" * (1 << 20) + "\n", "no file of options"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_in_a_file_is_refused_by_name(tmp_path, name) -> None:
    text, message = HOSTILE[name]
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises((DataError, UsageError), match=message) as caught:
        read_config(path)
    assert str(path) in str(caught.value)
