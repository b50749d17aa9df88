"""The attention layer: scores, the weights made of them, and the sum of the encoder's states by the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from seq2seq_cli.backend import Packing
from seq2seq_cli.nn.attention.score import Score
from seq2seq_cli.nn.attention.weights import Normalisation, softmax
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.padding import pack_padded, pad_packed, zero_padding
from seq2seq_cli.types import Array

AttentionBackward: TypeAlias = Callable[[Array, "Array | None"], tuple[Array, Array, Array]]
"""(gradient of the sums (R, H), of the weights (N, T, S) or None) → (dh (R, H), dkeys, dvalues)."""


class Attention:
    """Compares the decoder's h with the encoder's states and sums them by the weights.

    Args:
        name: of the layer, for its buffers.
        score: how they are compared.
        normalise: how scores become weights.
    """

    def __init__(self, name: str, score: Score, normalise: Normalisation = softmax) -> None:
        self.name, self.score, self._normalise = name, score, normalise

    def __call__(
        self,
        h: Array,
        packing: Packing,
        keys: Array,
        values: Array,
        mask: Array | None,
        context: ForwardContext,
    ) -> tuple[tuple[Array, Array], AttentionBackward]:
        """Attend with h (R, H), packed.

        Args:
            h: the decoder's outputs.
            packing: their lengths.
            keys: (N, S, H) what the score made of the states.
            values: (N, S, H) the states.
            mask: (N, S) true where the source has a symbol; None where all sources are of one length.
            context: backend, workspace and the rest.

        Returns:
            (the sums (R, H), packed; the weights (N, T, S)), and the backward.
        """
        backend, guard = context.backend, context.guard(self.name)
        of_queries, of_sums = f"{self.name}.queries", f"{self.name}.sums"
        buffers = context.buffers(of_sums)
        projected, back_query = self.score.queries(h, context)
        queries = pad_packed(projected, packing, context, of_queries)  # (N, T, H)
        scores, back_scores = self.score.compare(queries, keys, context)
        weights, back_weights = self._normalise(scores, mask, context)  # (N, T, S)
        if context.attended is not None:
            context.attended.append(weights)
        sums = backend.products(weights, values, buffers("sums", *queries.shape))
        attended = pack_padded(sums, packing, context, of_sums)

        def backward(dattended: Array, dweights: Array | None = None) -> tuple[Array, Array, Array]:
            guard()
            drows = zero_padding(pad_packed(dattended, packing, context, of_sums), packing, context)  # (N, T, H)
            dvalues = backend.products(weights.transpose(0, 2, 1), drows, buffers("dvalues", *values.shape))
            dsummed = backend.products(drows, values.transpose(0, 2, 1))  # (N, T, S)
            dqueries, dkeys = back_scores(back_weights(dsummed if dweights is None else dsummed + dweights))
            return back_query(pack_padded(dqueries, packing, context, of_queries)), dkeys, dvalues

        return (attended, weights), backward
