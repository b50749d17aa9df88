"""Model files: round trips, and the refusal of everything that is damaged, hostile or does not fit."""

from __future__ import annotations

import os
import pickle
import random
import resource
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import random_weights
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.config import ModelConfig, TrainConfig
from seq2seq_cli.errors import ModelFileError, S2SError
from seq2seq_cli.files.pickle_reader import SkippedBytes, read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.model_file.book_import import convert_book_pickle
from seq2seq_cli.model_file.content import ModelFile, read_head, read_model_file, write_model_file
from seq2seq_cli.text.vocabulary import Vocabulary

SOURCE = Vocabulary.build(["abc"], "char", target=False)
TARGET = Vocabulary.build(["xy"], "char", target=True)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


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


@given(st.dictionaries(st.text(max_size=5), plain, max_size=5))
@settings(deadline=None)
def test_builtins_come_back_as_they_were(tmp_path_factory, value) -> None:
    path = tmp_path_factory.getbasetemp() / "value.pkl"
    write_pickle(path, value)
    assert read_pickle(path) == value
    with path.open("rb") as file:
        assert pickle.load(file) == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_the_standard_pickler_writes_is_read(tmp_path, protocol) -> None:
    value = {"a": [1, -1, 70_000, 2**40, 1.5, None, True], "b": ("x" * 300, ("é", ())), "c": {"a": "a"}}
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    assert read_pickle(path) == value


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1}}, {"a": np.float32(1)}, {"a": [Path("x")]}])
def test_only_builtins_are_written(tmp_path, value) -> None:
    with pytest.raises(TypeError):
        write_pickle(tmp_path / "value.pkl", value)
    assert not list(tmp_path.iterdir())


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


