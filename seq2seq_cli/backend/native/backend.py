"""The CPU backend with kernels in C: NumPy's arrays, and whole operations that go through them in one call.

Each operation here has the name, the arguments and the results of `Backend`'s, and is tested against it and against
`backend.reference`. A result never depends on how many threads there are: what is summed is summed in an order that the
sizes alone decide.
"""

from __future__ import annotations

import ctypes
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from seq2seq_cli.backend.lstm import LSTMWeights
from seq2seq_cli.backend.native import library
from seq2seq_cli.backend.native.library import Kernels
from seq2seq_cli.backend.numpy_backend import NumPyBackend
from seq2seq_cli.backend.optimisers import FlatBuffers, Update
from seq2seq_cli.backend.packing import Packing
from seq2seq_cli.backend.workspace import Buffers, Workspace
from seq2seq_cli.types import Array

ITEM = 4
"""Bytes of a float32."""
OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2, "adamw": 3}
"""As update.h numbers them."""
VECTORS = 4
"""In a panel; see tile.h."""
IN_STEPS = 1 << 18
"""Weights that stay in the second-level cache beside what else is there: then an input is multiplied in the steps."""


@dataclass(frozen=True)
class Trace:
    """What the LSTM's forward leaves for its backward."""

    packing: Packing
    weights: LSTMWeights
    x: Array  # (R, D)
    y: Array  # (R, H)
    gates: Array  # (R, 4H)
    cells: Array  # (R, H)
    first: tuple[Array, Array]  # h and c before the first step, (N, H) each
    has_static_input: bool


