"""Every layer's backward against central differences, and the guard against stale backwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gradients import relative_errors
from helpers import training_run

from seq2seq_cli.backend import Packing, Workspace, get_backend
from seq2seq_cli.config.registry import ATTENTION_SCORES, find_class
from seq2seq_cli.errors import StaleBackwardError
from seq2seq_cli.nn.attention.layer import masked_softmax
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.loss import softmax_cross_entropy
from seq2seq_cli.nn.lstm import LSTM, LSTMState
from seq2seq_cli.nn.padding import pack_padded, pad_packed, zero_padding
from seq2seq_cli.nn.parameters import Parameters, ParameterSpec
from seq2seq_cli.nn.recurrent import Bidirectional, RecurrentStack

BACKEND = get_backend("cpu", "float64")
DRAW = np.random.default_rng(7)
SHAPE = Packing([4, 4, 2, 1])
LIMIT = 1e-6


def parameters(**shapes: tuple[int, ...]) -> Parameters:
    return parameters_of(*(ParameterSpec(name, shape) for name, shape in shapes.items()))


def parameters_of(*specs: ParameterSpec) -> Parameters:
    made = Parameters(BACKEND, specs)
    made.values_flat[...] = DRAW.standard_normal(made.size)
    return made


def check(
    forward: Callable[[], tuple[list[np.ndarray], Callable[[list[np.ndarray]], list[np.ndarray]]]],
    inputs: dict[str, np.ndarray],
    entries: Parameters | None = None,
) -> None:
    """Check d(sum of outputs times fixed weights) with respect to inputs and parameters."""
    outputs, backward = forward()
    weights = [DRAW.standard_normal(output.shape) for output in outputs]

    def loss() -> float:
        return sum(float((output * weight).sum()) for output, weight in zip(forward()[0], weights, strict=True))

    outputs, backward = forward()
    if entries is not None:
        entries.clear_gradients()
    dinputs = [np.array(gradient) for gradient in backward([weight.copy() for weight in weights])]
    arrays = {name: (values, gradient) for (name, values), gradient in zip(inputs.items(), dinputs, strict=True)}
    if entries is not None:
        arrays |= {name: (entry.value, entry.gradient.copy()) for name, entry in entries.items()}
    errors = relative_errors(loss, arrays)
    assert max(errors.values()) < LIMIT, errors


def test_linear() -> None:
    entries = parameters(weight=(3, 5), bias=(5,))
    layer, x = Linear(entries["weight"], entries["bias"]), DRAW.standard_normal((6, 3))

    def forward():
        y, back = layer(x, training_run(BACKEND))
        return [y], lambda dys: [back(dys[0])]

    check(forward, {"x": x}, entries)


@pytest.mark.parametrize("symbols", [4, 300])
def test_embedding(symbols: int) -> None:
    entries = parameters(weight=(symbols, 3))
    ids = np.concatenate((DRAW.integers(0, symbols, 400), np.zeros(30, dtype=int)))

    def forward():
        y, back = Embedding(entries["weight"])(ids, training_run(BACKEND))

        def backward(dys):
            back(dys[0])
            return []

        return [y], backward

    check(forward, {}, entries)


def test_dropout_repeats_its_mask_and_scales() -> None:
    x = DRAW.standard_normal((200, 50))
    y, back = Dropout("d", 0.4)(x, Packing.even(len(x), 1), training_run(BACKEND, dropout=True))
    kept = y != 0
    assert 0.55 < kept.mean() < 0.65
    np.testing.assert_allclose(y[kept], x[kept] / 0.6)
    np.testing.assert_array_equal(back(np.ones_like(x)) != 0, kept)
    again, _ = Dropout("d", 0.4)(x, Packing.even(len(x), 1), training_run(BACKEND, dropout=True))
    np.testing.assert_array_equal(y, again)
    other, _ = Dropout("e", 0.4)(x, Packing.even(len(x), 1), training_run(BACKEND, dropout=True))
    assert (other != y).any()


def test_dropout_of_a_step_is_its_part_of_the_whole() -> None:
    x = DRAW.standard_normal((10, 4))
    whole, _ = Dropout("d", 0.5)(x, Packing.even(len(x), 1), training_run(BACKEND, dropout=True))
    context = training_run(BACKEND, dropout=True)
    context.window = (3, 10)
    part, _ = Dropout("d", 0.5)(x[3:7], Packing.even(len(x[3:7]), 1), context)
    np.testing.assert_array_equal(part, whole[3:7])


def lstm(name: str, entries: Parameters) -> LSTM:
    return LSTM(name, entries)


def lstm_parameters(inputs: int, hidden: int, *names: str) -> Parameters:
    return parameters_of(*(spec for name in names for spec in LSTM.specs(name, inputs, hidden)))


@pytest.mark.parametrize("static_input", [False, True])
@pytest.mark.parametrize("width", [2, 3])
def test_lstm(width: int, static_input: bool) -> None:
    """An input of width 2 is narrow beside H 4, one of width 3 is not; they take different paths."""
    entries = lstm_parameters(width, 4, "a")
    x, h, c = DRAW.standard_normal((SHAPE.total, width)), DRAW.standard_normal((4, 4)), DRAW.standard_normal((4, 4))
    inputs = {"x": x, "h": h, "c": c}
    if static_input:
        inputs["row"] = DRAW.standard_normal((4, 16))

    def forward():
        (y, last), back = lstm("a", entries)(x, SHAPE, LSTMState(h, c), training_run(BACKEND), inputs.get("row"))

        def backward(dys):
            dx, dfirst, drow = back(dys[0], LSTMState(dys[1], dys[2]))
            return [dx, dfirst.h, dfirst.c, *([drow] if static_input else [])]

        return [y, last.h, last.c], backward

    check(forward, inputs, entries)


def test_lstm_equals_the_book_equations() -> None:
    """One sequence, step by step, as written in the book (6.2), with our order of gates."""
    entries = lstm_parameters(3, 4, "a")
    x = DRAW.standard_normal((5, 3))
    zeros = np.zeros((1, 4))
    (y, last), _ = lstm("a", entries)(x, Packing([5]), LSTMState(zeros, zeros), training_run(BACKEND))
    h, c = np.zeros(4), np.zeros(4)

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-z))

    for t in range(5):
        z = x[t] @ entries["a.input"].value + h @ entries["a.recurrent"].value + entries["a.bias"].value
        i, f, o, g = sigmoid(z[:4]), sigmoid(z[4:8]), sigmoid(z[8:12]), np.tanh(z[12:])
        c = f * c + i * g
        h = o * np.tanh(c)
        np.testing.assert_allclose(y[t], h, rtol=1e-12)
    np.testing.assert_allclose(last.c[0], c, rtol=1e-12)


def test_lstm_survives_extreme_inputs() -> None:
    for precision in ("float32", "float64"):
        backend = get_backend("cpu", precision)
        made = Parameters(backend, LSTM.specs("a", 1, 2))
        made.values_flat[...] = 1
        x = np.array([[1e6], [-1e6], [500.0]], dtype=precision)
        zeros = np.zeros((1, 2), dtype=precision)
        layer = LSTM("a", made)
        (y, _), back = layer(x, Packing([3]), LSTMState(zeros, zeros), training_run(backend))
        dx, _, _ = back(np.ones_like(y), None)
        assert np.isfinite(y).all()
        assert np.isfinite(dx).all()


def test_bidirectional_lstm() -> None:
    entries = lstm_parameters(3, 2, "a", "b")
    x, h, c = DRAW.standard_normal((SHAPE.total, 3)), DRAW.standard_normal((4, 4)), DRAW.standard_normal((4, 4))
    layer = Bidirectional(lstm("a", entries), lstm("b", entries))

    def forward():
        (y, last), back = layer(x, SHAPE, LSTMState(h, c), training_run(BACKEND))

        def backward(dys):
            dx, dfirst, _ = back(dys[0], LSTMState(dys[1], dys[2]))
            return [dx, dfirst.h, dfirst.c]

        return [y, last.h, last.c], backward

    check(forward, {"x": x, "h": h, "c": c}, entries)


def test_stack_with_dropout() -> None:
    entries = lstm_parameters(4, 4, "a", "b")
    x = DRAW.standard_normal((SHAPE.total, 4))
    stack = RecurrentStack([lstm("a", entries), lstm("b", entries)], 0.3)

    def forward():
        context = training_run(BACKEND, dropout=True)
        (y, last), back = stack(x, SHAPE, stack.zeros(BACKEND, 4), context)
        return [y, last[0].c], lambda dys: [
            back(dys[0], [LSTMState(np.zeros((4, 4)), dys[1]), LSTMState(*np.zeros((2, 4, 4)))])[0]
        ]

    check(forward, {"x": x}, entries)


def test_softmax_cross_entropy() -> None:
    logits, targets = DRAW.standard_normal((6, 5)), np.array([0, 4, 2, 2, 1, 3])

    def forward():
        (mean, losses), back = softmax_cross_entropy(logits.copy(), targets, training_run(BACKEND))
        assert mean == pytest.approx(losses.mean())
        return [np.array(mean)], lambda dys: [back() * dys[0]]

    check(forward, {"logits": logits})


def test_softmax_cross_entropy_of_huge_logits() -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-1e30, 0.0, 0.0]])
    (_, losses), back = softmax_cross_entropy(logits, np.array([1, 1]), training_run(BACKEND))
    np.testing.assert_allclose(losses, [2e4, np.log(2)])
    assert np.isfinite(back()).all()


@pytest.mark.parametrize("packing", [SHAPE, Packing([3, 3])])
def test_rows_and_packed_are_inverse(packing: Packing) -> None:
    packed = DRAW.standard_normal((packing.total, 2))
    context = training_run(BACKEND)
    rows = pad_packed(packed, packing, context, "a")
    assert rows.shape == (packing.rows, packing.longest, 2)
    np.testing.assert_array_equal(pack_padded(rows, packing, context, "a"), packed)
    order = np.array([1, 0, *range(2, packing.rows)])
    turned = pad_packed(packed, packing, context, "b", order)
    np.testing.assert_array_equal(turned, rows[order])
    np.testing.assert_array_equal(pack_padded(turned, packing, context, "b", order), packed)
    np.testing.assert_array_equal(zero_padding(np.array(rows), packing, context)[~packing.mask], 0)


@pytest.mark.parametrize("name", ATTENTION_SCORES)
def test_attention_scores(name: str) -> None:
    made = find_class(ATTENTION_SCORES[name])
    entries = parameters_of(*made.specs("a", 3))
    score = made("a", entries)
    queries, keys = DRAW.standard_normal((2, 4, 3)), DRAW.standard_normal((2, 5, 3))

    def forward():
        context = training_run(BACKEND)
        projected, back_queries = score.queries(queries.reshape(8, 3), context)
        made_keys, back_keys = score.keys(keys, context)
        scores, back = score.compare(projected.reshape(2, 4, 3), made_keys, context)

        def backward(dys):
            dqueries, dkeys = back(dys[0])
            return [back_queries(dqueries.reshape(8, 3)).reshape(2, 4, 3), back_keys(dkeys)]

        return [scores], backward

    check(forward, {"queries": queries, "keys": keys}, entries)


def test_masked_softmax() -> None:
    scores, mask = DRAW.standard_normal((2, 3, 4)), np.array([[1, 1, 1, 1], [1, 1, 0, 0]], dtype=bool)

    def forward():
        weights, back = masked_softmax(scores, mask, training_run(BACKEND))
        assert (weights[1, :, 2:] == 0).all()
        np.testing.assert_allclose(weights.sum(axis=2), 1)
        return [weights], lambda dys: [back(dys[0])]

    check(forward, {"scores": scores})


def test_a_backward_is_valid_once_and_until_the_next_forward() -> None:
    entries = parameters(weight=(3, 5))
    layer, x = Linear(entries["weight"]), DRAW.standard_normal((6, 3))
    workspace = Workspace(np, BACKEND.dtype)
    y, back = layer(x, training_run(BACKEND, workspace=workspace))
    back(np.ones_like(y))
    with pytest.raises(StaleBackwardError):
        back(np.ones_like(y))
    _, old = layer(x, training_run(BACKEND, workspace=workspace))
    layer(x, training_run(BACKEND, workspace=workspace))
    with pytest.raises(StaleBackwardError):
        old(np.ones_like(y))
    context = training_run(BACKEND)
    context.gradients = False
    _, none = layer(x, context)
    with pytest.raises(StaleBackwardError):
        none(np.ones_like(y))


def test_repeated_rows_are_added() -> None:
    for symbols in (3, 1000):
        ids, rows = DRAW.integers(0, symbols, 500), DRAW.standard_normal((500, 4))
        target = np.zeros((symbols, 4))
        expected = target.copy()
        np.add.at(expected, ids, rows)
        BACKEND.scatter_add_rows(target, ids, rows)
        np.testing.assert_allclose(target, expected, atol=1e-12)
