"""Pickles of builtins: round trips, and the refusal of everything that is damaged or hostile."""

from __future__ import annotations

import os
import pickle
import resource
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.errors import ModelFileError
from seq2seq_cli.files.pickle_reader import read_pickle
from seq2seq_cli.files.pickle_writer import write_pickle
from seq2seq_cli.files.pickled_values import SkippedBytes
from seq2seq_cli.model_file.content import read_model_file

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


def test_large_data_stays_in_the_file_until_it_is_asked_for(tmp_path) -> None:
    path = tmp_path / "value.pkl"
    write_pickle(path, {"small": b"x" * 10, "large": bytes(range(256)) * 100})
    value = read_pickle(path, load_bytes=False)
    assert value["small"] == b"x" * 10
    assert isinstance(value["large"], SkippedBytes)
    with path.open("rb") as file:
        assert value["large"].fetch(file) == bytes(range(256)) * 100


MARKER = Path(tempfile.gettempdir()) / f"s2s-was-here-{os.getpid()}"
"""Stands there if a pickle has run code."""


class _Evil:
    def __reduce__(self):
        return (os.system, (f"touch {MARKER}",))


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
    "more memories than objects": b"\x80\x04N" + b"\x94" * (16 << 20) + b".",
    "large bytes again and again": b"\x80\x04]\x94\x8e" + struct.pack("<Q", 1 << 20) + bytes(1 << 20) + b"\x94"
    b"a(" + b"h\x01" * 1000 + b"e.",
    "a large text again and again": b"\x80\x04]X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20) + b"\x94"
    b"a(" + b"h\x00" * 1000 + b"e.",
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


def test_the_hostile_pickle_would_run_code() -> None:
    """Read as Python reads pickles, so that the tests below can fail."""
    pickle.loads(HOSTILE["code"])
    assert MARKER.exists()
    MARKER.unlink()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("foreign", [False, True])
def test_hostile_files_are_refused(tmp_path, name, foreign) -> None:
    path = tmp_path / "m.pkl"
    path.write_bytes(HOSTILE[name])
    if not (foreign and name == "numpy array"):
        with pytest.raises(ModelFileError):
            read_pickle(path, foreign=foreign)
    with pytest.raises(ModelFileError):
        read_model_file(path)
    assert not MARKER.exists()


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


def test_small_data_may_be_recalled_as_often_as_it_is_used(tmp_path) -> None:
    """As Python's pickler does with the keys of many dictionaries."""
    value = [{"a_rather_long_name": number, "another": b"x" * 60} for number in range(1000)]
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(value, protocol=4))
    assert read_pickle(path) == value


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are Unix's")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path) -> None:
    os.mkfifo(tmp_path / "m.pkl")
    with pytest.raises(ModelFileError, match="not a regular file"):
        read_pickle(tmp_path / "m.pkl")


def test_deep_calls_do_not_exhaust_the_stack(tmp_path) -> None:
    path = tmp_path / "m.pkl"
    deep = b"cnumpy\ndtype\n" + b"cnumpy\ndtype\n" + b"\x85" * 200_000
    path.write_bytes(b"\x80\x04" + deep + b"\x85R.")
    with pytest.raises(ModelFileError):
        read_pickle(path, foreign=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of the address space is enforced on Linux")
def test_hostile_files_allocate_nothing_large(tmp_path) -> None:
    """In a process that may have 200 MB more than it needs to start; the largest of the files has 16 MB."""
    paths = []
    for number, data in enumerate(HOSTILE.values()):
        paths.append(tmp_path / f"{number}.pkl")
        paths[-1].write_bytes(data)
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
