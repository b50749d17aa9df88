"""One LSTM layer over a packed batch, forward and backward: the reference that faster engines must equal.

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
from typing import TYPE_CHECKING, Any

from seq2seq_cli.backend.packing import Packing
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

    packing: Packing
    weights: LSTMWeights
    x: Array  # (R, D)
    read: Array  # (R, H) h of the step before; with a narrow input (R, H + D + 1): h, x and 1
    gates: Array  # (4, R, H), after their nonlinearities
    cells: Array  # (R, H), c of each step
    first_cells: Array  # (N, H), c before the first step
    has_row_input: bool


def forward(
    backend: Backend,
    x: Array,
    packing: Packing,
    weights: LSTMWeights,
    state: tuple[Array, Array],
    static_input: Array | None,
    workspace: Workspace,
    owner: str,
) -> tuple[Array, tuple[Array, Array], LSTMCache]:
    """Run one layer over a packed batch.

    Args:
        backend: the array library and its few operations.
        x: (R, D) inputs, packed.
        packing: the batch's lengths.
        weights: the layer's parameters.
        state: (h, c) before the first step, each (N, H).
        static_input: (N, 4H) added to the gates' input at every step, or None.
        workspace: where buffers are kept.
        owner: the layer's name in the workspace.

    Returns:
        (y (R, H), (h, c) after each row's own last step, each (N, H), cache). y and the cache are
        views into the workspace; the state is a copy.
    """
    xp = backend.xp
    N, H, R, D = packing.rows, weights.recurrent.shape[0], packing.total, x.shape[1]
    narrow = 2 * D <= H
    K = H + D + 1 if narrow else H

    def buffer(name: str, *size: int) -> Array:
        return workspace.array(owner, name, *size)

    halves = buffer("halves", 4 * H)
    halves[: 3 * H], halves[3 * H :] = 0.5, 1.0
    joined, read = buffer("joined", K, 4 * H), buffer("read", R, K)
    xp.multiply(weights.recurrent, halves, out=joined[:H])
    inputs = None
    if narrow:
        xp.multiply(weights.input, halves, out=joined[H:-1])
        xp.multiply(weights.bias, halves, out=joined[-1])
        read[:, H:-1], read[:, -1] = x, 1.0
    else:
        into = xp.multiply(weights.input, halves, out=buffer("input", D, 4 * H))
        inputs = xp.matmul(x, into, out=buffer("inputs", R, 4 * H))
        xp.add(inputs, xp.multiply(weights.bias, halves, out=buffer("bias", 4 * H)), out=inputs)
    if static_input is not None:
        static_input = xp.multiply(static_input, halves, out=buffer("static_input", N, 4 * H))

    gates, y = buffer("gates", 4, R, H), buffer("y", R, H)
    cells, product, work = buffer("cells", R, H), buffer("product", N, 4 * H), buffer("work", N, H)
    last_h, last_c = xp.empty((N, H), dtype=x.dtype), xp.empty((N, H), dtype=x.dtype)
    read[:N, :H], c = state
    for t, (start, n) in enumerate(packing.steps):
        step = slice(start, start + n)
        sums, gate = product[:n], gates[:, step]
        xp.matmul(read[step], joined, out=sums)
        if inputs is not None:
            xp.add(sums, inputs[step], out=sums)
        if static_input is not None:
            xp.add(sums, static_input[:n], out=sums)
        gate[...] = _by_gate(sums)
        xp.tanh(gate, out=gate)
        sigmoids = gate[:3]
        xp.multiply(sigmoids, 0.5, out=sigmoids)
        xp.add(sigmoids, 0.5, out=sigmoids)
        i, f, o, g = (gate[k] for k in range(4))

        new_c, new_h = cells[step], y[step]
        xp.multiply(f, c[:n], out=new_c)
        term = xp.multiply(i, g, out=work[:n])
        xp.add(new_c, term, out=new_c)
        tanh_c = xp.tanh(new_c, out=work[:n])
        xp.multiply(o, tanh_c, out=new_h)

        after = packing.steps[t + 1][1] if t + 1 < len(packing.steps) else 0
        if after:
            read[start + n : start + n + after, :H] = new_h[:after]
        if after < n:  # these rows end here
            last_h[after:n], last_c[after:n] = new_h[after:], new_c[after:]
        c = new_c
    cache = LSTMCache(packing, weights, x, read, gates, cells, state[1], static_input is not None)
    return y, (last_h, last_c), cache


def _by_gate(side_by_side: Array) -> Array:
    """View the gates' columns (rows, 4H) as (4, rows, H)."""
    rows, columns = side_by_side.shape
    return side_by_side.reshape(rows, 4, columns // 4).transpose(1, 0, 2)


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
        (dx (R, D); (dh, dc) of the first state, each (N, H); gradient of static_input (N, 4H) or None).
    """
    xp = backend.xp
    packing, gates = cache.packing, cache.gates
    N, H, R = packing.rows, cache.cells.shape[1], packing.total

    def buffer(name: str, *size: int) -> Array:
        return workspace.array(owner, name, *size)

    dgates = buffer("dgates", R, 4 * H)
    dsteps, slopes = buffer("dsteps", 4, N, H), buffer("slopes", 4, N, H)
    tanh_cells, works = buffer("work", N, H), buffer("more_work", N, H)
    dh, dc = xp.zeros((N, H), dtype=gates.dtype), xp.zeros((N, H), dtype=gates.dtype)
    if dstate is not None:
        dh[...], dc[...] = dstate
    # A product with a transposed view packs it anew each time, which takes longer than one copy.
    transposed = buffer("transposed", 4 * H, H)
    transposed[...] = cache.weights.recurrent.T
    for t in range(len(packing.steps) - 1, -1, -1):
        start, n = packing.steps[t]
        step = slice(start, start + n)
        gate, dgate, slope = gates[:, step], dsteps[:, :n], slopes[:, :n]
        i, f, o, g = (gate[k] for k in range(4))
        dh_t, dc_t, work = dh[:n], dc[:n], works[:n]
        c_before = cache.first_cells if t == 0 else cache.cells[packing.steps[t - 1][0] :]
        if dy is not None:
            xp.add(dh_t, dy[step], out=dh_t)

        # Through h = o * tanh(c), which is faster taken again than kept: first o's share of the gradient, then c's.
        tanh_c = xp.tanh(cache.cells[step], out=tanh_cells[:n])
        xp.multiply(dh_t, tanh_c, out=dgate[2])
        xp.multiply(dgate[2], tanh_c, out=work)
        xp.subtract(dh_t, work, out=work)  # dh * (1 - tanh(c)²)
        xp.multiply(work, o, out=work)
        xp.add(dc_t, work, out=dc_t)

        # Through c = f * c_before + i * g.
        xp.multiply(dc_t, g, out=dgate[0])
        xp.multiply(dc_t, c_before[:n], out=dgate[1])
        xp.multiply(dc_t, i, out=dgate[3])
        xp.multiply(dc_t, f, out=dc_t)

        # Through the nonlinearities: the slope of a sigmoid s is s - s², that of a tanh 1 - g².
        xp.multiply(gate, gate, out=slope)
        xp.subtract(gate[:3], slope[:3], out=slope[:3])
        xp.subtract(1.0, slope[3], out=slope[3])
        xp.multiply(dgate, slope, out=dgate)
        _by_gate(dgates[step])[...] = dgate
        xp.matmul(dgates[step], transposed, out=dh_t)

    weights = xp.matmul(cache.read.T, dgates, out=buffer("dweights", cache.read.shape[1], 4 * H))
    xp.add(gradients.recurrent, weights[:H], out=gradients.recurrent)
    if len(weights) > H:  # a narrow input's rows stand below
        dinput, dbias = weights[H:-1], weights[-1]
    else:
        dinput, dbias = xp.matmul(cache.x.T, dgates, out=buffer("dinput", *gradients.input.shape)), dgates.sum(axis=0)
    xp.add(gradients.input, dinput, out=gradients.input)
    xp.add(gradients.bias, dbias, out=gradients.bias)
    dx = xp.matmul(dgates, cache.weights.input.T, out=buffer("dx", *cache.x.shape))
    drow = backend.sum_over_steps(dgates, packing) if cache.has_row_input else None
    return dx, (dh, dc), drow
