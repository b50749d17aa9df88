"""Recurrent layers: every cell against the plain maths and central differences, both directions, stacks."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from helpers import training_run
from layer_checks import BACKEND, DRAW, PACKING, check, parameters_of
from strict_backend import StrictBackend

from seq2seq_cli.backend import Packing, get_backend, reference
from seq2seq_cli.config.registry import CELLS, find_class
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.lstm import LSTMState
from seq2seq_cli.nn.parameters import Parameters
from seq2seq_cli.nn.recurrent import Bidirectional, LayerState, RecurrentStack

GATES = {"lstm": 4, "gru": 3}
ENGINES = {"numpy": BACKEND, "base": StrictBackend("float64")}


def cell(name: str, layer: str, inputs: int, width: int):
    """Return a layer and its random parameters."""
    made = find_class(CELLS[name])
    entries = parameters_of(*made.specs(layer, inputs, width))
    return made(layer, entries), entries


def random_state(name: str, rows: int = 4, width: int = 4):
    state = find_class(CELLS[name])("a", parameters_of(*find_class(CELLS[name]).specs("a", 1, width))).zeros(
        BACKEND, rows
    )
    return state.map(lambda array: DRAW.standard_normal(array.shape))


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("inputs", [2, 3])
@pytest.mark.parametrize("name", CELLS)
def test_gradients(name: str, inputs: int, static: bool) -> None:
    """Beside H 4 an LSTM's input of width 2 is narrow, one of width 3 is not; they take different paths."""
    layer, entries = cell(name, "a", inputs, 4)
    x, first = DRAW.standard_normal((PACKING.total, inputs)), random_state(name)
    values = {"x": x, **first.arrays()}
    if static:
        values["static"] = DRAW.standard_normal((4, 4 * GATES[name]))

    def forward():
        (y, last), back = layer(x, PACKING, first, training_run(BACKEND), values.get("static"))

        def backward(dys):
            dx, dfirst, dstatic = back(dys[0], type(first)(*dys[1:]))
            return [dx, *dfirst.arrays().values(), *([dstatic] if static else [])]

        return [y, *last.arrays().values()], backward

    check(forward, values, entries)


