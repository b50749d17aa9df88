"""One LSTM layer over a packed batch, forward and backward, tuned for NumPy; `reference.lstm` is the plain one.

Weights hold the gates side by side, ``[i f o | g]``. A sigmoid is ``0.5 + 0.5 tanh(z / 2)``, so one tanh
serves all four gates when the sigmoids' columns are halved beforehand. The halved copies live in the
workspace; the parameters keep their plain values.

Only ``h @ Wh`` and the gate arithmetic run step by step, in buffers that stay; the weights' gradients are
one product over all steps. A wide input (another layer's states) is projected for all steps at once; a
narrow one (a character's embedding) rides along with h in the step's product, ``[h x 1] @ [Wh; Wx; b]``,
which costs less than to write its projection down and add it.

A product leaves the four gates of a row side by side, (n, 4H). The arithmetic wants each gate in one
piece, (4, n, H): NumPy goes through long runs several times as fast as through short ones, and that pays
for the rearranging copy behind each product of the forward and before each of the backward.

With i, f, o the sigmoid gates and g the tanh gate of step t (Hochreiter & Schmidhuber 1997, Gers et
al. 2000; "Deep Learning from Scratch 2", 6.2)::

    c[t] = f * c[t-1] + i * g          h[t] = o * tanh(c[t])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seq2seq_cli.backend.packing import Packing
from seq2seq_cli.backend.workspace import Buffers
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class LSTMWeights:
    """The arrays of one layer, or their gradients: (D, 4H), (H, 4H), (4H,)."""

    input: Array
    recurrent: Array
    bias: Array


@dataclass(frozen=True)
class LSTMCache:
    """What a forward leaves for its backward. R is the number of packed rows."""

    packing: Packing
    weights: LSTMWeights
    x: Array  # (R, D)
    read: Array  # (R, H) h of the step before; with a narrow input (R, H + D + 1): h, x and 1
    gates: Array  # (4, R, H), after their nonlinearities
    cells: Array  # (R, H), c of each step
    first_cells: Array  # (N, H), c before the first step
    has_static_input: bool


@dataclass(frozen=True)
class _Products:
    """What the steps multiply and add, the sigmoids' columns halved."""

    matrix: Array  # (K, 4H), what `read` is multiplied by
    read: Array  # (R, K): of a step's h, the columns of x and 1 beside it where the input is narrow
    inputs: Array | None  # (R, 4H), a wide input's projection, with the bias
    static_input: Array | None  # (N, 4H)


def forward(
    xp: Any,
    x: Array,
    packing: Packing,
    weights: LSTMWeights,
    state: tuple[Array, Array],
    static_input: Array | None,
    buffers: Buffers,
) -> tuple[Array, tuple[Array, Array], LSTMCache]:
    """Run one layer over a packed batch.

    Args:
        xp: the array module.
        x: (R, D) inputs, packed.
        packing: the batch's lengths.
        weights: the layer's parameters.
        state: (h, c) before the first step, each (N, H).
        static_input: (N, 4H) added to the gates' input at every step, or None.
        buffers: the layer's.

    Returns:
        (y (R, H), (h, c) after each row's own last step, each (N, H), cache). y and the cache are
        views into the workspace; the state is a copy.
    """
    N, H, R = packing.rows, weights.recurrent.shape[0], packing.total
    products = _prepare(xp, x, weights, static_input, buffers)
    gates, y, cells = buffers("gates", 4, R, H), buffers("y", R, H), buffers("cells", R, H)
    sums, work = buffers("product", N, 4 * H), buffers("work", N, H)
    last_h, last_c = xp.empty((N, H), dtype=x.dtype), xp.empty((N, H), dtype=x.dtype)
    read = products.read
    read[:N, :H], c = state
    for t, (start, n) in enumerate(packing.steps):
        step = slice(start, start + n)
        new_c, new_h = cells[step], y[step]
        _sum_gates(xp, products, step, sums[:n])
        _advance(xp, sums[:n], gates[:, step], c[:n], work[:n], (new_h, new_c))
        after = packing.steps[t + 1][1] if t + 1 < len(packing.steps) else 0
        if after:
            read[start + n : start + n + after, :H] = new_h[:after]
        if after < n:  # these rows end here
            last_h[after:n], last_c[after:n] = new_h[after:], new_c[after:]
        c = new_c
    cache = LSTMCache(packing, weights, x, read, gates, cells, state[1], static_input is not None)
    return y, (last_h, last_c), cache


