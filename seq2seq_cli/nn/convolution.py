"""A convolution that halves a picture: squares of 3 by 3, a step of 2, and a rectifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameter, ParameterSpec
from seq2seq_cli.types import Array

KERNEL, STRIDE = 3, 2
OFFSETS = KERNEL * KERNEL


def halved(size: int) -> int:
    """Return the side of what a convolution makes of a picture with sides of `size`."""
    return -(-size // STRIDE)


class HalvingConvolution:
    """``y = max(0, squares(x) @ weight + bias)``, a square around every second pixel (LeCun et al. 1989).

    Squares overlap by one row and column; beyond the edges of the picture there are zeros.

    Args:
        weight: (9·C, K), the square's rows one after the other, each with the C numbers of its pixels.
        bias: (K,).
        needs_dx: whether anything before it learns; the pixels themselves don't.
    """

    def __init__(self, weight: Parameter, bias: Parameter, *, needs_dx: bool) -> None:
        self.weight, self.bias, self._needs_dx = weight, bias, needs_dx

    @staticmethod
    def specs(name: str, channels: int, width: int) -> tuple[ParameterSpec, ...]:
        """Return the parameters of a layer that makes `width` numbers of each square with `channels` a pixel."""
        return (
            ParameterSpec(f"{name}.weight", (OFFSETS * channels, width), "rectified weight", fan_in=OFFSETS * channels),
            ParameterSpec(f"{name}.bias", (width,), "bias"),
        )

    def __call__(self, x: Array, context: ForwardContext) -> tuple[Array, Callable[[Array], Array | None]]:
        """Apply to pictures x (N, S, S, C).

        Returns:
            y (N, S', S', K) with S' half of S, rounded up; and its backward, dy → dx, which is None where
            nothing needs it. The backward overwrites dy.
        """
        name, backend = self.weight.name, context.backend
        xp = backend.xp
        guard, buffers = context.guard(name), context.buffers(name)
        (N, side, _, C), K = x.shape, self.weight.shape[1]
        half = halved(side)
        squares = buffers("squares", N, half, half, OFFSETS * C)
        squares[...] = 0
        for part, to_rows, to_columns, rows, columns in _offsets(side, C):
            squares[:, to_rows, to_columns, part] = x[:, rows, columns]
        flat = squares.reshape(N * half * half, OFFSETS * C)
        y = backend.product(flat, self.weight.value, buffers("y", N * half * half, K), self.bias.value)
        xp.maximum(y, 0, out=y)

        def backward(dy: Array) -> Array | None:
            guard()
            dsums = dy.reshape(N * half * half, K)
            xp.multiply(dsums, y > 0, out=dsums)
            backend.add_product(self.weight.gradient, flat.T, dsums, buffers, "dweight")
            backend.add_column_sums(self.bias.gradient, dsums)
            if not self._needs_dx:
                return None
            dsquares = backend.product(dsums, self.weight.value.T, flat).reshape(squares.shape)
            dx = buffers("dx", N, side, side, C)
            dx[...] = 0
            for part, to_rows, to_columns, rows, columns in _offsets(side, C):
                place = dx[:, rows, columns]
                xp.add(place, dsquares[:, to_rows, to_columns, part], out=place)
            return dx

        return y.reshape(N, half, half, K), backward


def _offsets(side: int, channels: int) -> Iterator[tuple[slice, slice, slice, slice, slice]]:
    """Yield, for each place of a square, its numbers, the squares that have it inside, and their pixels."""
    half = halved(side)
    spans = []
    for offset in range(KERNEL):
        # Pixel STRIDE·a + offset - 1 is inside for the squares a from `first` to `end`.
        first, end = int(offset == 0), min(half, (side - offset) // STRIDE + 1)
        start = STRIDE * first + offset - 1
        spans.append((slice(first, end), slice(start, start + STRIDE * (end - first - 1) + 1, STRIDE)))
    for number in range(OFFSETS):
        (to_rows, rows), (to_columns, columns) = spans[number // KERNEL], spans[number % KERNEL]
        yield slice(number * channels, (number + 1) * channels), to_rows, to_columns, rows, columns
