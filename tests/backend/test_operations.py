"""The backends' own operations: the softmax with its loss, rows gathered and added, index arrays on the device."""

from __future__ import annotations

import numpy as np
import pytest
from strict_backend import StrictBackend

from seq2seq_cli.backend import Packing, get_backend, reference
from seq2seq_cli.backend.numpy_backend import SOFTMAX_BLOCK

ENGINES = {"numpy": get_backend("cpu", "float64"), "base": StrictBackend("float64")}
DRAW = np.random.default_rng(3)


@pytest.mark.parametrize("rows", [5, 2 * SOFTMAX_BLOCK // 4000 + 1])
@pytest.mark.parametrize("engine", ENGINES)
def test_losses_and_their_gradient_are_those_of_the_plain_maths(engine: str, rows: int) -> None:
    """Over one block of rows, and over several."""
    backend, symbols = ENGINES[engine], 4000 if rows > 5 else 6
    logits, targets = 3 * DRAW.standard_normal((rows, symbols)), DRAW.integers(0, symbols, rows)
    on_device = backend.to_device_floats(logits.copy())
    losses = backend.softmax_cross_entropy(on_device, backend.to_device_ids(targets), gradient=True)
    expected = [reference.cross_entropy(row, target) for row, target in zip(logits, targets, strict=True)]
    np.testing.assert_allclose(backend.to_host(losses), expected, rtol=1e-11)
    gradients = [reference.cross_entropy_gradient(row, target) for row, target in zip(logits, targets, strict=True)]
    np.testing.assert_allclose(backend.to_host(on_device), np.array(gradients) / rows, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_smoothed_loss_is_the_cross_entropy_with_the_smoothed_distribution(engine: str) -> None:
    backend, smoothing, V = ENGINES[engine], 0.2, 5
    logits, targets = 3 * DRAW.standard_normal((4, V)), DRAW.integers(0, V, 4)
    wanted = np.full((4, V), smoothing / V) + (1 - smoothing) * np.eye(V)[targets]
    probabilities = np.array([reference.softmax(row) for row in logits])
    on_device = backend.to_device_floats(logits.copy())
    ids = backend.to_device_ids(targets)
    losses = backend.softmax_cross_entropy(on_device, ids, gradient=True, smoothing=smoothing)
    np.testing.assert_allclose(backend.to_host(losses), -(wanted * np.log(probabilities)).sum(axis=1), rtol=1e-11)
    np.testing.assert_allclose(backend.to_host(on_device), (probabilities - wanted) / 4, atol=1e-15)


@pytest.mark.parametrize("engine", ENGINES)
def test_log_probabilities_are_logarithms_of_the_softmax(engine: str) -> None:
    backend, logits = ENGINES[engine], DRAW.standard_normal((4, 7))
    found = backend.to_host(backend.log_softmax(backend.to_device_floats(logits)))
    np.testing.assert_allclose(found, [np.log(reference.softmax(row)) for row in logits], rtol=1e-11)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("symbols", [3, 1000])
def test_repeated_rows_are_added(symbols: int, width: int) -> None:
    ids, rows = DRAW.integers(0, symbols, 500), DRAW.standard_normal((500, width))
    target, expected = np.zeros((symbols, width)), np.zeros((symbols, width))
    np.add.at(expected, ids, rows)
    ENGINES["numpy"].scatter_add_rows(target, ids, rows)
    np.testing.assert_allclose(target, expected, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_added_to_every_step_is_summed_over_them_on_the_way_back(engine: str) -> None:
    backend, packing = ENGINES[engine], Packing([3, 2, 2])
    packed, rows = DRAW.standard_normal((7, 2)), DRAW.standard_normal((3, 2))
    on_device = backend.to_device_floats(packed.copy())
    backend.add_to_steps(on_device, backend.to_device_floats(rows), packing)
    np.testing.assert_allclose(backend.to_host(on_device), packed + rows[packing.row_of])
    sums = backend.to_host(backend.sum_over_steps(backend.to_device_floats(packed), packing))
    np.testing.assert_allclose(sums, [packed[packing.row_of == row].sum(axis=0) for row in range(3)])


def test_index_arrays_are_uploaded_once_for_each_backend() -> None:
    packing = Packing([3, 1])
    for backend in ENGINES.values():
        for name in ("padded", "packed", "mask", "reversal"):
            array = packing.on_device(backend, name)
            assert packing.on_device(backend, name) is array
            np.testing.assert_array_equal(backend.to_host(array).reshape(-1), getattr(packing, name).reshape(-1))


@pytest.mark.parametrize("lengths", [[], [2, 0], [1, 2], [[1]]])
def test_a_packing_needs_lengths_longest_first(lengths) -> None:
    with pytest.raises(ValueError, match=r"row|longest"):
        Packing(lengths)