def _prepare(xp: Any, x: Array, weights: LSTMWeights, static_input: Array | None, buffers: Buffers) -> _Products:
    """Halve the sigmoids' columns, and project a wide input for all steps at once."""
    (R, D), (H, columns) = x.shape, weights.recurrent.shape

    def set_halves(halves: Array) -> None:
        halves[: 3 * H], halves[3 * H :] = 0.5, 1.0

    def join(matrix: Array) -> None:
        xp.multiply(weights.recurrent, halves, out=matrix[:H])
        if narrow:
            xp.multiply(weights.input, halves, out=matrix[H:-1])
            xp.multiply(weights.bias, halves, out=matrix[-1])

    def halved(name: str, array: Array) -> Array:
        return buffers.of_weights(name, array.shape, lambda out: xp.multiply(array, halves, out=out))

    narrow = 2 * D <= H
    K = H + D + 1 if narrow else H
    halves = buffers.of_weights("halves", (columns,), set_halves)
    matrix, read = buffers.of_weights("joined", (K, columns), join), buffers("read", R, K)
    inputs = None
    if narrow:
        read[:, H:-1], read[:, -1] = x, 1.0
    else:
        inputs = xp.matmul(x, halved("input", weights.input), out=buffers("inputs", R, columns))
        xp.add(inputs, halved("bias", weights.bias), out=inputs)
    if static_input is not None:
        static_input = xp.multiply(static_input, halves, out=buffers("static_input", *static_input.shape))
    return _Products(matrix, read, inputs, static_input)


def _sum_gates(xp: Any, products: _Products, step: slice, sums: Array) -> None:
    """Write what goes into the gates of one step to `sums` (n, 4H)."""
    xp.matmul(products.read[step], products.matrix, out=sums)
    if products.inputs is not None:
        xp.add(sums, products.inputs[step], out=sums)
    if products.static_input is not None:
        xp.add(sums, products.static_input[: len(sums)], out=sums)


def _advance(xp: Any, sums: Array, gate: Array, c: Array, work: Array, new: tuple[Array, Array]) -> None:
    """Compute the gates (4, n, H), h and c of one step from what goes into them and the c before."""
    new_h, new_c = new
    gate[...] = _by_gate(sums)
    xp.tanh(gate, out=gate)
    sigmoids = gate[:3]
    xp.multiply(sigmoids, 0.5, out=sigmoids)
    xp.add(sigmoids, 0.5, out=sigmoids)
    i, f, o, g = (gate[k] for k in range(4))

    xp.multiply(f, c, out=new_c)
    xp.multiply(i, g, out=work)
    xp.add(new_c, work, out=new_c)
    xp.tanh(new_c, out=work)
    xp.multiply(o, work, out=new_h)