@pytest.mark.parametrize("inputs", [2, 3])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CELLS)
def test_a_ragged_batch_is_its_rows_by_the_plain_maths(name: str, engine: str, inputs: int) -> None:
    backend = ENGINES[engine]
    made, packing = find_class(CELLS[name]), Packing([5, 4, 4, 1])
    specs = made.specs("a", inputs, 4)
    values = {spec.name: DRAW.standard_normal(spec.shape) for spec in specs}
    entries = Parameters(backend, specs)
    entries.assign(values)
    x, static = DRAW.standard_normal((packing.total, inputs)), DRAW.standard_normal((4, 4 * GATES[name]))
    first = random_state(name)
    (y, last), _ = made("a", entries)(
        backend.to_device_floats(x),
        packing,
        first.map(backend.to_device_floats),
        training_run(backend),
        backend.to_device_floats(static),
    )
    y, last = backend.to_host(y), last.map(backend.to_host)
    for row in range(packing.rows):
        # What is added to the gates' input at every step is part of the row's bias.
        step = partial(
            reference.CELLS[name][0], W=values["a.input"], U=values["a.recurrent"], b=values["a.bias"] + static[row]
        )
        places = np.flatnonzero(packing.row_of == row)
        outputs, state = reference.run(step, x[places], tuple(array[row] for array in first.arrays().values()))
        np.testing.assert_allclose(y[places], outputs, rtol=1e-11, atol=1e-13)
        for found, expected in zip(last.arrays().values(), state, strict=True):
            np.testing.assert_allclose(found[row], expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name", CELLS)
def test_a_state_that_is_carried_continues_the_sequence(name: str) -> None:
    """A run cut into windows, its state carried, is the whole run."""
    layer, _ = cell(name, "a", 3, 4)
    x, context = DRAW.standard_normal((6 * 2, 3)), training_run(BACKEND)
    (whole, end), _ = layer(x, Packing.even(2, 6), layer.zeros(BACKEND, 2), context)
    whole, parts, state = whole.copy(), [], layer.zeros(BACKEND, 2)
    for start in (0, 4, 8):
        (y, state), _ = layer(x[start : start + 4], Packing.even(2, 2), state, context)
        parts.append(y.copy())
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-12)
    for found, expected in zip(state.arrays().values(), end.arrays().values(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", CELLS)
def test_last_states_are_copies(name: str) -> None:
    layer, _ = cell(name, "a", 3, 4)
    x, context = DRAW.standard_normal((PACKING.total, 3)), training_run(BACKEND)
    (_, last), _ = layer(x, PACKING, layer.zeros(BACKEND, 4), context)
    before = last.map(np.copy)
    layer(x + 1, PACKING, last, context)
    for found, expected in zip(last.arrays().values(), before.arrays().values(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", CELLS)
def test_extreme_inputs_stay_finite(name: str) -> None:
    for precision in ("float32", "float64"):
        backend, made = get_backend("cpu", precision), find_class(CELLS[name])
        entries = Parameters(backend, made.specs("a", 1, 2))
        entries.values_flat[...] = 1
        x = np.array([[1e6], [-1e6], [500.0]], dtype=precision)
        layer = made("a", entries)
        (y, _), back = layer(x, Packing([3]), layer.zeros(backend, 1), training_run(backend))
        dx, _, _ = back(np.ones_like(y), None)
        assert np.isfinite(y).all()
        assert np.isfinite(dx).all()


@pytest.mark.parametrize("name", CELLS)
def test_a_stale_backward_is_refused(name: str) -> None:
    layer, _ = cell(name, "a", 3, 4)
    x, context = DRAW.standard_normal((PACKING.total, 3)), training_run(BACKEND)
    first = layer.zeros(BACKEND, 4)
    (y, _), old = layer(x, PACKING, first, context)
    (y, _), back = layer(x, PACKING, first, context)
    with pytest.raises(StaleBackwardError):
        old(y, None)
    back(y, None)
    with pytest.raises(StaleBackwardError):
        back(y, None)


@pytest.mark.parametrize("name", CELLS)
def test_gradients_in_both_directions(name: str) -> None:
    made = find_class(CELLS[name])
    entries = parameters_of(*made.specs("a", 3, 2), *made.specs("b", 3, 2))
    layer, first = Bidirectional(made("a", entries), made("b", entries)), random_state(name)
    x = DRAW.standard_normal((PACKING.total, 3))

    def forward():
        (y, last), back = layer(x, PACKING, first, training_run(BACKEND))

        def backward(dys):
            dx, dfirst, _ = back(dys[0], type(first)(*dys[1:]))
            return [dx, *dfirst.arrays().values()]

        return [y, *last.arrays().values()], backward

    check(forward, {"x": x, **first.arrays()}, entries)


@pytest.mark.parametrize("name", CELLS)
def test_the_second_direction_reads_each_row_from_its_own_end(name: str) -> None:
    made = find_class(CELLS[name])
    entries = parameters_of(*made.specs("a", 3, 2), *made.specs("b", 3, 2))
    layer, x = Bidirectional(made("a", entries), made("b", entries)), DRAW.standard_normal((PACKING.total, 3))
    (y, last), _ = layer(x, PACKING, layer.zeros(BACKEND, 4), training_run(BACKEND))
    step = partial(
        reference.CELLS[name][0], W=entries["b.input"].value, U=entries["b.recurrent"].value, b=entries["b.bias"].value
    )
    for row in range(PACKING.rows):
        places = np.flatnonzero(PACKING.row_of == row)
        outputs, state = reference.run(step, x[places][::-1], tuple(np.zeros((reference.CELLS[name][1], 2))))
        np.testing.assert_allclose(y[places, 2:], outputs[::-1], rtol=1e-11)
        np.testing.assert_allclose(last.h[row, 2:], state[0], rtol=1e-11)


def test_both_directions_take_no_static_input() -> None:
    layer = Bidirectional(cell("lstm", "a", 3, 2)[0], cell("lstm", "b", 3, 2)[0])
    with pytest.raises(ValueError, match="static input"):
        layer(np.zeros((7, 3)), PACKING, layer.zeros(BACKEND, 4), training_run(BACKEND), np.zeros((4, 8)))


@pytest.mark.parametrize("residual", [False, True], ids=["plain", "residual"])
@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_a_stack_with_dropout(name: str, residual: bool) -> None:
    made = find_class(CELLS[name])
    entries = parameters_of(*made.specs("a", 4, 4), *made.specs("b", 4, 4))
    x = DRAW.standard_normal((PACKING.total, 4))
    stack = RecurrentStack([made("a", entries), made("b", entries)], 0.3, residual=residual)

    def forward():
        context = training_run(BACKEND, dropout=True)
        (y, last), back = stack(x, PACKING, stack.zeros(BACKEND, 4), context)

        def backward(dys):
            dlast = [state.map(np.zeros_like) for state in last]
            dlast[0].h[...] = dys[1]
            return [back(dys[0], dlast)[0]]

        return [y, last[0].h], backward

    check(forward, {"x": x}, entries)


@pytest.mark.parametrize("name", CELLS)
def test_weight_drop_multiplies_recurrent_weights_by_one_mask(name: str) -> None:
    made = find_class(CELLS[name])
    entries = parameters_of(*made.specs("a", 3, 4))
    x, context = DRAW.standard_normal((PACKING.total, 3)), training_run(BACKEND, dropout=True)
    (y, _), back = made("a", entries, weight_drop=0.5)(x, PACKING, random_state(name), context)
    y, mask = y.copy(), context.masks["a.weight-drop"]
    assert set(np.unique(mask)) == {0.0, 2.0}
    assert 0.2 < (mask == 0).mean() < 0.8
    entries.clear_gradients()
    back(np.ones_like(y), None)
    np.testing.assert_array_equal(entries["a.recurrent"].gradient[mask == 0], 0)
    assert (entries["a.recurrent"].gradient[mask != 0] != 0).any()


@pytest.mark.parametrize("name", CELLS)
def test_weight_drop_is_the_layer_with_masked_weights(name: str) -> None:
    made = find_class(CELLS[name])
    entries, first = parameters_of(*made.specs("a", 3, 4)), random_state(name)
    x, context = DRAW.standard_normal((PACKING.total, 3)), training_run(BACKEND, dropout=True)
    (dropped, _), _ = made("a", entries, weight_drop=0.5)(x, PACKING, first, context)
    dropped = dropped.copy()
    (plain, _), _ = made("a", entries)(x, PACKING, first, context)
    assert np.abs(plain - dropped).max() > 1e-3
    entries["a.recurrent"].value[...] *= context.masks["a.weight-drop"]
    (masked, _), _ = made("a", entries)(x, PACKING, first, context)
    np.testing.assert_allclose(masked, dropped, rtol=1e-12)


def test_parts_of_states() -> None:
    state = LSTMState(np.arange(6.0).reshape(3, 2), np.ones((3, 2)))
    assert state.take(np.array([2, 0]), BACKEND).h.tolist() == [[4, 5], [0, 1]]
    assert state.only_h(BACKEND).c.tolist() == [[0, 0]] * 3
    assert state.only_h(BACKEND).h is state.h
    assert state.columns(slice(1, None)).h.tolist() == [[1], [3], [5]]
    assert state.beside(state, BACKEND).c.shape == (3, 4)
    assert list(state.arrays()) == ["h", "c"]
    assert list(LayerState(state.h).arrays()) == ["h"]