class NativeBackend(NumPyBackend):
    """NumPy arrays in float32, and kernels.

    Args:
        kernels: as `library.find` or `library.load` returns them.
        half: whether the operands of products are rounded to bf16. Sums, states, gates, gradients and the parameters
            themselves are float32 all the same (mixed precision: Micikevicius et al. 2018; Kalamkar et al. 2019).
    """

    name = "native"

    def __init__(self, kernels: Kernels, *, half: bool = False) -> None:
        super().__init__("float32")
        self.kernels, self._call, self._half = kernels, kernels.call, half
        if half:
            self.precision = "bf16"
        self._ones = np.ones(1, dtype=self.dtype)

    # --- products ------------------------------------------------------------------------------------------

    def product(self, a: Array, b: Array, out: Array, bias: Array | None = None) -> Array:
        """Multiply (M, K) by (K, N); see `Backend.product`."""
        if not _has_unit_step(b):
            return super().product(a, b, out, bias)
        self._multiply([(a, out)], b, bias=bias)
        return out

    def add_product(self, target: Array, a: Array, b: Array, buffers: Buffers, name: str) -> None:
        """Add (M, K) times (K, N); see `Backend.add_product`."""
        if _has_unit_step(b):
            self._multiply([(a, target)], b, add=True)
        else:
            super().add_product(target, a, b, buffers, name)

    def products(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Multiply (N, T, K) by (N, K, S), row by row; see `Backend.products`."""
        rows, T, depth = a.shape
        S = b.shape[2]
        if out is None:
            out = np.empty((rows, T, S), dtype=self.dtype)
        if not rows or not _has_unit_step(b[0]) or out.strides[2] != ITEM:
            return super().products(a, b, out)
        left = library.Left(*_operand(a[0]), T, _address(out), out.strides[1] // ITEM)
        product = self._product_of([left], b[0], depth, S, bias=None, add=False)
        apart = (array.strides[0] // ITEM for array in (a, b, out))
        self._call.s2s_products(ctypes.byref(product), rows, *apart)
        return out

    def add_column_sums(self, target: Array, rows: Array) -> None:
        """Add the sum of rows (R, N); see `Backend.add_column_sums`."""
        rows = _dense(rows)
        self._call.s2s_add_column_sums(_address(rows), *rows.shape, _address(target))

    def _multiply(
        self, lefts: list[tuple[Array, Array]], b: Array, *, bias: Array | None = None, add: bool = False
    ) -> None:
        """Write (or add) the product of each left operand with the same right one to the array beside it."""
        made = [library.Left(*_operand(a), len(a), _address(out), out.strides[0] // ITEM) for a, out in lefts]
        product = self._product_of(made, b, *b.shape, bias=bias, add=add)
        self._call.s2s_product(ctypes.byref(product))

    def _product_of(
        self, lefts: list[Any], b: Array, depth: int, columns: int, *, bias: Array | None, add: bool
    ) -> Any:
        operands, (address, row, column) = (library.Left * len(lefts))(*lefts), _operand(b)
        sizes = (row, column, depth, columns)
        return library.Product(operands, len(lefts), address, *sizes, _address(bias), add, self._half)

    # --- the LSTM --------------------------------------------------------------------------------------------

    def lstm_forward(
        self,
        x: Array,
        packing: Packing,
        weights: LSTMWeights,
        state: tuple[Array, Array],
        static_input: Array | None,
        buffers: Buffers,
    ) -> tuple[Array, tuple[Array, Array], Trace]:
        """Run one LSTM layer over a packed batch; see `seq2seq_cli.backend.lstm.forward`."""
        (R, D), H, N = x.shape, weights.recurrent.shape[0], packing.rows
        x, (h, c) = _dense(x), (_dense(state[0]), _dense(state[1]))
        in_steps = 4 * D <= H or 4 * H * (D + H) <= IN_STEPS
        projected = None if in_steps else self.product(x, weights.input, buffers("inputs", R, 4 * H), weights.bias)
        read = D if in_steps else 0

        def pack(panels: Array) -> None:
            input_address, recurrent = _address(weights.input), _address(weights.recurrent)
            self._call.s2s_lstm_pack(input_address, read, recurrent, H, self._half, _address(panels))

        lanes, depth = self.kernels.lanes, self._words(read) + self._words(H)
        panels = buffers.of_weights("panels", (-(-H // lanes), depth, VECTORS * lanes), pack)
        operand, h_words, y_words = x, None, None
        if self._half:
            y_words, h_words = buffers("y_words", R, self._words(H)), self._to_words(h, buffers, "h_words")
            y_words[:, -1] = 0  # an odd unit's neighbour
            operand = self._to_words(x, buffers, "x_words") if in_steps else x
        y, cells, gates = buffers("y", R, H), buffers("cells", R, H), buffers("gates", R, 4 * H)
        last_h, last_c = np.empty((N, H), dtype=self.dtype), np.empty((N, H), dtype=self.dtype)
        static = None if static_input is None else _dense(static_input)
        inputs = (packing.starts, packing.counts, operand if in_steps else None, projected, static, panels)
        others = (h_words, y_words, weights.bias, h, c, y, cells, gates, last_h, last_c)
        layer = library.Forward(*(N, packing.longest, D, H), *map(_address, inputs), self._half, *map(_address, others))
        self._call.s2s_lstm_forward(ctypes.byref(layer))
        return y, (last_h, last_c), Trace(packing, weights, x, y, gates, cells, (h, c), static_input is not None)

    def lstm_backward(
        self,
        cache: Any,
        dy: Array | None,
        dstate: tuple[Array, Array] | None,
        gradients: LSTMWeights,
        buffers: Buffers,
    ) -> tuple[Array, tuple[Array, Array], Array | None]:
        """Run the gradient back through `lstm_forward`; see `seq2seq_cli.backend.lstm.backward`."""
        packing, H = cache.packing, cache.cells.shape[1]
        N, R = packing.rows, packing.total
        width = VECTORS * self.kernels.lanes
        panels = buffers("transposed", -(-H // width), self._words(4 * H), width)
        self._call.s2s_lstm_pack_transposed(_address(cache.weights.recurrent), H, self._half, _address(panels))
        dgates, words = buffers("dgates", R, 4 * H), buffers("dgates_words", R, 2 * H) if self._half else None
        dh, dc = np.empty((N, H), dtype=self.dtype), np.empty((N, H), dtype=self.dtype)
        dstatic = np.empty((N, 4 * H), dtype=self.dtype) if cache.has_static_input else None
        dlast = (None, None) if dstate is None else (_dense(dstate[0]), _dense(dstate[1]))
        dy = None if dy is None else _dense(dy)
        inputs = (packing.starts, packing.counts, cache.gates, cache.cells, cache.first[1], dy, *dlast, panels)
        layer = library.Backward(
            *(N, packing.longest, H),
            *map(_address, inputs),
            self._half,
            *map(_address, (dgates, words, dh, dc, dstatic)),
        )
        self._call.s2s_lstm_backward(ctypes.byref(layer))
        self._add_weight_gradients(cache, dgates, gradients, buffers)
        dx = self.product(dgates, cache.weights.input.T, buffers("dx", *cache.x.shape))
        return dx, (dh, dc), dstatic

    def _words(self, numbers: int) -> int:
        """Return how many words a row of numbers is: two of bf16 share one."""
        return -(-numbers // 2) if self._half else numbers

    def _to_words(self, rows: Array, buffers: Buffers, name: str) -> Array:
        """Round rows (R, D) to bf16 words (R, D / 2), in a buffer."""
        words = buffers(name, len(rows), self._words(rows.shape[1]))
        self._call.s2s_to_words(_address(rows), *rows.shape, _address(words))
        return words

    def _add_weight_gradients(self, trace: Trace, dgates: Array, gradients: LSTMWeights, buffers: Buffers) -> None:
        """Add the gradients of all weights: products of what each step read and the gradients of its gates."""
        packing, x, y, first = trace.packing, trace.x, trace.y, trace.first[0]
        N, R = packing.rows, packing.total
        ones, dbias = np.lib.stride_tricks.as_strided(self._ones, (1, R), (0, 0)), gradients.bias[None]

        def add(h: Array, rows: slice) -> None:
            lefts = [
                (h.T, gradients.recurrent),
                (x[rows].T, gradients.input),
                (ones[:, : len(h)], dbias),
            ]
            self._multiply(lefts, dgates[rows], add=True)

        if packing.uniform:  # the h that a step read lies N rows above
            add(first, slice(0, N))
            if R > N:
                add(y[: R - N], slice(N, R))
            return
        before = buffers("before", R, y.shape[1])
        before[:N] = first
        for (start, _), (after, count) in zip(packing.steps[:-1], packing.steps[1:], strict=True):
            before[after : after + count] = y[start : start + count]
        add(before, slice(0, R))

    # --- softmax, optimiser, rows -------------------------------------------------------------------------------

    def softmax_cross_entropy(self, logits: Array, targets: Array, *, gradient: bool, smoothing: float = 0.0) -> Array:
        """Return the losses of logits (R, V); see `Backend.softmax_cross_entropy`."""
        losses = np.empty(len(logits), dtype=self.dtype)
        ids = np.ascontiguousarray(targets, dtype=np.int64)
        self._call.s2s_softmax_cross_entropy(
            _address(logits), *logits.shape, _address(ids), gradient, smoothing, _address(losses)
        )
        self._warn_of_overflow()
        return losses

    def log_softmax(self, logits: Array) -> Array:
        """Return the logarithms of the probabilities of logits (R, V), as a new array."""
        logits, out = _dense(logits), np.empty(logits.shape, dtype=self.dtype)
        self._call.s2s_log_softmax(_address(logits), *logits.shape, _address(out))
        self._warn_of_overflow()
        return out

    def _warn_of_overflow(self) -> None:
        """Warn as NumPy does, unless it is told not to, if numbers were too large since the last time."""
        if self._call.s2s_take_overflow() and np.geterr()["over"] == "warn":
            warnings.warn("overflow encountered in a kernel", RuntimeWarning, stacklevel=3)

    def gradient_scale(self, gradient: Array, loss: Array, clip: float) -> tuple[Array, Array]:
        """Return (factor that clips the gradient's norm, whether all is finite); see `Backend.gradient_scale`."""
        squared = np.float64(self._call.s2s_squared_sum(_address(gradient), gradient.size))
        self._call.s2s_take_overflow()  # of gradients: a step that is not finite is skipped and counted
        finite = np.isfinite(squared + loss)
        if not clip:
            return np.ones_like(squared), finite
        return np.minimum(clip / (np.sqrt(squared) + 1e-6), 1.0), finite

    def update(self, step: Update, flat: FlatBuffers, workspace: Workspace) -> None:
        """Apply an optimiser's update in one pass; see `Backend.update`."""
        if not step.finite:
            return
        decay, of_each = flat.weight_decay, None
        if not isinstance(decay, float):
            decay, of_each = 0.0, decay
        moments = [_address(moment) for moment in flat.moments]
        rate = step.rate * step.bias_correction if len(moments) > 1 else step.rate
        self._call.s2s_update(
            library.Update(
                *(OPTIMIZERS[step.optimizer], flat.value.size),
                *(_address(flat.value), _address(flat.gradient), *(*moments, None, None)[:2], _address(of_each)),
                *(decay, float(step.scale), rate, step.rate, step.beta1, step.beta2, step.epsilon),
            )
        )

    def scatter_add_rows(self, target: Array, ids: Array, rows: Array) -> None:
        """Add rows (R, D) to those of `target` that `ids` names; see `Backend.scatter_add_rows`."""
        ids, rows = np.ascontiguousarray(ids, dtype=np.int64), _dense(rows)
        self._call.s2s_scatter_add(_address(target), target.shape[1], _address(ids), _address(rows), len(ids))


def _address(array: Array | None) -> int | None:
    return None if array is None else array.__array_interface__["data"][0]


def _dense(array: Array) -> Array:
    """Return the array, or a copy without gaps."""
    return np.ascontiguousarray(array, dtype=np.float32)


def _has_unit_step(matrix: Array) -> bool:
    """Tell whether rows or columns of a matrix lie without gaps, as the kernels pack them."""
    return ITEM in matrix.strides or 1 in matrix.shape


def _operand(matrix: Array) -> tuple[int | None, int, int]:
    """Return where a matrix begins, and the steps from row to row and from column to column."""
    return _address(matrix), matrix.strides[0] // ITEM, matrix.strides[1] // ITEM
