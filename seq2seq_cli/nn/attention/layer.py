"""The attention layer: scores, a masked softmax, and the sum of the encoder's states by the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from seq2seq_cli.backend import Packing
from seq2seq_cli.nn.attention.score import Score
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.padding import pack_padded, pad_packed, zero_padding
from seq2seq_cli.types import Array

MINUS_INFINITY = float("-inf")

AttentionBackward: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]


class Attention:
    """Compares the decoder's h with the encoder's states and sums them by the weights.

    Args:
        name: of the layer, for its buffers.
        score: how they are compared.
    """

    def __init__(self, name: str, score: Score) -> None:
        self.name, self.score = name, score

    def __call__(
        self,
        h: Array,
        packing: Packing,
        keys: Array,
        values: Array,
        mask: Array | None,
        context: ForwardContext,
    ) -> tuple[Array, AttentionBackward]:
        """Attend with h (R, H), packed.

        Args:
            h: the decoder's outputs.
            packing: their lengths.
            keys: (N, S, H) what the score made of the states.
            values: (N, S, H) the states.
            mask: (N, S) true where the source has a symbol; None where all sources are of one length.
            context: backend, workspace and the rest.

        Returns:
            The sums (R, H), packed, and the backward: their gradient → (dh (R, H), dkeys, dvalues).
        """
        xp, guard = context.backend.xp, context.guard(self.name)
        of_queries, of_sums = f"{self.name}.queries", f"{self.name}.sums"
        buffers = context.buffers(of_sums)
        projected, back_query = self.score.queries(h, context)
        queries = pad_packed(projected, packing, context, of_queries)  # (N, T, H)
        scores, back_scores = self.score.compare(queries, keys, context)
        weights, back_softmax = masked_softmax(scores, mask, context)  # (N, T, S)
        sums = xp.matmul(weights, values, out=buffers("sums", *queries.shape))
        attended = pack_padded(sums, packing, context, of_sums)

        def backward(dattended: Array) -> tuple[Array, Array, Array]:
            guard()
            drows = zero_padding(pad_packed(dattended, packing, context, of_sums), packing, context)  # (N, T, H)
            dvalues = xp.matmul(weights.transpose(0, 2, 1), drows, out=buffers("dvalues", *values.shape))
            dqueries, dkeys = back_scores(back_softmax(xp.matmul(drows, values.transpose(0, 2, 1))))
            return back_query(pack_padded(dqueries, packing, context, of_queries)), dkeys, dvalues

        return attended, backward


def masked_softmax(
    scores: Array, mask: Array | None, context: ForwardContext
) -> tuple[Array, Callable[[Array], Array]]:
    """Return weights over the last axis of (N, T, S) and the backward, dweights → dscores.

    Args:
        scores: as they were compared.
        mask: (N, S), true where the source has a symbol; None where all sources are of one length. A
            padded place has a weight of exactly 0.
        context: backend, workspace and the rest.
    """
    xp = context.backend.xp
    if mask is not None:
        scores = xp.where(mask[:, None, :], scores, MINUS_INFINITY)
    weights = xp.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)

    def backward(dweights: Array) -> Array:
        inner = (dweights * weights).sum(axis=2, keepdims=True)
        return weights * (dweights - inner)

    return weights, backward
