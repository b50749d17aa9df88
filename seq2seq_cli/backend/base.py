"""What every backend offers, written once over `xp`.

`xp` is NumPy, CuPy, or anything with their calls. A subclass says how arrays move, how random numbers
are drawn and how rows are scattered, and may replace a whole operation (a sequence of LSTM steps, the
softmax with its loss, an optimiser's update) by a faster one that is tested against `backend.reference`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seq2seq_cli.backend import lstm, optimisers
from seq2seq_cli.backend.lstm import LSTMWeights
from seq2seq_cli.backend.optimisers import FlatBuffers, Update
from seq2seq_cli.backend.packing import Packing
from seq2seq_cli.backend.workspace import Buffers, Workspace
from seq2seq_cli.types import Array, Ids

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Backend"]


class Backend(ABC):
    """An array library on a device in a precision.

    Args:
        xp: the module with NumPy's interface.
        precision: ``float32`` or ``float64``, for parameters and activations.
    """

    name: str
    device: str
    steps_per_fetch: int = 1
    """How many steps a search runs before it fetches their symbols: waiting for a device costs more than a few steps
    of rows that have ended."""

    def __init__(self, xp: Any, precision: str) -> None:
        self.xp = xp
        self.precision = precision
        self.dtype: Any = xp.dtype(precision)

    # --- moving, drawing and scattering: what differs between libraries -------------------------------

    @abstractmethod
    def to_device_floats(self, values: npt.ArrayLike) -> Array:
        """Move numbers from the host, in the backend's precision."""

    @abstractmethod
    def to_device_ids(self, values: npt.ArrayLike) -> Array:
        """Move ids, indices or truth values from the host, their type kept."""

    @abstractmethod
    def to_host(self, array: Array) -> npt.NDArray[Any]:
        """Bring an array to the host; waits for the device."""

    @abstractmethod
    def uniform(self, key: Sequence[int], shape: tuple[int, ...]) -> Array:
        """Draw numbers from [0, 1) that are fixed by `key` alone."""

    @abstractmethod
    def gather_rows(self, table: Array, ids: Array, out: Array) -> Array:
        """Write the rows of `table` (V, D) that `ids` (R,) names into `out` (R, D), and return it."""

    @abstractmethod
    def scatter_add_rows(self, target: Array, ids: Array, rows: Array) -> None:
        """Add each of `rows` (R, D) to the row of `target` (V, D) that `ids` (R,) names; ids repeat."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until the device has done all that was asked."""

    # --- whole operations that a faster engine replaces ----------------------------------------------

    def product(self, a: Array, b: Array, out: Array, bias: Array | None = None) -> Array:
        """Write a (M, K) times b (K, N), and a bias (N,), to `out` (M, N), and return it."""
        self.xp.matmul(a, b, out=out)
        return out if bias is None else self.xp.add(out, bias, out=out)

    def add_product(self, target: Array, a: Array, b: Array, buffers: Buffers, name: str) -> None:
        """Add a (M, K) times b (K, N) to `target` (M, N), in place, with a buffer of that name."""
        self.xp.add(target, self.xp.matmul(a, b, out=buffers(name, *target.shape)), out=target)

    def products(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Return (N, T, S): each (T, K) of a (N, T, K) times the (K, S) beside it of b (N, K, S), written to `out`."""
        return self.xp.matmul(a, b) if out is None else self.xp.matmul(a, b, out=out)

    def add_column_sums(self, target: Array, rows: Array) -> None:
        """Add the sum of rows (R, N) to `target` (N,), in place."""
        self.xp.add(target, rows.sum(axis=0), out=target)

    def lstm_forward(
        self,
        x: Array,
        packing: Packing,
        weights: LSTMWeights,
        state: tuple[Array, Array],
        static_input: Array | None,
        buffers: Buffers,
    ) -> tuple[Array, tuple[Array, Array], Any]:
        """Run one LSTM layer over a packed batch; see `seq2seq_cli.backend.lstm.forward`."""
        return lstm.forward(self.xp, x, packing, weights, state, static_input, buffers)

    def lstm_backward(
        self,
        cache: Any,
        dy: Array | None,
        dstate: tuple[Array, Array] | None,
        gradients: LSTMWeights,
        buffers: Buffers,
    ) -> tuple[Array, tuple[Array, Array], Array | None]:
        """Run the gradient back through `lstm_forward`; see `seq2seq_cli.backend.lstm.backward`."""
        return lstm.backward(self.xp, cache, dy, dstate, gradients, buffers)

    def softmax_cross_entropy(self, logits: Array, targets: Array, *, gradient: bool, smoothing: float = 0.0) -> Array:
        """Return the losses (R,) of logits (R, V): a target's negative natural log-probability.

        The logits are overwritten: with `gradient` by the gradient of the losses' mean, otherwise by
        numbers of no use.

        Args:
            logits: (R, V).
            targets: (R,) ids.
            gradient: whether the gradient is wanted.
            smoothing: the share of the probability that is spread over all V symbols (Szegedy et al. 2016); the
                loss is then the cross entropy with that distribution.
        """
        xp, (count, symbols) = self.xp, logits.shape
        rows = xp.arange(count)
        xp.subtract(logits, logits.max(axis=1, keepdims=True), out=logits)
        right = logits[rows, targets]
        if smoothing:
            right = (1.0 - smoothing) * right + smoothing * logits.mean(axis=1)
        xp.exp(logits, out=logits)
        total = logits.sum(axis=1, keepdims=True)
        if gradient:
            # d mean loss / d logits = (p - 1 at the target) / R, or minus the smoothed distribution
            xp.divide(logits, total * count, out=logits)
            if smoothing:
                xp.subtract(logits, smoothing / (symbols * count), out=logits)
            logits[rows, targets] -= (1.0 - smoothing) / count
        return xp.log(total[:, 0]) - right

    def log_softmax(self, logits: Array) -> Array:
        """Return the logarithms of the probabilities of logits (R, V), as a new array."""
        xp = self.xp
        shifted = logits - logits.max(axis=1, keepdims=True)
        return shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True))

    def gradient_scale(self, gradient: Array, loss: Array, clip: float) -> tuple[Array, Array]:
        """Return (factor that clips the gradient's norm, whether loss and gradient are finite).

        Both stay on the device, so that nothing waits for it. The factor is the book's,
        ``clip / (norm + 1e-6)`` where that is below 1.
        """
        xp = self.xp
        squared = xp.dot(gradient, gradient)
        finite = xp.isfinite(squared + loss)
        if not clip:
            return xp.ones_like(squared), finite
        return xp.minimum(clip / (xp.sqrt(squared) + 1e-6), 1.0), finite

    def update(self, step: Update, flat: FlatBuffers, workspace: Workspace) -> None:
        """Apply an optimiser's update to the flat parameter buffer, in place; see `backend.optimisers`."""
        optimisers.apply(self.xp, step, flat, workspace)

    # --- small helpers over packed batches -----------------------------------------------------------

    def add_to_steps(self, packed: Array, rows: Array, packing: Packing) -> None:
        """Add rows (N, ·) to every step of a packed array (total, ·), in place."""
        packing.add_to_steps(self.xp, packed, rows)

    def sum_over_steps(self, packed: Array, packing: Packing) -> Array:
        """Return (N, ·): for each batch row the sum of its packed rows; the backward of `add_to_steps`."""
        return packing.sum_over_steps(self.xp, packed)

    def take(self, array: Array, rows: Ids) -> Array:
        """Return the named rows as a new array; `rows` is an index array on the host."""
        return array[self.to_device_ids(rows)]
