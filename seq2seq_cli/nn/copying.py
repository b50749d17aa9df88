"""Copying (Gu et al. 2016; the gate of See et al. 2017): a symbol is generated, or copied from where attention looks.

With P the softmax of the logits, a the weights of attention over the source's places s, and a gate g of each step::

    p(w) = g P(w) + (1 - g) · sum of a(s) where the source has w
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from seq2seq_cli.backend import Packing
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.padding import pack_padded, pad_packed, zero_padding
from seq2seq_cli.types import Array, Ids

SMALLEST = 1e-37
"""Of a copied probability, before its logarithm: single precision has little less."""
LARGEST_EXPONENT = 80.0
"""Of a factor in a gradient, which single precision still has."""

CopyingBackward: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]
"""Gradient of the log-probabilities (R, V), overwritten → (of the logits (R, V), of the readout (R, D), of the
weights (N, T, S))."""


@dataclass(frozen=True)
class CopiedSymbols:
    """What can be copied from each source, in the target's ids; see `copied_symbols`."""

    ids: Array
    """(N, S) of each place."""
    first: Array
    """(N, S) for each place, the first place of its row that has the same symbol."""

    def map(self, change: Callable[[Array], Array]) -> CopiedSymbols:
        """Return the same with both arrays changed."""
        return CopiedSymbols(change(self.ids), change(self.first))


def copied_symbols(ids: Ids, packing: Packing, rows: Ids) -> tuple[Ids, Ids]:
    """Return the arrays of `CopiedSymbols`, on the host.

    Args:
        ids: (R,) the sources' symbols in the target's ids, packed.
        packing: the sources' lengths.
        rows: (N,) for each row of the result, its row in the packing. A padded place repeats the row's first symbol.
    """
    padded, mask = ids[packing.padded[rows]], packing.mask[rows]
    symbols = np.where(mask, padded, padded[:, :1])
    order = np.argsort(symbols, axis=1, kind="stable")
    ordered = np.take_along_axis(symbols, order, axis=1)
    begins = np.ones(symbols.shape, dtype=bool)
    begins[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    group = np.maximum.accumulate(np.where(begins, np.arange(symbols.shape[1]), 0), axis=1)
    first = np.empty_like(order)
    np.put_along_axis(first, order, np.take_along_axis(order, group, axis=1), axis=1)
    return symbols, first


class Copying:
    """Mixes what attention points at into the softmax, and returns the logarithms of the mixture.

    They are logits too: their softmax is the mixture.

    Args:
        name: of the layer, for its buffers.
        gate: from the readout to what the gate is a sigmoid of, (D, 1).
    """

    def __init__(self, name: str, gate: Linear) -> None:
        self._name, self._gate = name, gate

    def __call__(
        self,
        logits: Array,
        readout: Array,
        weights: Array,
        symbols: CopiedSymbols,
        packing: Packing,
        context: ForwardContext,
    ) -> tuple[Array, CopyingBackward]:
        """Mix.

        Args:
            logits: (R, V), packed; overwritten.
            readout: (R, D).
            weights: (N, T, S) of attention.
            symbols: what the sources have.
            packing: the targets' lengths.
            context: backend, workspace and the rest.

        Returns:
            Natural log-probabilities (R, V), and the backward.
        """
        backend, guard, buffers = context.backend, context.guard(self._name), context.buffers(self._name)
        xp = backend.xp
        score, back_gate = self._gate(readout, context)  # (R, 1)
        log_gate, log_rest = log_sigmoid(xp, score), log_sigmoid(xp, -score)
        places, copied = self._copied(weights, symbols, packing, context)  # (R, S) each
        log_probs = xp.subtract(logits, logits.max(axis=1, keepdims=True), out=buffers("mixture", *logits.shape))
        generated = xp.exp(log_probs, out=logits)
        total = generated.sum(axis=1, keepdims=True)
        xp.divide(generated, total, out=generated)
        xp.add(log_probs, log_gate - xp.log(total), out=log_probs)
        alone = log_probs[places]
        mixed = xp.logaddexp(alone, xp.log(xp.maximum(copied, SMALLEST)) + log_rest)
        log_probs[places] = mixed  # where a source has a symbol twice, the same number twice

        def backward(dlog_probs: Array) -> tuple[Array, Array, Array]:
            guard()
            at_places, dsum = dlog_probs[places], dlog_probs.sum(axis=1, keepdims=True)
            dlog_probs[places] = at_places * xp.exp(alone - mixed)  # the generated share's
            dgenerated = dlog_probs.sum(axis=1, keepdims=True)
            dreadout = back_gate(dgenerated - xp.exp(log_gate) * dsum)
            factor = xp.exp(xp.minimum(log_rest - mixed, LARGEST_EXPONENT))
            dweights = zero_padding(pad_packed(at_places * factor, packing, context, self._name), packing, context)
            xp.multiply(generated, dgenerated, out=generated)
            return xp.subtract(dlog_probs, generated, out=dlog_probs), dreadout, dweights

        return log_probs, backward

    def _copied(
        self, weights: Array, symbols: CopiedSymbols, packing: Packing, context: ForwardContext
    ) -> tuple[tuple[Array, Array], Array]:
        """Return where in (R, V) each source's symbols stand, and of each the sum of its weights (R, S)."""
        backend, xp = context.backend, context.backend.xp
        packed = pack_padded(weights, packing, context, self._name)
        (R, S), row_of = packed.shape, packing.on_device(backend, "row_of")
        rows = xp.arange(R)[:, None]
        first = (symbols.first[row_of] + rows * S).reshape(R * S)
        sums = xp.zeros((R * S, 1), dtype=backend.dtype)
        backend.scatter_add_rows(sums, first, packed.reshape(R * S, 1))
        return (rows, symbols.ids[row_of]), sums[first].reshape(R, S)


def log_sigmoid(xp: Any, x: Array) -> Array:
    """Return the logarithm of the sigmoid, which never overflows."""
    return xp.minimum(x, 0.0) - xp.log1p(xp.exp(-xp.abs(x)))