def _by_gate(side_by_side: Array) -> Array:
    """View the gates' columns (rows, 4H) as (4, rows, H)."""
    rows, columns = side_by_side.shape
    return side_by_side.reshape(rows, 4, columns // 4).transpose(1, 0, 2)


def backward(
    xp: Any,
    cache: LSTMCache,
    dy: Array | None,
    dstate: tuple[Array, Array] | None,
    gradients: LSTMWeights,
    buffers: Buffers,
) -> tuple[Array, tuple[Array, Array], Array | None]:
    """Run the gradient back through `forward`.

    Args:
        xp: the array module.
        cache: what the forward left.
        dy: (R, H) gradient of y, or None where only the last state counts.
        dstate: gradients of the last (h, c), each (N, H), or None.
        gradients: where the weights' gradients are added.
        buffers: the layer's.

    Returns:
        (dx (R, D); (dh, dc) of the first state, each (N, H); gradient of static_input (N, 4H) or None).
    """
    packing, gates = cache.packing, cache.gates
    N, H, R = packing.rows, cache.cells.shape[1], packing.total
    dgates = buffers("dgates", R, 4 * H)
    dgate, slope = buffers("dsteps", 4, N, H), buffers("slopes", 4, N, H)
    works = buffers("work", N, H), buffers("more_work", N, H)
    dh, dc = xp.zeros((N, H), dtype=gates.dtype), xp.zeros((N, H), dtype=gates.dtype)
    if dstate is not None:
        dh[...], dc[...] = dstate
    # A product with a transposed view packs it anew each time, which takes longer than one copy.
    transposed = buffers("transposed", 4 * H, H)
    transposed[...] = cache.weights.recurrent.T
    for t in range(len(packing.steps) - 1, -1, -1):
        start, n = packing.steps[t]
        step = slice(start, start + n)
        c_before = cache.first_cells if t == 0 else cache.cells[packing.steps[t - 1][0] :]
        if dy is not None:
            xp.add(dh[:n], dy[step], out=dh[:n])
        cells, work = (c_before[:n], cache.cells[step]), (works[0][:n], works[1][:n])
        _through_cell(xp, gates[:, step], cells, (dh[:n], dc[:n]), dgate[:, :n], work)
        _through_gates(xp, gates[:, step], dgate[:, :n], slope[:, :n])
        _by_gate(dgates[step])[...] = dgate[:, :n]
        xp.matmul(dgates[step], transposed, out=dh[:n])
    _add_weight_gradients(xp, cache, dgates, gradients, buffers)
    dx = xp.matmul(dgates, cache.weights.input.T, out=buffers("dx", *cache.x.shape))
    dstatic = packing.sum_over_steps(xp, dgates) if cache.has_static_input else None
    return dx, (dh, dc), dstatic


def _through_cell(
    xp: Any,
    gate: Array,
    cells: tuple[Array, Array],
    dstate: tuple[Array, Array],
    dgate: Array,
    works: tuple[Array, Array],
) -> None:
    """Turn a step's gradients of (h, c) into those of the gates (4, n, H) and, in place, of the c before.

    `cells` are the c before the step and the c after it.
    """
    i, f, o, g = (gate[k] for k in range(4))
    (c_before, c), (dh, dc), (tanh_c, work) = cells, dstate, works
    # Through h = o * tanh(c), which is faster taken again than kept: first o's share of the gradient, then c's.
    xp.tanh(c, out=tanh_c)
    xp.multiply(dh, tanh_c, out=dgate[2])
    xp.multiply(dgate[2], tanh_c, out=work)
    xp.subtract(dh, work, out=work)  # dh * (1 - tanh(c)²)
    xp.multiply(work, o, out=work)
    xp.add(dc, work, out=dc)

    # Through c = f * c_before + i * g.
    xp.multiply(dc, g, out=dgate[0])
    xp.multiply(dc, c_before, out=dgate[1])
    xp.multiply(dc, i, out=dgate[3])
    xp.multiply(dc, f, out=dc)


def _through_gates(xp: Any, gate: Array, dgate: Array, slope: Array) -> None:
    """Multiply the gates' gradients (4, n, H) by their slopes: of a sigmoid s it is s - s², of a tanh 1 - g²."""
    xp.multiply(gate, gate, out=slope)
    xp.subtract(gate[:3], slope[:3], out=slope[:3])
    xp.subtract(1.0, slope[3], out=slope[3])
    xp.multiply(dgate, slope, out=dgate)


def _add_weight_gradients(xp: Any, cache: LSTMCache, dgates: Array, gradients: LSTMWeights, buffers: Buffers) -> None:
    """Add the gradients of all weights, one product over all steps each."""
    H = cache.cells.shape[1]
    weights = xp.matmul(cache.read.T, dgates, out=buffers("dweights", cache.read.shape[1], 4 * H))
    xp.add(gradients.recurrent, weights[:H], out=gradients.recurrent)
    if len(weights) > H:  # a narrow input's rows stand below
        dinput, dbias = weights[H:-1], weights[-1]
    else:
        dinput = xp.matmul(cache.x.T, dgates, out=buffers("dinput", *gradients.input.shape))
        dbias = dgates.sum(axis=0)
    xp.add(gradients.input, dinput, out=gradients.input)
    xp.add(gradients.bias, dbias, out=gradients.bias)
