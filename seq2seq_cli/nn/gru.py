"""The GRU layer (Cho et al. 2014): maths and layer in one file, an example of how a cell is added.

With r and z the sigmoid gates "reset" and "update" of step t, and n the candidate::

    r, z = sigmoid(x[t] Wr + h[t-1] Ur + br), sigmoid(x[t] Wz + h[t-1] Uz + bz)
    n    = tanh(x[t] Wn + (r * h[t-1]) Un + bn)
    h[t] = z * h[t-1] + (1 - z) * n

Weights hold them side by side, ``[r z | n]``. The input is projected for all steps at once, and each weight's
gradient is one product over all steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from seq2seq_cli.backend import Backend, Buffers, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.recurrent import GatedCell, LayerBackward, LayerState
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class _Trace:
    """What a forward leaves for its backward. R is the number of packed rows."""

    recurrent: Array  # (H, 3H), as the forward used it
    gates: Array  # (R, 3H), r, z and n
    before: Array  # (R, H), h of the step before
    reset: Array  # (R, H), r * h of the step before


class GRU(GatedCell[LayerState]):
    """One layer, its gates laid out ``[r z | n]``; see `GatedCell`."""

    gates, state_type = 3, LayerState

    def __call__(
        self, x: Array, packing: Packing, state: LayerState, context: ForwardContext, static_input: Array | None = None
    ) -> tuple[tuple[Array, LayerState], LayerBackward[LayerState]]:
        """Run over a packed batch; see `Layer`. `static_input` is (N, 3H)."""
        guard, buffers, backend = context.guard(self.name), context.buffers(self.name), context.backend
        recurrent = self._drop(self.recurrent, context)
        inputs = buffers("inputs", packing.total, 3 * self.width)
        backend.product(x, self.input.value, inputs, self.bias.value)
        if static_input is not None:
            backend.add_to_steps(inputs, static_input, packing)
        y, last, trace = _run_forwards(backend, inputs, packing, recurrent.value, state.h, buffers)

        def backward(dy: Array | None, dlast: LayerState | None) -> tuple[Array, LayerState, Array | None]:
            guard()
            dgates, dfirst = _run_backwards(backend, trace, packing, dy, None if dlast is None else dlast.h, buffers)
            with recurrent.gradient() as drecurrent:
                self._add_weight_gradients(x, trace, dgates, drecurrent, context)
            dx = backend.product(dgates, self.input.value.T, buffers("dx", *x.shape))
            dstatic = None if static_input is None else backend.sum_over_steps(dgates, packing)
            return dx, LayerState(dfirst), dstatic

        return (y, LayerState(last)), backward

    def _add_weight_gradients(
        self, x: Array, trace: _Trace, dgates: Array, drecurrent: Array, context: ForwardContext
    ) -> None:
        backend, H, buffers = context.backend, self.width, context.buffers(self.name)
        for columns, read in ((slice(2 * H), trace.before), (slice(2 * H, None), trace.reset)):
            backend.add_product(drecurrent[:, columns], read.T, dgates[:, columns], buffers, "drecurrent")
        backend.add_product(self.input.gradient, x.T, dgates, buffers, "dinput")
        backend.add_column_sums(self.bias.gradient, dgates)


def _run_forwards(
    backend: Backend, inputs: Array, packing: Packing, recurrent: Array, h: Array, buffers: Buffers
) -> tuple[Array, Array, _Trace]:
    """Go through the steps, given the projected inputs (R, 3H), which become the gates.

    Returns:
        y (R, H), the h (N, H) after each row's own last step, and what the backward needs.
    """
    xp, (N, H), R = backend.xp, h.shape, packing.total
    y, before, reset = (buffers(name, R, H) for name in ("y", "before", "reset"))
    last, products, work = xp.empty((N, H), dtype=h.dtype), buffers("products", N, 2 * H), buffers("work", N, H)
    for start, n in packing.steps:
        step = slice(start, start + n)
        last[n : len(h)] = h[n:]  # these rows have ended
        h = h[:n]
        before[step] = h
        r, z, candidate = (inputs[step, k * H : (k + 1) * H] for k in range(3))

        sigmoids = inputs[step, : 2 * H]  # 1 / (1 + exp(-a)) is 0.5 + 0.5 tanh(a / 2), which never overflows
        xp.add(sigmoids, backend.product(h, recurrent[:, : 2 * H], products[:n]), out=sigmoids)
        xp.multiply(sigmoids, 0.5, out=sigmoids)
        xp.tanh(sigmoids, out=sigmoids)
        xp.multiply(sigmoids, 0.5, out=sigmoids)
        xp.add(sigmoids, 0.5, out=sigmoids)

        xp.multiply(r, h, out=reset[step])
        xp.add(candidate, backend.product(reset[step], recurrent[:, 2 * H :], work[:n]), out=candidate)
        xp.tanh(candidate, out=candidate)

        # z * h + (1 - z) * n = n + z * (h - n)
        xp.subtract(h, candidate, out=y[step])
        xp.multiply(y[step], z, out=y[step])
        xp.add(y[step], candidate, out=y[step])
        h = y[step]
    last[: len(h)] = h
    return y, last, _Trace(recurrent, inputs, before, reset)


def _run_backwards(
    backend: Backend, trace: _Trace, packing: Packing, dy: Array | None, dlast: Array | None, buffers: Buffers
) -> tuple[Array, Array]:
    """Go back through the steps.

    Returns:
        The gradients of what goes into the gates (R, 3H), and of the first h (N, H).
    """
    xp, (R, H), N = backend.xp, trace.before.shape, packing.rows
    dgates, works = buffers("dgates", R, 3 * H), (buffers("work", N, H), buffers("more_work", N, H))
    dh = xp.zeros((N, H), dtype=trace.gates.dtype)
    if dlast is not None:
        dh[...] = dlast
    for start, n in reversed(packing.steps):
        step = slice(start, start + n)
        h, dh_t, term, slope = trace.before[step], dh[:n], works[0][:n], works[1][:n]
        r, z, candidate = (trace.gates[step, k * H : (k + 1) * H] for k in range(3))
        dr, dz, dcandidate = (dgates[step, k * H : (k + 1) * H] for k in range(3))
        if dy is not None:
            xp.add(dh_t, dy[step], out=dh_t)

        # Through h' = z * h + (1 - z) * n, the tanh's slope 1 - n² and the sigmoid's z * (1 - z).
        xp.subtract(1.0, z, out=term)
        xp.multiply(dh_t, term, out=dcandidate)
        xp.multiply(dcandidate, z, out=dz)  # dh * (1 - z) * z
        xp.subtract(h, candidate, out=term)
        xp.multiply(dz, term, out=dz)
        xp.multiply(candidate, candidate, out=slope)
        xp.subtract(1.0, slope, out=slope)
        xp.multiply(dcandidate, slope, out=dcandidate)
        xp.multiply(dh_t, z, out=dh_t)

        # Through n = tanh(… + (r * h) U): first of r * h, then of r and of h.
        backend.product(dcandidate, trace.recurrent[:, 2 * H :].T, term)
        xp.multiply(term, h, out=dr)
        xp.multiply(dr, r, out=dr)
        xp.subtract(1.0, r, out=slope)
        xp.multiply(dr, slope, out=dr)
        xp.multiply(term, r, out=term)
        xp.add(dh_t, term, out=dh_t)
        backend.product(dgates[step, : 2 * H], trace.recurrent[:, : 2 * H].T, term)
        xp.add(dh_t, term, out=dh_t)
    return dgates, dh
