"""Model files: round trips, and the refusal of everything that is damaged, hostile or does not fit."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from helpers import random_weights

from seq2seq_cli.config import LARGEST_SIZE, ModelConfig, TrainConfig
from seq2seq_cli.config.training import MOST_EPOCHS
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.model_file.content import ModelFile, check_writable, read_head, read_model_file, write_model_file
from seq2seq_cli.models.spec import parameter_shapes
from seq2seq_cli.text.vocabulary import Vocabulary

SOURCE = Vocabulary.build(["abc"], "char", target=False)
TARGET = Vocabulary.build(["xy"], "char", target=True)


def example(**changes) -> ModelFile:
    config = ModelConfig(source_vocab_size=len(SOURCE), target_vocab_size=len(TARGET), embedding_size=2, hidden_size=3)
    weights = {name: value.astype(np.float32) for name, value in random_weights(config).items()}
    content = ModelFile(
        config=config,
        source_vocabulary=SOURCE,
        target_vocabulary=TARGET,
        text={"normalisation": "NFC", "longest_source": 3, "longest_target": 2},
        data={"kind": "pairs"},
        training=TrainConfig(),
        history=[{"epoch": 1, "train_loss": 0.5}],
        metrics={"epoch": 1},
        versions={"s2s": "0"},
        weights=weights,
    )
    return replace(content, **changes)


def test_a_model_file_comes_back_as_it_was(tmp_path) -> None:
    path, content = tmp_path / "m.pkl", example()
    write_model_file(path, content)
    loaded = read_model_file(path)
    for name, array in content.weights.items():
        np.testing.assert_array_equal(loaded.weights[name], array)
    assert replace(loaded, weights={}) == replace(content, weights={})
    head = read_head(path)
    assert head == replace(content, weights={})
    # Anybody can read it with the standard library, and without s2s.
    code = "import pickle, sys; d = pickle.load(open(sys.argv[1], 'rb')); print(d['format'], len(d['weights']))"
    run = subprocess.run([sys.executable, "-S", "-c", code, path], capture_output=True, text=True, check=True)
    assert run.stdout == f"s2s model {len(content.weights)}\n"


def test_the_same_content_gives_the_same_bytes(tmp_path) -> None:
    for name in "ab":
        write_model_file(tmp_path / name, example())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_every_truncation_is_refused(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    write_model_file(path, example())
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            read_model_file(path)
    path.write_bytes(whole + b".")
    with pytest.raises(ModelFileError, match="follow its end"):
        read_model_file(path)


def test_flipped_bits_are_refused_or_harmless(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    write_model_file(path, example())
    whole, draw = path.read_bytes(), random.Random(0)
    for _ in range(1500):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        for foreign in (False, True):
            try:
                read_pickle(path, foreign=foreign)
            except ModelFileError as error:
                assert "\n" not in str(error)
        try:
            read_model_file(path)
        except ModelFileError as error:
            assert "\n" not in str(error)


def _changed(**changes):
    return {**example().as_dict(), **changes}


def _with_weight(name: str, **changes):
    content = example().as_dict()
    content["weights"][name] = {**content["weights"][name], **changes}
    return content


def _without(container: str, name: str):
    content = example().as_dict()
    del content[container][name]
    return content


MOMENT = {"dtype": "<f4", "shape": (2,), "data": bytes(8)}
BEST = {f"best.{name}": array for name, array in example().as_dict()["weights"].items()}
CHECKPOINT = {
    "state": {
        **{"epoch": 1, "step": 2, "updates": 5, "tokens": 7, "since_best": 0, "plateaus": 0},
        **{"best_epoch": 1, "best_score": [0.5], "history": [{"epoch": 1}], "loss_sum": 1.5, "seconds": 0.1},
    },
    "arrays": {"moment0": MOMENT, **BEST},
    "output": "m.pkl",
    "device": "cuda:1",
    "precision": "float32",
}


def _checkpoint(state: dict[str, object] | None = None, **changes):
    return _changed(checkpoint={**CHECKPOINT, "state": {**CHECKPOINT["state"], **(state or {})}, **changes})


def _without_state(name: str):
    content = _checkpoint()
    content["checkpoint"]["state"].pop(name)
    return content


def _with_symbol(symbol: str):
    vocabulary = TARGET.as_dict()
    return _changed(target_vocabulary={**vocabulary, "symbols": [*vocabulary["symbols"][:-1], symbol]})


MISFITS = {
    "another format": (_changed(format="other"), "not a model file"),
    "a newer version": (_changed(format_version=99), "newer s2s"),
    "a version that is none": (_changed(format_version="1"), "version"),
    "a missing field": ({name: value for name, value in example().as_dict().items() if name != "text"}, "fields"),
    "a superfluous field": (_changed(extra=1), "fields"),
    "a config of another size": (
        _changed(config={**example().config.as_dict(), "hidden_size": 5}),
        "config asks for",
    ),
    "a config with text for a number": (_changed(config={**example().config.as_dict(), "hidden_size": "3"}), "hidden"),
    "a config that is out of range": (_changed(config={**example().config.as_dict(), "layers": 10**9}), "layers"),
    "an unknown config field": (_changed(config={**example().config.as_dict(), "x": 1}), "no field 'x'"),
    "a vocabulary of another size": (_changed(source_vocabulary=TARGET.as_dict()), "vocabulary has"),
    "a vocabulary with an id out of range": (
        _changed(target_vocabulary={**TARGET.as_dict(), "start": 99}),
        "start",
    ),
    "a missing weight": (_without("weights", "decoder.output.bias"), "decoder.output.bias"),
    "a wrong shape": (_with_weight("decoder.output.bias", shape=(1, 5)), "decoder.output.bias"),
    "too few bytes": (_with_weight("decoder.output.bias", data=b"1234"), "decoder.output.bias"),
    "a type that is no float": (_with_weight("decoder.output.bias", dtype="<i4"), "<i4"),
    "a number that is not finite": (
        _with_weight("decoder.output.bias", data=np.full(5, np.inf, dtype="<f4").tobytes()),
        "not finite",
    ),
    "a length that is none": (_changed(text={**example().text, "longest_target": 0}), "longest_target"),
    "another normalisation": (_changed(text={**example().text, "normalisation": "NFKC"}), "NFKC"),
    "a normalisation that its vocabularies have not": (
        _changed(text={**example().text, "normalisation": "NFD"}),
        "is NFD, and a vocabulary's NFC",
    ),
    "a way of cutting that is none": (
        _changed(target_vocabulary={**TARGET.as_dict(), "cutting": {"normalisation": "NFX"}}),
        "NFX",
    ),
    "a way of cutting that is no dictionary": (
        _changed(target_vocabulary={**TARGET.as_dict(), "cutting": [1]}),
        "not a dictionary",
    ),
    "a history that is none": (_changed(history={}), "history"),
    "large data elsewhere": (_changed(data={"x": bytes(10_000)}), "outside its arrays"),
    "a path that is none": (_changed(data={"kind": "pairs", "path": 3}), "path"),
    "no source vocabulary": (_changed(source_vocabulary=None), "a model of pairs needs one"),
    "a checkpoint that is none": (_changed(checkpoint={"arrays": 3}), "checkpoint"),
    "a checkpoint without a training": ({**_checkpoint(), "training": None}, "not a checkpoint"),
    "an output in another folder": (_checkpoint(output="../m.pkl"), "plain file name"),
    "an output in a Windows folder": (_checkpoint(output="C:\\m.pkl"), "plain file name"),
    "an output that is a folder": (_checkpoint(output=".."), "plain file name"),
    "a device that is none": (_checkpoint(device="cuda:x"), "device"),
    "a device that is no text": (_checkpoint(device=["cpu"]), "device"),
    "a precision that is none": (_checkpoint(precision="float16"), "precision"),
    "a state with text for a count": (_checkpoint({"step": "2"}), "step"),
    "a state before the beginning": (_checkpoint({"updates": -1}), "updates"),
    "a state that is not finite": (_checkpoint({"loss_sum": float("nan")}), "loss_sum"),
    "a state with no history": (_checkpoint({"history": []}), "history"),
    "a best epoch still to come": (_checkpoint({"best_epoch": 2}), "best_epoch"),
    "a score that is text": (_checkpoint({"best_score": ["x"]}), "best_score"),
    "an array larger than the model": (
        _checkpoint(arrays={"moment0": {"dtype": "<f4", "shape": (9999,), "data": bytes(4 * 9999)}}),
        "larger than the model",
    ),
    "a penalty of another kind's training": (
        {**_checkpoint(), "training": {**TrainConfig().as_dict(), "activation_penalty": 1.0}},
        "activation_penalty does not go with",
    ),
    "a state with a name missing": (_without_state("updates"), "no updates"),
    "a state of no time": (_checkpoint({"seconds": -1.0}), "seconds"),
    "a state of steps without symbols": (_checkpoint({"tokens": 0}), "steps without symbols"),
    "a count beyond all counting": (_checkpoint({"updates": 1 << 60}), "updates"),
    "a best epoch without its score": (_checkpoint({"best_score": []}), "without a score"),
    "a best epoch without its weights": (_checkpoint(arrays={"moment0": MOMENT}), "without its weights"),
    "a best epoch with a weight missing": (
        _checkpoint(arrays={"moment0": MOMENT, **dict(list(BEST.items())[1:])}),
        "missing",
    ),
    "a best epoch of another shape": (
        _checkpoint(arrays={"moment0": MOMENT, **BEST, "best.decoder.output.bias": MOMENT}),
        "config asks for",
    ),
    "figures inside figures": (_changed(history=[{"epoch": [1]}]), "more than figures"),
    "half of a surrogate pair": (_changed(metrics={"note": "\ud800"}), "surrogate"),
    "half of a surrogate pair in a name": (_changed(versions={"\udfff": "1"}), "surrogate"),
    "a path with a NUL": (_changed(data={"kind": "pairs", "path": "a\0b"}), "no path"),
    "a path without end": (_changed(data={"kind": "pairs", "path": "a" * 5000}), "no path"),
    "a part that is none": (_changed(data={"kind": "pairs", "eval_part": "vaild"}), "vaild"),
    "a longest target beyond reason": (_changed(text={**example().text, "longest_target": 1 << 26}), "65,536"),
    "two special symbols in one": (_changed(target_vocabulary={**TARGET.as_dict(), "end": 0}), "special"),
    "a symbol of two lines": (_with_symbol("a\nb"), "line break"),
    "a symbol that is half of a pair": (_with_symbol("\udc80"), "surrogate"),
    "a number too large for single precision": (
        _with_weight("decoder.output.bias", dtype="<f8", data=np.full(5, 1e300).tobytes()),
        "too large",
    ),
    "widths with masked padding": (
        _changed(config={**example().config.as_dict(), "source_width": 5}),
        "source_width and target_width",
    ),
    "widths beyond reason": (
        _changed(config={**example().config.as_dict(), "padding": "symbol", "source_width": 1 << 20}),
        "source_width",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_refused_with_one_line(tmp_path, name) -> None:
    content, message = MISFITS[name]
    path = tmp_path / "m.pkl"
    write_pickle(path, content)
    with pytest.raises(ModelFileError, match=message) as caught:
        read_model_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_that_fits_is_read(tmp_path) -> None:
    """The changes above are what is refused, and not the checkpoint that they change."""
    path = tmp_path / "m.checkpoint"
    write_pickle(path, _checkpoint())
    checkpoint = read_model_file(path).checkpoint
    assert checkpoint is not None
    assert checkpoint["state"] == CHECKPOINT["state"]
    assert checkpoint["arrays"]["moment0"].tolist() == [0, 0]


def test_a_history_stands_in_a_checkpoint_once(tmp_path) -> None:
    """Older files have it in the state too."""
    path, old = tmp_path / "m.checkpoint", tmp_path / "old.checkpoint"
    write_pickle(old, _checkpoint())
    content = read_model_file(old)
    write_model_file(path, replace(content, history=CHECKPOINT["state"]["history"]))
    assert "history" not in read_pickle(path)["checkpoint"]["state"]
    again = read_model_file(path).checkpoint
    assert again is not None
    assert again["state"] == CHECKPOINT["state"]


@pytest.mark.parametrize("where", ["symbol", "history", "weight", "digest"])
def test_a_changed_byte_is_noticed(tmp_path, where) -> None:
    path = tmp_path / "m.pkl"
    content = example(history=[{"note": "historic"}])
    write_model_file(path, content)
    whole = path.read_bytes()
    weight = np.ascontiguousarray(content.weights["decoder.output.bias"]).tobytes()
    digest = read_pickle(path)["digest"].encode()
    place = whole.index({"symbol": b"\x8c\x01x", "history": b"historic", "weight": weight, "digest": digest}[where]) + 2
    path.write_bytes(whole[:place] + bytes((whole[place] ^ 2,)) + whole[place + 1 :])
    with pytest.raises(ModelFileError, match="damaged: its bytes are not those that were written"):
        read_model_file(path)
    if where != "symbol":
        read_head(path)  # which reads no weights, and takes no digest


def test_every_changed_bit_is_noticed(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    write_model_file(path, example())
    whole, draw = path.read_bytes(), random.Random(1)
    for _ in range(1000):
        place = draw.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes((whole[place] ^ 1 << draw.randrange(8),)) + whole[place + 1 :])
        with pytest.raises(ModelFileError):
            read_model_file(path)


def test_a_digest_elsewhere_is_none(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    write_pickle(path, _changed(digest="0" * 64))
    with pytest.raises(ModelFileError, match="not where it belongs"):
        read_model_file(path)


DEEP: dict[str, object] = {}
for _ in range(20):
    DEEP = {"x": DEEP}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": DEEP}, "nested"),
        ({"data": {"seed": 10**100}}, "number of 333 bits"),
        ({"data": {"rules": "x" * (17 << 20)}}, "17,825,792 characters"),
        ({"history": [{"epoch": n} for n in range(260_000)]}, "containers"),
        ({"metrics": {"note": "\ud800"}}, "surrogate"),
        ({"text": {**example().text, "longest_target": 70_000}}, "longest_target"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(tmp_path, changes, message) -> None:
    """And this is known before any work: `check_writable` says the same."""
    with pytest.raises(ModelFileError, match=message) as caught:
        write_model_file(tmp_path / "m.pkl", example(**changes))
    assert not list(tmp_path.iterdir())
    with pytest.raises(ModelFileError, match=re.escape(str(caught.value))):
        check_writable(example(**changes))


@pytest.mark.slow
def test_the_most_epochs_can_be_read_again(tmp_path) -> None:
    entry = {f"figure{n}": float(n) for n in range(12)}
    write_model_file(tmp_path / "m.pkl", example(history=[entry] * MOST_EPOCHS))
    assert len(read_head(tmp_path / "m.pkl").history) == MOST_EPOCHS


@pytest.mark.slow
def test_the_largest_vocabularies_can_be_read_again(tmp_path) -> None:
    symbols = ["<s>", "</s>", "<unk>", *map(str, range(LARGEST_SIZE - 3))]
    vocabulary = Vocabulary(tuple(symbols), "word", start=0, end=1, unknown=2)
    config = ModelConfig(
        source_vocab_size=LARGEST_SIZE, target_vocab_size=LARGEST_SIZE, embedding_size=1, hidden_size=1
    )
    weights = {name: np.zeros(shape, dtype=np.float32) for name, shape in parameter_shapes(config).items()}
    content = example(config=config, source_vocabulary=vocabulary, target_vocabulary=vocabulary, weights=weights)
    write_model_file(tmp_path / "m.pkl", content)
    assert read_head(tmp_path / "m.pkl").target_vocabulary == vocabulary


def test_a_config_that_asks_for_much_allocates_little(tmp_path) -> None:
    """The shapes are compared with the bytes that are there before an array is made."""
    big = ModelConfig(source_vocab_size=1000, target_vocab_size=1000, embedding_size=1 << 20, hidden_size=1 << 20)
    write_pickle(tmp_path / "m.pkl", _changed(config=big.as_dict()))
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            read_model_file(tmp_path / "m.pkl")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
