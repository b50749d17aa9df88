"""Merging of options: what wins, where it came from, and what is refused because it can do nothing."""

from __future__ import annotations

import numpy as np
import pytest

from seq2seq_cli.config import ARGUMENT, PRESETS, Layer, ModelConfig, TrainConfig, resolve, train_options
from seq2seq_cli.errors import UsageError


def given(**values: object) -> Layer:
    return Layer(ARGUMENT, values)


def test_arguments_win_over_a_file_over_a_preset_over_defaults() -> None:
    file = Layer("run.toml", {"hidden_size": 12, "epochs": 7})
    settings = resolve("pairs", "book-dates", file, given(epochs=3, reverse=True))
    assert (settings.model["hidden_size"], settings.training.epochs, settings.training.keep) == (12, 3, "last")
    assert settings.training.patience is None
    origins = settings.origins
    assert (origins["hidden_size"], origins["epochs"], origins["keep"], origins["patience"]) == (
        "run.toml",
        ARGUMENT,
        "preset book-dates",
        "default",
    )
    assert list(settings.values) == list(origins)
    assert "bptt" not in origins
    assert "warmup" not in origins  # the preset's rate is constant


def test_every_spelling_is_understood_and_two_of_one_option_must_agree() -> None:
    for entry in train_options().values():
        assert len(set(entry.spellings)) == len(entry.spellings)
    settings = resolve("text", None, given(lr=0.5, hidden=8, embedding=4, steps=3, random_steps=True, monitor="valid"))
    assert (settings.training.learning_rate, settings.training.bptt, settings.training.random_bptt) == (0.5, 3, True)
    assert (settings.model["hidden_size"], settings.model["embedding_size"]) == (8, 4)
    assert resolve("pairs", None, given(lr=0.5, learning_rate=0.5)).training.learning_rate == 0.5
    with pytest.raises(UsageError, match="`hidden` and `hidden_size` are one option"):
        resolve("pairs", None, given(hidden=8, hidden_size=9))


def test_attention_is_a_flag_or_a_score() -> None:
    def attention(**values: object) -> object:
        return resolve("pairs", None, given(**values)).model["attention"]

    assert attention() is None
    assert attention(attention=True) == attention(attention="dot") == "dot"
    assert attention(attention_score="additive", attention=True) == "additive"
    assert attention(attention=False) is None
    with pytest.raises(UsageError, match="contradict"):
        attention(attention=False, attention_score="dot")


IDLE = [
    ("pairs", None, {"bptt": 35}, "`bptt` has no effect on pairs"),
    ("pairs", None, {"random_steps": True}, "`random_bptt`"),
    ("pairs", None, {"activation_penalty": 1.0}, "`activation_penalty`"),
    ("pairs", None, {"temporal_penalty": 1.0}, "`temporal_penalty`"),
    ("pairs", None, {"level": "word"}, "`level`"),
    ("text", None, {"source_level": "word"}, "`source_level` has no effect on a text"),
    ("text", None, {"target_level": "char"}, "`target_level`"),
    ("text", None, {"teacher_forcing": 0.5}, "`teacher_forcing`"),
    ("text", None, {"bridge": "h"}, "`bridge`"),
    ("text", None, {"reverse": True}, "`reverse`"),
    ("text", None, {"peeky": True}, "`peeky`"),
    ("text", None, {"attention": True}, "`attention`"),
    ("text", None, {"bidirectional": True}, "`bidirectional`"),
    ("text", None, {"data_seed": 1}, "`data_seed`"),
    ("text", None, {"drop_last": True}, "`drop_last`"),
    ("pairs", None, {"teacher_forcing_decay": "linear"}, "add `teacher_forcing=0.5`"),
    ("pairs", None, {"teacher_forcing_unit": "batch"}, r"`teacher_forcing` 1 \(the default\)"),
    ("pairs", None, {"plateau_factor": 0.5}, "add `schedule='plateau'`"),
    ("pairs", None, {"plateau_patience": 2}, "`plateau_patience`"),
    ("pairs", None, {"schedule": "constant", "warmup": 0.1}, "`schedule` constant: leave it out"),
    ("text", "rnnlm", {"warmup": 0.1}, r"`schedule` constant \(from preset rnnlm\): .* `schedule='one-cycle'`"),
    ("pairs", None, {"variational_dropout": True}, "add `dropout=0.3`"),
    ("pairs", "book-dates", {"min_count": 2}, "`padding`"),
    ("text", None, {"level": "subword", "min_count": 2}, "`level` subword"),
    ("pairs", None, {"attention_weights": "entmax"}, "add `attention='dot'`"),
    ("pairs", None, {"residual": True}, "`layers` 1 .*add `layers=2`"),
    ("text", None, {"encoder_layers": 2}, "`encoder_layers`"),
]


@pytest.mark.parametrize(("kind", "preset", "values", "words"), IDLE, ids=lambda value: str(value)[:40])
def test_what_can_have_no_effect_is_refused_by_name(kind, preset, values, words) -> None:
    with pytest.raises(UsageError, match=words):
        resolve(kind, preset, given(**values))


def test_what_has_an_effect_or_says_off_is_not_refused() -> None:
    resolve("pairs", None, given(warmup=0.2, teacher_forcing=0.5, teacher_forcing_unit="batch"))
    resolve("pairs", None, given(input_dropout=0.2, variational_dropout=True))
    resolve("pairs", None, given(encoder_layers=2, residual=True))
    resolve("text", None, given(peeky=False, attention=None, reverse=False, bptt=4, temporal_penalty=1))
    resolve("pairs", None, given(random_bptt=False, activation_penalty=0, data_seed=3))
    with pytest.raises(UsageError, match="`data_seed` has no effect on data that is given"):
        resolve("pairs", None, given(data_seed=3), made_in_memory=False)