def test_an_existing_file_is_kept_unless_forced(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    path.write_text("mine")
    with pytest.raises(S2SError, match="--force"):
        write_model_file(path, example(), overwrite=False)
    assert path.read_text() == "mine"


def test_large_data_stays_in_the_file_until_it_is_asked_for(tmp_path) -> None:
    path = tmp_path / "value.pkl"
    write_pickle(path, {"small": b"x" * 10, "large": bytes(range(256)) * 100})
    value = read_pickle(path, load_bytes=False)
    assert value["small"] == b"x" * 10
    assert isinstance(value["large"], SkippedBytes)
    with path.open("rb") as file:
        assert value["large"].fetch(file) == bytes(range(256)) * 100


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


class _Evil:
    def __reduce__(self):
        return (os.system, ("touch /tmp/s2s-was-here",))


def _string(length: int) -> bytes:
    return b"\x80\x04\x8d" + struct.pack("<Q", length) + b"x."


HOSTILE = {
    "code": pickle.dumps(_Evil(), protocol=4),
    "code, protocol 0": pickle.dumps(_Evil(), protocol=0),
    "code in a dictionary": pickle.dumps({"format": "s2s model", "x": _Evil()}, protocol=4),
    "a class": pickle.dumps(Path("x"), protocol=4),
    "numpy array": pickle.dumps({"a": np.zeros(3)}, protocol=4),
    "huge text": _string(2**60),
    "text of 12 GB": _string(12 * 2**30),
    "huge bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
    "huge frame": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N.",
    "memo index": b"\x80\x04Nr\xff\xff\xff\x7f.",
    "long number": b"\x80\x04\x8a\xff" + b"\x01" * 255 + b".",
    "deep lists": b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "deep tuples": b"\x80\x04N" + b"\x85" * 100_000 + b".",
    "a list in itself": b"\x80\x04]\x94h\x00a.",
    "doubling": b"\x80\x04]\x94" + b"".join(b"]\x94(h%ch%ce" % (n, n) for n in range(60)) + b".",
    "empty": b"",
    "only a stop": b".",
    "no mark": b"\x80\x04e.",
    "marks left": b"\x80\x04((((N.",
    "two objects": b"\x80\x04NN.",
    "not a key": b"\x80\x04}NNs.",
    "a key twice": b"\x80\x04}(\x8c\x01aN\x8c\x01aNu.",
    "text": b"hello, world\n",
    "zip": b"PK\x03\x04" + bytes(100),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("foreign", [False, True])
def test_hostile_files_are_refused(tmp_path, name, foreign) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(HOSTILE[name])
    marker = Path("/tmp/s2s-was-here")
    if not (foreign and name == "numpy array"):
        with pytest.raises(ModelFileError):
            read_pickle(path, foreign=foreign)
    with pytest.raises(ModelFileError):
        read_model_file(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "state",
    [
        b"(NNNNNt",  # nothing fits
        b"(K\x01(J\xff\xff\xff\xfft\x8c\x02f4NNt",  # a negative size
    ],
)
def test_foreign_states_are_checked(tmp_path, state) -> None:
    path = tmp_path / "m.pkl"
    start = b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"
    path.write_bytes(start + state + b"b.")
    with pytest.raises(ModelFileError):
        read_pickle(path, foreign=True)


def test_deep_calls_do_not_exhaust_the_stack(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    deep = b"cnumpy\ndtype\n" + b"cnumpy\ndtype\n" + b"\x85" * 200_000
    path.write_bytes(b"\x80\x04" + deep + b"\x85R.")
    with pytest.raises(ModelFileError):
        read_pickle(path, foreign=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of the address space is enforced on Linux")
def test_hostile_files_allocate_nothing_large(tmp_path) -> None:
    """In a process that may have 200 MB more than it needs to start."""
    paths = []
    for number, data in enumerate(HOSTILE.values()):
        paths.append(tmp_path / f"{number}.pkl")
        paths[-1].write_bytes(data)
    big = ModelConfig(source_vocab_size=1000, target_vocab_size=1000, embedding_size=1 << 20, hidden_size=1 << 20)
    paths.append(tmp_path / "config.pkl")
    write_pickle(paths[-1], {**example().as_dict(), "config": big.as_dict()})
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from seq2seq_cli.model_file.content import read_model_file\n"
        "from seq2seq_cli.errors import ModelFileError\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        read_model_file(Path(path))\n"
        "    except ModelFileError:\n"
        "        continue\n"
        "    sys.exit(path)\n"
    )
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 600_000  # KB


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
    "another normalisation": (_changed(text={**example().text, "normalisation": "NFD"}), "NFD"),
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


def test_writing_is_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    path = tmp_path / "m.pkl"
    write_model_file(path, example())
    before = path.read_bytes()

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_model_file(path, example(metrics={"epoch": 2}))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# --- the book's pickles -------------------------------------------------------------------------------


def test_a_book_pickle_gives_the_books_numbers(tmp_path) -> None:
    """A peeky model of the book, computed here as the book's code does, and imported."""
    draw = np.random.default_rng(0)
    V, D, H = 5, 2, 3
    shapes = [(V, D), (D, 4 * H), (H, 4 * H), (4 * H,), (V, D), (H + D, 4 * H), (H, 4 * H), (4 * H,), (2 * H, V), (V,)]
    arrays = [draw.standard_normal(shape).astype(np.float16) for shape in shapes]
    path = tmp_path / "book.pkl"
    path.write_bytes(pickle.dumps(arrays, protocol=3))
    config, weights = convert_book_pickle(path, "peeky", vocab_size=V, source_width=3, target_width=2, reverse=False)

    def lstm(x, h, c, wx, wh, b):  # the book's gate order is f g i o
        f, g, i, o = np.split(x @ wx + h @ wh + b, 4)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        return np.tanh(c) / (1 + np.exp(-o)), c

    ee, ex, eh, eb, de, dx, dh, db, aw, ab = (array.astype(np.float64) for array in arrays)
    h, c = np.zeros(H), np.zeros(H)
    for symbol in (1, 4, 2):
        h, c = lstm(ee[symbol], h, c, ex, eh, eb)
    vector, c = h, np.zeros(H)
    expected = []
    for symbol in (0, 3):
        h, c = lstm(np.concatenate((vector, de[symbol])), h, c, dx, dh, db)
        expected.append(np.concatenate((vector, h)) @ aw + ab)

    from helpers import small_batch

    from seq2seq_cli.backend import get_backend
    from seq2seq_cli.models.build import build

    model = build(config, get_backend("cpu", "float64"))
    model.parameters.assign(weights)
    batch = small_batch([[1, 4, 2]], [[3, 0]])
    with model.inference() as context:
        logits, _ = model.forward(batch, batch.inputs, context)
        logits = logits.copy()
    np.testing.assert_allclose(logits, expected, rtol=1e-6)


def test_book_pickles_that_do_not_fit_say_so(tmp_path) -> None:
    path = tmp_path / "book.pkl"
    sizes = {"vocab_size": 5, "source_width": 3, "target_width": 2, "reverse": False}
    path.write_bytes(pickle.dumps([np.zeros((2, 2), dtype=np.float16)] * 6, protocol=3))
    with pytest.raises(ModelFileError, match="list of 10 arrays"):
        convert_book_pickle(path, "attention", **sizes)
    path.write_bytes(pickle.dumps([np.zeros((2, 2), dtype=np.float16)] * 10, protocol=3))
    with pytest.raises(ModelFileError, match="vocabulary"):
        convert_book_pickle(path, "attention", **sizes)
    path.write_bytes(pickle.dumps([np.zeros(5, dtype=np.int32)] * 10, protocol=3))
    with pytest.raises(ModelFileError, match="floating-point"):
        convert_book_pickle(path, "seq2seq", **sizes)


def test_the_real_book_pickles_are_read(shared_data) -> None:
    arrays = read_pickle(shared_data / "book" / "Rnnlm.pkl", foreign=True)
    assert [array.shape for array in arrays] == [(10000, 100), (100, 400), (100, 400), (400,), (100, 10000), (10000,)]
    assert {array.dtype for array in arrays} == {"<f2"}
