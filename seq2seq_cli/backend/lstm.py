"""One LSTM layer over a packed batch, forward and backward: the reference that faster engines must equal.

Gates are laid out ``[i f o | g]``. A sigmoid is ``1 / (1 + exp(-z))`` and tanh z is ``2 sigmoid(2z) - 1``,
so one exponential serves all four gates when the weights' columns are scaled by -1 (sigmoids) and -2
(tanh) beforehand. The scaled copies live in the workspace; the parameters keep their plain values.
(One tanh for all four would do as well: NumPy's takes twice as long as its exp without AVX-512.)

The input's product is taken for all steps at once, and so are the weight gradients; only ``h @ Wh`` and
the gate arithmetic run step by step, in buffers that stay. When the inputs are rows of a small table
(a character embedding), the table is projected instead, and its projected rows are looked up.

With i, f, o the sigmoid gates and g the tanh gate of step t (Hochreiter & Schmidhuber 1997, Gers et
al. 2000; "Deep Learning from Scratch 2", 6.2)::

    c[t] = f * c[t-1] + i * g          h[t] = o * tanh(c[t])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seq2seq_cli.backend.ragged import Ragged
from seq2seq_cli.backend.workspace import Workspace

if TYPE_CHECKING:
    from seq2seq_cli.backend.base import Backend

Array = Any


@dataclass(frozen=True)
class LSTMWeights:
    """The arrays of one layer, or their gradients: (D, 4H), (H, 4H), (4H,)."""

    input: Array
    recurrent: Array
    bias: Array


@dataclass(frozen=True)
class LSTMCache:
    """What a forward leaves for its backward. R is the number of packed rows."""

    shape: Ragged
    weights: LSTMWeights
    x: Array  # (R, D), or the table (V, D)
    ids: Array | None  # (R,), where x is a table
    gates: Array  # (R, 4H), after their nonlinearities
    cells: Array  # (R, H), c of each step
    tanh_cells: Array  # (R, H)
    h_before: Array  # (R, H), h of the step before
    first_cells: Array  # (N, H), c before the first step
    has_row_input: bool


def forward(
    backend: Backend,
    x: Array,
    ids: Array | None,
    shape: Ragged,
    weights: LSTMWeights,
    state: tuple[Array, Array],
    row_input: Array | None,
    workspace: Workspace,
    owner: str,
) -> tuple[Array, tuple[Array, Array], LSTMCache]:
    """Run one layer over a packed batch.

    Args:
        backend: the array library and its few operations.
        x: (R, D) inputs, packed; or with `ids` a table (V, D).
        ids: (R,) the inputs are these rows of the table `x`; or None.
        shape: the batch's lengths.
        weights: the layer's parameters.
        state: (h, c) before the first step, each (N, H).
        row_input: (N, 4H) added to the gates' input at every step, or None.
        workspace: where buffers are kept.
        owner: the layer's name in the workspace.

    Returns:
        (y (R, H), (h, c) after each row's own last step, each (N, H), cache). y and the cache are
        views into the workspace; the state is a copy.
    """
    xp = backend.xp
    N, H, R = shape.rows, weights.recurrent.shape[0], shape.total

    def buffer(name: str, *size: int) -> Array:
        return workspace.array(owner, name, *size)

    # The exponents' factors: -z for the sigmoids, -2z for the tanh gate.
    factors = buffer("factors", 4 * H)
    factors[: 3 * H], factors[3 * H :] = -1.0, -2.0
    recurrent = xp.multiply(weights.recurrent, factors, out=buffer("recurrent", H, 4 * H))
    into = xp.multiply(weights.input, factors, out=buffer("input", x.shape[1], 4 * H))
    bias = xp.multiply(weights.bias, factors, out=buffer("bias", 4 * H))
    gates = buffer("gates", R, 4 * H)
    if ids is None:
        xp.matmul(x, into, out=gates)
        xp.add(gates, bias, out=gates)
    else:
        table = xp.matmul(x, into, out=buffer("table", x.shape[0], 4 * H))
        xp.add(table, bias, out=table)
        backend.gather_rows(table, ids, out=gates)
    if row_input is not None:
        row_input = xp.multiply(row_input, factors, out=buffer("row_input", N, 4 * H))

    h_before, y = buffer("h_before", R, H), buffer("y", R, H)
    cells, tanh_cells = buffer("cells", R, H), buffer("tanh_cells", R, H)
    product, term = buffer("product", N, 4 * H), buffer("term", N, H)
    last_h, last_c = xp.empty((N, H), dtype=x.dtype), xp.empty((N, H), dtype=x.dtype)
    h_before[:N], c = state
    for t, (start, n) in enumerate(shape.steps):
        step = slice(start, start + n)
        gate = gates[step]
        xp.matmul(h_before[step], recurrent, out=product[:n])
        xp.add(gate, product[:n], out=gate)
        if row_input is not None:
            xp.add(gate, row_input[:n], out=gate)
        xp.exp(gate, out=gate)
        xp.add(gate, 1.0, out=gate)
        xp.reciprocal(gate, out=gate)
        i, f, o, g = gate[:, :H], gate[:, H : 2 * H], gate[:, 2 * H : 3 * H], gate[:, 3 * H :]
        xp.multiply(g, 2.0, out=g)
        xp.subtract(g, 1.0, out=g)

        new_c, new_h = cells[step], y[step]
        xp.multiply(f, c[:n], out=new_c)
        xp.multiply(i, g, out=term[:n])
        xp.add(new_c, term[:n], out=new_c)
        xp.tanh(new_c, out=tanh_cells[step])
        xp.multiply(o, tanh_cells[step], out=new_h)

        after = shape.steps[t + 1][1] if t + 1 < len(shape.steps) else 0
        if after:
            h_before[start + n : start + n + after] = new_h[:after]
        if after < n:  # these rows end here
            last_h[after:n], last_c[after:n] = new_h[after:], new_c[after:]
        c = new_c
    cache = LSTMCache(shape, weights, x, ids, gates, cells, tanh_cells, h_before, state[1], row_input is not None)
    return y, (last_h, last_c), cache


def backward(
    backend: Backend,
    cache: LSTMCache,
    dy: Array | None,
    dstate: tuple[Array, Array] | None,
    gradients: LSTMWeights,
    workspace: Workspace,
    owner: str,
) -> tuple[Array, tuple[Array, Array], Array | None]:
    """Run the gradient back through `forward`.

    Args:
        backend: the array library and its few operations.
        cache: what the forward left.
        dy: (R, H) gradient of y, or None where only the last state counts.
        dstate: gradients of the last (h, c), each (N, H), or None.
        gradients: where the weights' gradients are added.
        workspace: where buffers are kept.
        owner: the layer's name in the workspace.

    Returns:
        (dx (R, D), or (V, D) where x is a table; (dh, dc) of the first state, each (N, H); gradient of
        row_input (N, 4H) or None).
    """
    xp = backend.xp
    shape, gates = cache.shape, cache.gates
    N, H, R = shape.rows, cache.cells.shape[1], gates.shape[0]

    def buffer(name: str, *size: int) -> Array:
        return workspace.array(owner, name, *size)

    dgates = buffer("dgates", R, 4 * H)
    slopes, dtanh, carried = buffer("slopes", N, 3 * H), buffer("term", N, H), buffer("carried", N, H)
    dh, dc = xp.zeros((N, H), dtype=gates.dtype), xp.zeros((N, H), dtype=gates.dtype)
    if dstate is not None:
        dh[...], dc[...] = dstate
    transposed = cache.weights.recurrent.T
    for t in range(len(shape.steps) - 1, -1, -1):
        start, n = shape.steps[t]
        step = slice(start, start + n)
        gate, dgate = gates[step], dgates[step]
        i, o, g = gate[:, :H], gate[:, 2 * H : 3 * H], gate[:, 3 * H :]
        tanh_c, dh_t, dc_t, work, slope = cache.tanh_cells[step], dh[:n], dc[:n], dtanh[:n], slopes[:n]
        c_before = cache.first_cells if t == 0 else cache.cells[shape.steps[t - 1][0] :]
        if dy is not None:
            xp.add(dh_t, dy[step], out=dh_t)

        # Through h = o * tanh(c): first o's share of the gradient, then c's.
        do = dgate[:, 2 * H : 3 * H]
        xp.multiply(dh_t, tanh_c, out=do)
        xp.multiply(do, tanh_c, out=work)
        xp.subtract(dh_t, work, out=work)  # dh * (1 - tanh(c)²)
        xp.multiply(work, o, out=work)
        xp.add(dc_t, work, out=dc_t)

        # Through c = f * c_before + i * g.
        xp.multiply(dc_t, g, out=dgate[:, :H])
        xp.multiply(dc_t, c_before[:n], out=dgate[:, H : 2 * H])
        sigmoids, dsigmoids = gate[:, : 3 * H], dgate[:, : 3 * H]
        xp.multiply(dsigmoids, sigmoids, out=slope)
        xp.multiply(slope, sigmoids, out=dsigmoids)
        xp.subtract(slope, dsigmoids, out=dsigmoids)  # d * s * (1 - s)
        dg, through = dgate[:, 3 * H :], carried[:n]
        xp.multiply(dc_t, i, out=through)
        xp.multiply(g, g, out=work)
        xp.multiply(through, work, out=work)
        xp.subtract(through, work, out=dg)  # dc * i * (1 - g²)
        xp.multiply(dc_t, gate[:, H : 2 * H], out=dc_t)
        xp.matmul(dgate, transposed, out=dh_t)

    xp.add(gradients.recurrent, xp.matmul(cache.h_before.T, dgates), out=gradients.recurrent)
    dinput = dgates
    if cache.ids is not None:
        dinput = buffer("dtable", cache.x.shape[0], 4 * H)
        dinput[...] = 0
        backend.add_rows_at(dinput, cache.ids, dgates)
    xp.add(gradients.input, xp.matmul(cache.x.T, dinput), out=gradients.input)
    xp.add(gradients.bias, dinput.sum(axis=0), out=gradients.bias)
    dx = xp.matmul(dinput, cache.weights.input.T, out=buffer("dx", *cache.x.shape))
    drow = backend.sum_over_steps(dgates, shape) if cache.has_row_input else None
    return dx, (dh, dc), drow
