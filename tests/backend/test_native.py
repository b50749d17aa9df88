"""The kernels in C: each against float64, for every instruction set that this machine runs, and how they are found."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.backend import Buffers, FlatBuffers, LSTMWeights, Packing, Update, Workspace, get_backend
from seq2seq_cli.backend.native import library
from seq2seq_cli.backend.native.backend import NativeBackend
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.errors import BackendError

try:
    RUNNABLE = library.runnable(library.FOLDER)
except OSError:
    RUNNABLE = []
EXACT = NumPyBackend("float64")
DRAW = np.random.default_rng(5)

needs_kernels = pytest.mark.skipif(not RUNNABLE, reason="the kernels were not compiled: no C compiler")
everywhere = pytest.mark.parametrize("variant", RUNNABLE)


@lru_cache
def engine(variant: str) -> NativeBackend:
    return NativeBackend(library.load(library.FOLDER, variant))


@pytest.fixture(params=RUNNABLE)
def native(request) -> NativeBackend:
    yield engine(request.param)
    engine(request.param).kernels.call.s2s_set_threads(1)


def floats(*shape: int, scale: float = 1.0):
    return (scale * DRAW.standard_normal(shape)).astype(np.float32)


def buffers(owner: str = "test", dtype: object = np.float32) -> Buffers:
    return Buffers(Workspace(np, dtype), owner)


# --- products ------------------------------------------------------------------------------------------------

SIZES = st.integers(1, 70) | st.sampled_from([128, 192, 193, 513, 700])


@needs_kernels
@everywhere
@given(SIZES, SIZES, SIZES, st.booleans(), st.booleans(), st.booleans())
def test_a_product_is_that_of_numpy(
    variant: str, M: int, K: int, N: int, left: bool, right: bool, biased: bool
) -> None:
    """Odd sizes, one row, one column, either operand transposed."""
    backend = engine(variant)
    a, b = floats(*(K, M) if left else (M, K)), floats(*(N, K) if right else (K, N))
    a, b = (a.T if left else a), (b.T if right else b)
    bias = floats(N) if biased else None
    out = np.full((M, N), np.nan, np.float32)
    wanted, added = a.astype(float) @ b, 0.0 if bias is None else bias.astype(float)
    bound = 1e-6 * (1 + np.abs(a).astype(float) @ np.abs(b))  # rounding grows with what is summed
    assert backend.product(a, b, out, bias) is out
    assert (np.abs(out - wanted - added) <= bound).all()
    backend.add_product(out, a, b, buffers(), "unused")
    assert (np.abs(out - 2 * wanted - added) <= 2 * bound).all()


@needs_kernels
def test_a_large_transposed_operand_is_packed(native) -> None:
    a, b = floats(700, 1500), floats(700, 150)
    out = floats(1500, 150)
    wanted = out + a.T.astype(float) @ b
    native.add_product(out, a.T, b, buffers(), "unused")
    np.testing.assert_allclose(out, wanted, atol=1e-3)


@needs_kernels
@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_products_row_by_row(native, left: bool, right: bool) -> None:
    a, b = floats(*(5, 7, 3) if left else (5, 3, 7)), floats(*(5, 9, 7) if right else (5, 7, 9))
    a, b = (a.transpose(0, 2, 1) if left else a), (b.transpose(0, 2, 1) if right else b)
    np.testing.assert_allclose(native.products(a, b), a.astype(float) @ b, atol=1e-5)
    out = np.empty((5, 3, 9), np.float32)
    assert native.products(a, b, out) is out
    np.testing.assert_allclose(out, a.astype(float) @ b, atol=1e-5)


@needs_kernels
def test_operands_with_gaps_are_numpys(native) -> None:
    a, b = floats(4, 6), floats(12, 10)[::2, ::2]
    out = np.empty((4, 5), np.float32)
    np.testing.assert_allclose(native.product(a, b, out), a.astype(float) @ b, atol=1e-5)


@needs_kernels
def test_what_is_no_number_comes_out_as_in_numpy(native) -> None:
    a, b = floats(5, 6), floats(6, 40)
    a[1, 2], b[3, 4], b[0, 0] = np.nan, np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(np.isnan(native.product(a, b, np.empty((5, 40), np.float32))), np.isnan(a @ b))


@needs_kernels
def test_numbers_too_large_are_warned_of_as_numpy_does(native) -> None:
    a = np.full((30, 30), 3e38, np.float32)
    native.kernels.call.s2s_set_threads(2)
    logits = np.zeros((2, 3), np.float32)
    native.product(a, a, np.empty((30, 30), np.float32))
    with pytest.warns(RuntimeWarning, match="overflow"):
        native.log_softmax(logits)
    native.log_softmax(logits)  # once
    with np.errstate(over="ignore"):
        native.product(a, a, np.empty((30, 30), np.float32))
        native.log_softmax(logits)


# --- the LSTM ------------------------------------------------------------------------------------------------

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=15).map(lambda lengths: sorted(lengths, reverse=True))


def run_layer(backend, lengths, D: int, H: int, given: tuple[bool, bool, bool], seed: int, threads: int = 1):
    """Run a layer forwards and backwards; return all that comes out, by name."""
    draw, packing = np.random.default_rng(seed), Packing(lengths)
    N, R = packing.rows, packing.total

    def numbers(*shape: int):
        return backend.to_device_floats(draw.standard_normal(shape).astype(np.float32))

    share = backend.dtype.type((D + H) ** -0.5)  # gates that are not saturated, so that rounding does not grow
    weights = LSTMWeights(share * numbers(D, 4 * H), share * numbers(H, 4 * H), share * numbers(4 * H))
    x, state = numbers(R, D), (numbers(N, H), numbers(N, H))
    static, dy, dstate = numbers(N, 4 * H), numbers(R, H), (numbers(N, H), numbers(N, H))
    static, dy, dstate = (value if there else None for value, there in zip((static, dy, dstate), given, strict=True))
    gradients = LSTMWeights(*(numbers(*array.shape) for array in (weights.input, weights.recurrent, weights.bias)))
    memory = buffers(dtype=backend.dtype)
    y, last, cache = backend.lstm_forward(x, packing, weights, state, static, memory)
    y = y.copy()
    dx, dfirst, dstatic = backend.lstm_backward(cache, dy, dstate, gradients, memory)
    found = {"y": y, "h": last[0], "c": last[1], "dx": dx, "dh": dfirst[0], "dc": dfirst[1]}
    found |= {"dinput": gradients.input, "drecurrent": gradients.recurrent, "dbias": gradients.bias}
    return found | ({"dstatic": dstatic} if dstatic is not None else {})


@needs_kernels
@everywhere
@given(LENGTHS, st.integers(1, 40), st.integers(1, 70), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_an_lstm_is_that_of_float64(variant: str, lengths: list[int], D: int, H: int, given) -> None:
    """Ragged and even batches, one row, one step, units that fill no vector, each argument left out."""
    found = run_layer(engine(variant), lengths, D, H, given, seed=len(lengths))
    wanted = run_layer(EXACT, lengths, D, H, given, seed=len(lengths))
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        scale = max(1.0, np.abs(array).max())
        np.testing.assert_allclose(found[name] / scale, array / scale, atol=2e-5, err_msg=name)


@needs_kernels
@pytest.mark.parametrize(("D", "H"), [(300, 280), (16, 200)])
def test_a_wide_input_is_projected_for_all_steps_at_once(native, D: int, H: int) -> None:
    """Whether it is or not."""
    everything = (True, True, True)
    found, wanted = (run_layer(backend, [5, 5, 3], D, H, everything, seed=1) for backend in (native, EXACT))
    for name, array in wanted.items():
        scale = max(1.0, np.abs(array).max())
        np.testing.assert_allclose(found[name] / scale, array / scale, atol=1e-4, err_msg=name)


@needs_kernels
def test_threads_change_no_bit(native) -> None:
    shape = ([9] * 20 + [4] * 17 + [1] * 3, 20, 70, (True, True, True))
    alone = run_layer(native, *shape, seed=2)
    logits, targets = floats(300, 400), DRAW.integers(0, 400, 300)
    a, b = floats(500, 300), floats(300, 200)
    losses = native.softmax_cross_entropy(logits.copy(), targets, gradient=True)
    product, square = native.product(a, b, np.empty((500, 200), np.float32)), native.gradient_scale(a, 0.0, 1.0)[0]
    for threads in (2, 3, 4):
        native.kernels.call.s2s_set_threads(threads)
        for _ in range(5):
            together = run_layer(native, *shape, seed=2)
            for name, array in alone.items():
                np.testing.assert_array_equal(together[name], array, err_msg=name)
        again = native.softmax_cross_entropy(logits.copy(), targets, gradient=True)
        np.testing.assert_array_equal(again, losses)
        np.testing.assert_array_equal(native.product(a, b, np.empty((500, 200), np.float32)), product)
        assert native.gradient_scale(a, 0.0, 1.0)[0] == square


@needs_kernels
def test_python_threads_may_call_at_once(native) -> None:
    native.kernels.call.s2s_set_threads(2)
    a, b = floats(200, 100), floats(100, 300)
    wanted, wrong = native.product(a, b, np.empty((200, 300), np.float32)), []

    def call() -> None:
        for _ in range(200):
            if not np.array_equal(native.product(a, b, np.empty((200, 300), np.float32)), wanted):
                wrong.append(1)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@needs_kernels
@pytest.mark.skipif(sys.platform == "win32", reason="fork is Unix's")
def test_a_forked_child_has_threads_of_its_own(tmp_path) -> None:
    code = """if True:
        import os
        import numpy as np
        from seq2seq_cli.backend.native import library
        from seq2seq_cli.backend.native.backend import NativeBackend
        backend = NativeBackend(library.load(library.FOLDER, library.runnable(library.FOLDER)[0]))
        backend.kernels.call.s2s_set_threads(2)
        a = np.ones((300, 300), np.float32)
        def work():
            return float(backend.product(a, a, np.empty((300, 300), np.float32)).sum())
        assert work() == 300.0 ** 3
        child = os.fork()
        if not child:
            os._exit(0 if work() == 300.0 ** 3 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert work() == 300.0 ** 3
    """
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    subprocess.run(command, check=True, timeout=60, cwd=tmp_path)


# --- softmax, optimisers, rows ----------------------------------------------------------------------------------


@needs_kernels
@everywhere
@given(st.integers(1, 20), SIZES | st.just(20_000), st.sampled_from([0.0, 0.1]), st.sampled_from([1.0, 60.0]))
def test_the_softmax_is_that_of_float64(variant: str, rows: int, V: int, smoothing: float, scale: float) -> None:
    backend, targets = engine(variant), DRAW.integers(0, V, rows)
    logits = floats(rows, V, scale=scale)
    exact, found = logits.astype(float), logits.copy()
    wanted = EXACT.softmax_cross_entropy(exact, targets, gradient=True, smoothing=smoothing)
    losses = backend.softmax_cross_entropy(found, targets, gradient=True, smoothing=smoothing)
    np.testing.assert_allclose(losses, wanted, rtol=2e-6, atol=3e-6)
    np.testing.assert_allclose(found, exact, atol=1e-6 / rows)
    np.testing.assert_allclose(
        backend.log_softmax(logits), EXACT.log_softmax(logits.astype(float)), rtol=1e-6, atol=2e-5
    )


@needs_kernels
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_logit_spoils_its_own_row_alone(native, bad: float) -> None:
    logits = floats(3, 40)
    logits[1, 35] = bad
    losses = native.softmax_cross_entropy(logits.copy(), np.array([0, 1, 2]), gradient=False)
    np.testing.assert_array_equal(np.isnan(losses), [False, True, False])
    np.testing.assert_array_equal(np.isnan(native.log_softmax(logits)).any(axis=1), [False, True, False])


@needs_kernels
def test_a_logit_of_minus_infinity_has_no_probability(native) -> None:
    logits = floats(2, 40)
    logits[0, 3] = -np.inf
    found = native.log_softmax(logits)
    assert found[0, 3] == -np.inf
    np.testing.assert_allclose(np.exp(found.astype(float)).sum(axis=1), 1.0, rtol=1e-6)


@needs_kernels
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "adamw"])
@pytest.mark.parametrize("decay", [0.0, 0.01, "each"])
def test_an_update_is_that_of_float64(native, optimizer: str, decay) -> None:
    P = 40_003  # more than one part, and no whole number of vectors
    first = {"value": floats(P), "gradient": floats(P), "moments": [floats(P), floats(P) ** 2 + 0.01]}
    rates = floats(P) ** 2 if decay == "each" else decay
    count = {"sgd": 0, "momentum": 1}.get(optimizer, 2)
    made = []
    for backend in (native, EXACT):
        moments = [backend.to_device_floats(m.copy()) for m in first["moments"][:count]]
        value, gradient = (backend.to_device_floats(first[name].copy()) for name in ("value", "gradient"))
        flat = FlatBuffers(value, gradient, moments, rates)
        update = Update(optimizer, 0.01, 3, backend.to_device_floats(0.5), np.bool_(True))
        backend.update(update, flat, Workspace(np, backend.dtype))
        made.append([value, *moments])
    for found, wanted in zip(*made, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=1e-6)


@needs_kernels
def test_a_step_that_is_not_finite_changes_nothing(native) -> None:
    gradient = floats(100)
    assert native.gradient_scale(gradient, np.float32(0.5), 1.0)[1]
    gradient[7] = np.inf
    scale, finite = native.gradient_scale(gradient, np.float32(0.5), 1.0)
    assert not finite
    value = floats(100)
    before = value.copy()
    native.update(Update("sgd", 1.0, 1, scale, finite), FlatBuffers(value, gradient), Workspace(np, np.float32))
    np.testing.assert_array_equal(value, before)


@needs_kernels
@pytest.mark.parametrize("width", [1, 5, 64, 300])
def test_rows_and_columns_are_added(native, width: int) -> None:
    ids, rows = DRAW.integers(0, 30, 500), floats(500, width)
    target, sums = floats(30, width), floats(width)
    wanted, total = target.astype(float), sums + rows.astype(float).sum(axis=0)
    np.add.at(wanted, ids, rows)
    native.scatter_add_rows(target, ids, rows)
    native.add_column_sums(sums, rows)
    np.testing.assert_allclose(target, wanted, atol=1e-4)
    np.testing.assert_allclose(sums, total, atol=1e-4)


# --- bf16 --------------------------------------------------------------------------------------------------------


def to_bf16(array):
    """Round to the nearest bf16, of two that are equally near to the even one."""
    bits = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
    nearest = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (nearest & np.uint32(0xFFFF0000)).view(np.float32)


@lru_cache
def half_engine(variant: str) -> NativeBackend:
    return NativeBackend(library.load(library.FOLDER, variant), half=True)


@needs_kernels
@everywhere
@given(SIZES | st.just(1100), SIZES | st.just(1100), SIZES, st.booleans(), st.booleans())
def test_a_product_of_rounded_numbers(variant: str, M: int, K: int, N: int, left: bool, right: bool) -> None:
    """Each operand is rounded, no more than that is lost, and sums are float32."""
    backend = half_engine(variant)
    a, b = floats(*(K, M) if left else (M, K)), floats(*(N, K) if right else (K, N))
    a, b = (a.T if left else a), (b.T if right else b)
    out, (left_operand, right_operand) = floats(M, N), (to_bf16(a).astype(float), to_bf16(b).astype(float))
    wanted = out + left_operand @ right_operand
    bound = 1e-6 * (1 + np.abs(left_operand) @ np.abs(right_operand))
    backend.add_product(out, a, b, buffers(), "unused")
    assert (np.abs(out - wanted) <= 2 * bound).all()


@needs_kernels
@everywhere
@given(LENGTHS, st.integers(1, 40), st.integers(1, 70), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_an_lstm_of_rounded_numbers_is_near_that_of_float64(variant: str, lengths: list[int], D: int, H: int, given):
    found = run_layer(half_engine(variant), lengths, D, H, given, seed=len(lengths))
    wanted = run_layer(EXACT, lengths, D, H, given, seed=len(lengths))
    for name, array in wanted.items():
        error = np.linalg.norm(found[name] - array) / max(1.0, np.linalg.norm(array))
        assert error < 0.02, name  # a bf16 has 8 bits


@needs_kernels
def test_instruction_sets_agree_on_rounded_numbers() -> None:
    """So that a run repeats elsewhere: what a processor lacks is computed as the others do."""
    a, b = floats(100, 130), floats(130, 70)
    made = [half_engine(name).product(a, b, np.empty((100, 70), np.float32)) for name in RUNNABLE]
    for other in made[1:]:
        np.testing.assert_allclose(other, made[0], rtol=1e-5, atol=1e-5)


@needs_kernels
def test_rounding_keeps_what_is_no_number(native) -> None:
    half = NativeBackend(native.kernels, half=True)
    a, b = np.ones((2, 2), np.float32), np.ones((2, 2), np.float32)
    a[0, 0], b[1, 1] = np.float32(np.nan), np.inf
    out = half.product(a, b, np.empty((2, 2), np.float32))
    np.testing.assert_array_equal(out, a @ b)


def test_bf16_is_of_the_kernels(monkeypatch) -> None:
    with pytest.raises(BackendError, match="device='cpu'"):
        get_backend("cuda", "bf16")
    monkeypatch.setattr(library, "find", lambda: library.Missing("no compiler"))
    with pytest.raises(BackendError, match="needs the kernels in C, and there are none: no compiler"):
        get_backend("cpu", "bf16")


# --- finding them ------------------------------------------------------------------------------------------------


def test_float64_is_numpys() -> None:
    assert type(get_backend("cpu", "float64")) is NumPyBackend


def test_the_variable_switches_kernels_off(monkeypatch) -> None:
    monkeypatch.setenv("S2S_NATIVE", "0")
    found = library.find.__wrapped__()
    assert found == library.Missing("S2S_NATIVE=0 switches it off")
    monkeypatch.setattr(library, "find", lambda: found)
    assert type(get_backend()) is NumPyBackend


def test_what_was_not_compiled_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    monkeypatch.delenv("S2S_NATIVE", raising=False)
    assert "C compiler" in library.find.__wrapped__().why


@needs_kernels
def test_a_damaged_library_is_said_and_numpy_works(monkeypatch, tmp_path) -> None:
    (tmp_path / library.library_name("probe")).write_bytes(b"no library")
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    monkeypatch.delenv("S2S_NATIVE", raising=False)
    assert library.find.__wrapped__().why.startswith("it can't be loaded")


@pytest.mark.slow
def test_without_a_compiler_the_installation_goes_on(tmp_path) -> None:
    pytest.importorskip("setuptools")
    command = [sys.executable, "-W", "ignore", "setup.py", "-q", "build_kernels", f"--build-lib={tmp_path}"]
    root = Path(__file__).parent.parent.parent
    if not (root / "setup.py").exists():
        pytest.skip("the source folder is absent")
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "CC": "no-such-compiler"}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "s2s: no kernels for probe: s2s runs without them" in done.stdout
    assert not list(tmp_path.rglob("*.kernels"))
