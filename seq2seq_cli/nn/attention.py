"""Attention over an encoder's states: dot, general (Luong et al. 2015) and additive (Bahdanau et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from seq2seq_cli.backend import Array, Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.parameters import Parameter

MINUS_INFINITY = float("-inf")

Indices = npt.NDArray[np.int64]


def pad_packed(
    packed: Array, packing: Packing, context: ForwardContext, name: str, order: Indices | None = None
) -> Array:
    """Return (N, T, ·) from packed (R, ·). Padded places repeat some real row, so they are finite.

    Args:
        packed: the rows.
        packing: their lengths.
        context: backend, workspace and the rest.
        name: the owner of the buffer, which is not needed (a view is enough) where all lengths are the same.
        order: (N,) which row of the batch stands where; None keeps their order.
    """
    if packing.uniform and order is None:  # packed is (T, N, ·)
        return packed.reshape(packing.longest, packing.rows, -1).transpose(1, 0, 2)
    places = packing.padded if order is None else packing.padded[order]
    N, T = places.shape
    out = context.workspace.array(name, "rows", N * T, packed.shape[1])
    return context.backend.gather_rows(packed, context.backend.to_device_ids(places.reshape(-1)), out).reshape(N, T, -1)


def pack_padded(
    rows: Array, packing: Packing, context: ForwardContext, name: str, order: Indices | None = None
) -> Array:
    """Return packed (R, ·) from (N, T, ·), dropping the padded places; `pad_packed` with the same order undone."""
    N, T, width = rows.shape
    out = context.workspace.array(name, "packed", packing.total, width)
    if packing.uniform and order is None:
        out.reshape(T, N, width)[...] = rows.transpose(1, 0, 2)
        return out
    places = packing.packed
    if order is not None:
        places = np.argsort(order, kind="stable")[packing.row_of] * T + packing.step_of
    return context.backend.gather_rows(rows.reshape(N * T, width), context.backend.to_device_ids(places), out)


def zero_padding(rows: Array, packing: Packing, context: ForwardContext) -> Array:
    """Set the padded places of (N, T, ·) to zero, in place: what `pad_packed` repeated there must not count."""
    if not packing.uniform:
        rows[context.backend.to_device_ids(~packing.mask)] = 0
    return rows


Scored = tuple[Array, Callable[[Array], tuple[Array, Array]]]


def dot_scores(queries: Array, keys: Array, context: ForwardContext) -> Scored:
    """Return the products of queries (N, T, H) and keys (N, S, H), as (N, T, S), and the backward."""
    xp, workspace = context.backend.xp, context.workspace

    def backward(dscores: Array) -> tuple[Array, Array]:
        dqueries = xp.matmul(dscores, keys, out=workspace.array("dot_scores", "dqueries", *queries.shape))
        transposed = dscores.transpose(0, 2, 1)
        return dqueries, xp.matmul(transposed, queries, out=workspace.array("dot_scores", "dkeys", *keys.shape))

    return xp.matmul(queries, keys.transpose(0, 2, 1)), backward


class AdditiveScores:
    """``score = v · tanh(query + key)``, queries and keys being projected before.

    Args:
        vector: (H,) v.
    """

    def __init__(self, vector: Parameter) -> None:
        self.vector = vector

    def __call__(self, queries: Array, keys: Array, context: ForwardContext) -> Scored:
        """Return scores (N, T, S) of queries (N, T, H) and keys (N, S, H), and the backward."""
        xp = context.backend.xp
        hidden = xp.tanh(queries[:, :, None, :] + keys[:, None, :, :])  # (N, T, S, H)

        def backward(dscores: Array) -> tuple[Array, Array]:
            N, T, S, H = hidden.shape
            flat = hidden.reshape(N * T * S, H)
            vector = self.vector.gradient
            xp.add(vector, xp.matmul(dscores.reshape(N * T * S), flat), out=vector)
            dsum = dscores[..., None] * self.vector.value * (1.0 - hidden * hidden)
            return dsum.sum(axis=2), dsum.sum(axis=1)

        return xp.matmul(hidden, self.vector.value), backward


def masked_softmax(
    scores: Array, mask: Array | None, context: ForwardContext
) -> tuple[Array, Callable[[Array], Array]]:
    """Return weights over the last axis of (N, T, S) and the backward, dweights → dscores.

    Args:
        scores: overwritten.
        mask: (N, S), true where the source has a symbol; None where all rows are of one length. A
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