def test_an_argument_may_put_a_files_option_to_rest() -> None:
    file = Layer("run.toml", {"schedule": "cosine", "warmup": 0.3})
    settings = resolve("pairs", None, file, given(schedule="constant"))
    assert "warmup" not in settings.origins
    assert settings.training == TrainConfig(schedule="constant")  # idle values go back to their defaults
    with pytest.raises(UsageError, match=r'^run.toml: warmup has no effect .* add schedule = "one-cycle"$'):
        resolve("pairs", None, Layer("run.toml", {"schedule": "constant", "warmup": 0.3}))


def test_tied_weights_say_which_size_is_from_where() -> None:
    with pytest.raises(UsageError, match=r"32 and 64: give `embedding_size=64` too"):
        resolve("text", "lm-small", given(hidden=64, embedding=32))
    with pytest.raises(UsageError, match="give `embedding_size=128` too"):
        resolve("pairs", None, given(tied=True))
    assert resolve("text", "lm-small", given(hidden=64, embedding=64)).model["embedding_size"] == 64


def test_what_a_preset_says_gives_way_to_what_is_given() -> None:
    """Nobody who asks for 64 units has asked for tied weights of 256."""
    for size in ({"hidden": 64}, {"embedding": 64}):
        model = resolve("text", "lm-small", given(**size)).model
        assert (model["tied"], model["hidden_size"], model["embedding_size"]) == (True, 64, 64)


def test_another_part_must_not_choose_the_best_epoch() -> None:
    with pytest.raises(UsageError, match="`keep='last'`"):
        resolve("pairs", None, given(eval_part="test"))
    assert resolve("pairs", None, given(eval_part="test", keep="last")).data.eval_part == "test"


def test_a_dropout_that_has_no_place_is_refused() -> None:
    others = {"input_dropout": 0.1, "output_dropout": 0.2}
    with pytest.raises(
        UsageError, match="`dropout` has no effect with one layer, `input_dropout` and `output_dropout`"
    ):
        resolve("pairs", None, given(dropout=0.3, **others))
    for more in ({"layers": 2}, {"encoder_layers": 2}, {"output_dropout": None}, {"dropout": 0.0}):
        resolve("pairs", None, given(**{"dropout": 0.3, **others, **more}))
    resolve("pairs", "auto", given(**others))  # what a recipe says is not what somebody has asked for


def test_a_rate_of_a_preset_that_no_place_is_left_for_goes_back_to_its_default() -> None:
    """So the file of such a run can be read again."""
    places = {"layers": 1, "encoder_layers": 1, "input_dropout": 0.1, "output_dropout": 0.1}
    assert resolve("pairs", "translation").model["dropout"] > 0
    assert resolve("pairs", "translation", Layer(ARGUMENT, places)).model["dropout"] == 0
    assert resolve("pairs", "translation", Layer(ARGUMENT, {**places, "layers": 2})).model["dropout"] > 0


def test_numbers_of_numpy_become_pythons() -> None:
    settings = resolve("pairs", None, given(hidden=np.int64(8), dropout=np.float32(0.5), peeky=np.bool_(True), clip=1))
    values = [settings.model["hidden_size"], settings.model["dropout"], settings.model["peeky"], settings.training.clip]
    assert values == [8, 0.5, True, 1.0]
    assert [type(value) for value in values] == [int, float, bool, float]
    assert type(ModelConfig(hidden_size=np.int64(8)).hidden_size) is int


@pytest.mark.parametrize(
    "values",
    [
        {"max_vocabulary": 0},
        {"min_count": 0},
        {"min_count": "2"},
        {"hidden": 8.5},
        {"hidden": True},
        {"dropout": float("nan")},
        {"threads": 0},
        {"seed": -1},
        {"precision": "float16"},
        {"hidden": None},
        {"hiden": 8},
    ],
    ids=str,
)
def test_values_out_of_bounds_and_unknown_names_are_refused_by_name(values) -> None:
    (name,) = values
    with pytest.raises(UsageError, match=f"`{name}`"):
        resolve("pairs", None, given(**values))


def test_presets_are_of_options_for_their_kind_and_fit_together() -> None:
    for name, preset in PRESETS.items():
        settings = resolve(preset.kind, name)
        for option, value in preset.values.items():
            assert settings.values.get(option, value) == value
        other = "text" if preset.kind == "pairs" else "pairs"
        with pytest.raises(UsageError, match=f"the preset {name} is for"):
            resolve(other, name)


def test_an_optimizer_that_is_given_brings_its_own_rate() -> None:
    def rate(preset, **options):
        found = resolve("text" if preset in ("lm", "lm-large") else "pairs", preset, given(**options))
        return found.training.learning_rate, found.origins["learning_rate"]

    assert rate("lm") == (20.0, "preset lm")
    assert rate("lm", optimizer="sgd") == (20.0, "preset lm")
    assert rate("lm", optimizer="adam") == (0.003, "usual of adam")
    assert rate("lm", optimizer="adam", lr=20.0) == (20.0, "argument")
    assert rate("lm-large", optimizer="adam") == (0.003, "preset lm-large")  # adamw's, which takes the same
    assert rate("lm-large", optimizer="sgd") == (1.0, "usual of sgd")
    assert rate(None, optimizer="adamw") == (0.006, "default")
    assert rate(None, optimizer="momentum") == (0.1, "usual of momentum")
    assert rate(None, lr=0.5) == (0.5, "argument")


def test_a_part_that_is_misspelt_is_named() -> None:
    with pytest.raises(UsageError, match=r"`eval_part` must be train, valid, test, not 'vlid'"):
        resolve("pairs", None, given(eval_part="vlid"))
