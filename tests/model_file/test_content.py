"""Model files: round trips, and the refusal of everything that is damaged, hostile or does not fit."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from helpers import random_weights

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.model_file.content import ModelFile, read_head, read_model_file, write_model_file
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


CHECKPOINT = {
    "state": {"epoch": 1, "step": 2, "best_epoch": 1, "best_score": [0.5], "history": [{"epoch": 1}], "loss_sum": 1.5},
    "arrays": {"moment0": {"dtype": "<f4", "shape": (2,), "data": bytes(8)}},
    "output": "m.pkl",
    "device": "cuda:1",
    "precision": "float32",
}


def _checkpoint(state: dict[str, object] | None = None, **changes):
    return _changed(checkpoint={**CHECKPOINT, "state": {**CHECKPOINT["state"], **(state or {})}, **changes})


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
    "no source vocabulary": (_changed(source_vocabulary=None), "only a language model may lack one"),
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
