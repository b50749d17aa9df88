"""From scores to weights that are not negative and sum to 1: softmax, and two that give exact zeros.

Each takes scores (N, T, S) and a mask, and returns weights over the last axis and their backward. A padded place has
a weight of exactly 0. All three are one family, ``argmax_p (p · z + entropy(p))`` with another entropy (Peters et al.
2019): softmax has no zeros, sparsemax (Martins & Astudillo 2016) the most, 1.5-entmax stands between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.types import Array

MINUS_INFINITY = float("-inf")

OUT_OF_REACH = -2.0
"""Below the greatest score by this much, a sparse weight is 0 whatever the other scores are: its threshold is less
than 1 below. Scores are cut off here, so that a masked one is a number that sums are made of."""

Weighted: TypeAlias = tuple[Array, Callable[[Array], Array]]
"""Weights (N, T, S) and their backward, dweights → dscores."""

Normalisation: TypeAlias = Callable[[Array, "Array | None", ForwardContext], Weighted]
"""(scores (N, T, S), mask (N, S) true where the source has a symbol or None where all sources are of one length,
context) → weights: an entry of `seq2seq_cli.config.registry.ATTENTION_WEIGHTS`."""


def softmax(scores: Array, mask: Array | None, context: ForwardContext) -> Weighted:
    """Return ``exp(score) / sum(exp(scores))``; see `Normalisation`."""
    xp = context.backend.xp
    scores = _masked(xp, scores, mask)
    weights = xp.exp(scores - scores.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)

    def backward(dweights: Array) -> Array:
        inner = (dweights * weights).sum(axis=2, keepdims=True)
        return weights * (dweights - inner)

    return weights, backward


def sparsemax(scores: Array, mask: Array | None, context: ForwardContext) -> Weighted:
    """Return the weights nearest to the scores, ``max(score - t, 0)`` (Martins & Astudillo 2016); see `Normalisation`.

    The threshold t makes the sum 1. Of scores sorted downwards, the first k have a weight as long as
    ``1 + k · score_k`` exceeds the sum of the first k; then t is that sum less 1, over k.
    """
    xp = context.backend.xp
    near = _nearest(xp, _masked(xp, scores, mask))
    ordered, counts = _descending(xp, near)
    sums = xp.cumsum(ordered, axis=2)
    size = (1.0 + counts * ordered > sums).sum(axis=2, keepdims=True)  # (N, T, 1), at least 1
    threshold = (xp.take_along_axis(sums, size - 1, axis=2) - 1.0) / size
    weights = xp.maximum(near - threshold.astype(near.dtype), 0.0)
    support = weights != 0.0

    def backward(dweights: Array) -> Array:
        inside = xp.where(support, dweights, 0.0)
        mean = inside.sum(axis=2, keepdims=True) / support.sum(axis=2, keepdims=True).astype(near.dtype)
        return xp.where(support, dweights - mean, 0.0)

    return weights, backward


def entmax(scores: Array, mask: Array | None, context: ForwardContext) -> Weighted:
    """Return 1.5-entmax, ``max(score / 2 - t, 0)²`` (Peters et al. 2019); see `Normalisation`.

    Were the first k of the sorted halves those with a weight, the threshold t would solve a quadratic equation in
    their mean and variance. The right k is the last whose own half is not below its t.
    """
    xp = context.backend.xp
    near = _nearest(xp, _masked(xp, scores, mask) * 0.5)
    ordered, counts = _descending(xp, near)
    means = xp.cumsum(ordered, axis=2) / counts
    variances = xp.cumsum(ordered * ordered, axis=2) / counts - means * means
    thresholds = means - xp.sqrt(xp.maximum(1.0 / counts - variances, 0.0))
    size = (thresholds <= ordered).sum(axis=2, keepdims=True)  # (N, T, 1), at least 1
    roots = xp.maximum(near - xp.take_along_axis(thresholds, size - 1, axis=2), 0.0)

    def backward(dweights: Array) -> Array:
        dscores = dweights * roots
        share = dscores.sum(axis=2, keepdims=True) / roots.sum(axis=2, keepdims=True)
        return dscores - roots * share

    return roots * roots, backward


def _masked(xp: Any, scores: Array, mask: Array | None) -> Array:
    return scores if mask is None else xp.where(mask[:, None, :], scores, MINUS_INFINITY)


def _nearest(xp: Any, scores: Array) -> Array:
    """Return how far each score is below the greatest, at most `OUT_OF_REACH`."""
    return xp.maximum(scores - scores.max(axis=2, keepdims=True), OUT_OF_REACH)


def _descending(xp: Any, near: Array) -> tuple[Array, Array]:
    """Return scores sorted downwards along the last axis, and the numbers 1 to S."""
    return -xp.sort(-near, axis=2), xp.arange(1, near.shape[2] + 1).astype(near.dtype)
