"""What an encoder reads where there are no tokens: images, square by square, or features that somebody made of them.

Either becomes a sequence of vectors, one a place, with which the recurrent stack, peeky, attention and the decoder go
on as with the embeddings of tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seq2seq_cli.backend import Packing
from seq2seq_cli.data.batching import SourceBatch
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.convolution import HalvingConvolution, halved
from seq2seq_cli.nn.embedding import Embedding
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.padding import pack_padded
from seq2seq_cli.types import Array

VECTORS = "encoder.vectors"


class ImageReader:
    """Convolutions that make a vector of each square of an image, and say where it is.

    The last layer's squares are the places, in reading order: a row of the image from left to right, then the next.

    Args:
        convolutions: each halves the sides; the last one makes D numbers.
        positions: a vector for each place (P, D), which is added.
        size: pixels of an image's sides.
    """

    def __init__(self, convolutions: Sequence[HalvingConvolution], positions: Embedding, size: int) -> None:
        self._convolutions, self._positions = convolutions, positions
        widest = 0
        for convolution in convolutions:
            size = halved(size)
            widest = max(widest, size * size * convolution.weight.shape[0])
        self.cost = -(-widest // (size * size))

    def __call__(self, source: SourceBatch, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Read images (N, size, size, 3).

        Returns:
            Vectors (R, D), packed, and the backward that takes their gradient.
        """
        maps: Array = context.backend.to_device_floats(source.values)
        backs = []
        for convolution in self._convolutions:
            maps, back = convolution(maps, context)
            backs.append(back)
        shape = maps.shape
        x = pack_padded(maps.reshape(shape[0], -1, shape[-1]), source.packing, context, VECTORS)
        back_positions = _add_positions(self._positions, x, source.packing, context)

        def backward(dx: Array) -> None:
            back_positions(dx)
            steps, rows = source.packing.longest, source.packing.rows
            dmaps = dx.reshape(steps, rows, -1).transpose(1, 0, 2).copy().reshape(shape)
            for back in reversed(backs):
                dmaps = back(dmaps)

        return x, backward


class FeatureReader:
    """A projection of features, and where each stands: ``tanh(features @ weight + bias) + position``.

    Args:
        projection: from the features' numbers to D.
        positions: a vector for each place (P, D), which is added.
    """

    cost = 0

    def __init__(self, projection: Linear, positions: Embedding) -> None:
        self._projection, self._positions = projection, positions

    def __call__(self, source: SourceBatch, context: ForwardContext) -> tuple[Array, Callable[[Array], None]]:
        """Read features (R, F), packed.

        Returns:
            Vectors (R, D), packed, and the backward that takes their gradient.
        """
        xp = context.backend.xp
        projected, back = self._projection(context.backend.to_device_floats(source.values), context)
        squashed = xp.tanh(projected, out=projected)
        x = context.workspace.array(VECTORS, "features", *squashed.shape)
        x[...] = squashed
        back_positions = _add_positions(self._positions, x, source.packing, context)

        def backward(dx: Array) -> None:
            back_positions(dx)
            back(dx * (1 - squashed * squashed))

        return x, backward


def _add_positions(
    positions: Embedding, x: Array, packing: Packing, context: ForwardContext
) -> Callable[[Array], None]:
    """Add to each packed row the vector of its place, in place; return the backward of that."""
    ids = context.backend.to_device_ids(packing.step_of)
    vectors, back = positions(ids, context)
    context.backend.xp.add(x, vectors, out=x)
    return back
