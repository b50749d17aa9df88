"""Attention over an encoder's states: dot, general (Luong et al. 2015) and additive (Bahdanau et al. 2015)."""

from __future__ import annotations

from collections.abc import Callable

from seq2seq_cli.backend import Array, Ragged
from seq2seq_cli.nn.parameter import Parameter
from seq2seq_cli.nn.run import Run

MINUS_INFINITY = float("-inf")


def to_rows(packed: Array, shape: Ragged, run: Run) -> Array:
    """Return (N, T, ·) from packed (R, ·). Padded places repeat some real row, so they are finite."""
    if shape.uniform:  # a view is enough: packed is (T, N, ·)
        return packed.reshape(shape.longest, shape.rows, -1).transpose(1, 0, 2)
    return packed[run.backend.indices(shape.padded)]


def from_rows(rows: Array, shape: Ragged, run: Run) -> Array:
    """Return packed (R, ·) from (N, T, ·), dropping the padded places."""
    width = rows.shape[-1]
    if shape.uniform:
        return rows.transpose(1, 0, 2).reshape(shape.total, width)
    return rows.reshape(shape.rows * shape.longest, width)[run.backend.indices(shape.packed)]


def zero_padding(rows: Array, shape: Ragged, run: Run) -> Array:
    """Set the padded places of (N, T, ·) to zero, in place: what `to_rows` repeated there must not count."""
    if not shape.uniform:
        rows[run.backend.indices(~shape.mask)] = 0
    return rows


Scored = tuple[Array, Callable[[Array], tuple[Array, Array]]]


def dot_scores(queries: Array, keys: Array, run: Run) -> Scored:
    """Return the products of queries (N, T, H) and keys (N, S, H), as (N, T, S), and the backward."""
    xp = run.backend.xp

    def backward(dscores: Array) -> tuple[Array, Array]:
        return xp.matmul(dscores, keys), xp.matmul(dscores.transpose(0, 2, 1), queries)

    return xp.matmul(queries, keys.transpose(0, 2, 1)), backward


class AdditiveScores:
    """``score = v · tanh(query + key)``, queries and keys being projected before.

    Args:
        vector: (H,) v.
    """

    def __init__(self, vector: Parameter) -> None:
        self.vector = vector

    def __call__(self, queries: Array, keys: Array, run: Run) -> Scored:
        """Return scores (N, T, S) of queries (N, T, H) and keys (N, S, H), and the backward."""
        xp = run.backend.xp
        hidden = xp.tanh(queries[:, :, None, :] + keys[:, None, :, :])  # (N, T, S, H)

        def backward(dscores: Array) -> tuple[Array, Array]:
            N, T, S, H = hidden.shape
            flat = hidden.reshape(N * T * S, H)
            vector = self.vector.gradient
            xp.add(vector, xp.matmul(dscores.reshape(N * T * S), flat), out=vector)
            dsum = dscores[..., None] * self.vector.value * (1.0 - hidden * hidden)
            return dsum.sum(axis=2), dsum.sum(axis=1)

        return xp.matmul(hidden, self.vector.value), backward


def masked_softmax(scores: Array, mask: Array | None, run: Run) -> tuple[Array, Callable[[Array], Array]]:
    """Return weights over the last axis of (N, T, S) and the backward, dweights → dscores.

    Args:
        scores: overwritten.
        mask: (N, S), true where the source has a symbol; None where all rows are of one length. A
            padded place has a weight of exactly 0.
        run: backend, workspace and the rest.
    """
    xp = run.backend.xp
    if mask is not None:
        scores = xp.where(mask[:, None, :], scores, MINUS_INFINITY)
    weights = xp.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)

    def backward(dweights: Array) -> Array:
        inner = (dweights * weights).sum(axis=2, keepdims=True)
        return weights * (dweights - inner)

    return weights, backward
