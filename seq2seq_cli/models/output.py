"""From the decoder's h to logits: what h, the vector and the attended sum give, a readout, and copying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from seq2seq_cli.backend import Packing
from seq2seq_cli.models.conditioning import Conditioning, PreparedMemory
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.nn.copying import Copying
from seq2seq_cli.nn.dropout import Dropout
from seq2seq_cli.nn.linear import Linear
from seq2seq_cli.nn.penalty import ActivationPenalty
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class OutputDropouts:
    """Where it drops: of h, of the attended sum, and of the readout, which is dropped instead of the two it joins."""

    h: Dropout
    attended: Dropout
    readout: Dropout


@dataclass(frozen=True)
class Joined:
    """What h and the conditioning give at each step, and where attention looked for it."""

    vector: Array
    """(R, K): the dropped readout, K = D; or the logits themselves, K = V."""
    weights: Array | None
    """(N, T, S) of attention."""


JoinedBackward: TypeAlias = Callable[[Array, "Array | None"], tuple[Array, PreparedMemory]]
"""(gradient of the vector, of the weights or None) → (gradient of h, of what these layers have of the memory)."""


class OutputLayers:
    """Everything behind the recurrent stack.

    A readout (Luong et al. 2015, 3.1) is one more layer before the output, ``tanh(h W + attended U + b)``, of K = D
    numbers; without one, what h and the conditioning give is summed into the logits, K = V.

    Args:
        output: from h, or from the readout, to logits.
        conditioning: what the decoder gets from an encoder.
        dropouts: where it drops.
        attended: from the attended sum to K numbers, where the conditioning attends.
        readout: from h to the readout, or None.
        copying: mixes in what attention points at, or None.
    """

    def __init__(
        self,
        output: Linear,
        conditioning: Conditioning,
        dropouts: OutputDropouts,
        attended: Linear | None = None,
        readout: Linear | None = None,
        copying: Copying | None = None,
    ) -> None:
        self.output, self._attended, self._readout, self._copying = output, attended, readout, copying
        self._conditioning, self._dropouts, self.activation_penalty = conditioning, dropouts, ActivationPenalty()

    def join(
        self, h: Array, packing: Packing, prepared: PreparedMemory, context: ForwardContext
    ) -> tuple[Joined, JoinedBackward]:
        """Join h (R, H) with what the conditioning gives at each step."""
        backend, weights = context.backend, None
        dropped, back_drop = self._dropouts.h(h, packing, context)
        dropped, back_penalty = self.activation_penalty(dropped, packing, context)
        sums, back_sums = (self._readout or self.output)(dropped, context)  # (R, K)
        if prepared.output_input is not None:
            backend.add_to_steps(sums, prepared.output_input, packing)
        if self._attended:
            (attended, weights), back_attention = self._conditioning.attend(h, packing, prepared, context)
            attended, back_drop_attended = self._dropouts.attended(attended, packing, context)
            more, back_attended = self._attended(attended, context)
            backend.xp.add(sums, more, out=sums)
        vector, back_readout = self._squash(sums, packing, context)

        def backward(dvector: Array, dweights: Array | None) -> tuple[Array, PreparedMemory]:
            doutput = dkeys = dvalues = None
            dsums = back_readout(dvector)
            dh = back_drop(back_penalty(back_sums(dsums)))
            if prepared.output_input is not None:
                doutput = backend.sum_over_steps(dsums, packing)
            if self._attended:
                dquery, dkeys, dvalues = back_attention(back_drop_attended(back_attended(dsums)), dweights)
                dh = backend.xp.add(dh, dquery, out=dh)
            return dh, PreparedMemory((), doutput, dkeys, dvalues)

        return Joined(vector, weights), backward

    def _squash(self, sums: Array, packing: Packing, context: ForwardContext) -> tuple[Array, Callable[[Array], Array]]:
        if self._readout is None:
            return sums, lambda dvector: dvector
        joined = context.backend.xp.tanh(sums, out=sums)
        dropped, back_drop = self._dropouts.readout(joined, packing, context)
        return dropped, lambda dvector: back_drop(dvector) * (1.0 - joined * joined)

    def logits(
        self, joined: Joined, packing: Packing, prepared: PreparedMemory, context: ForwardContext
    ) -> tuple[Array, Callable[[Array], tuple[Array, Array | None]]]:
        """Turn what was joined into logits (R, V); with copying, they are the mixture's log-probabilities.

        Returns:
            The logits, and the backward: their gradient → (gradient of the vector, of the weights or None).
        """
        if self._readout is None:
            return joined.vector, lambda dlogits: (dlogits, None)
        logits, back_output = self.output(joined.vector, context)
        if self._copying is None:
            return logits, lambda dlogits: (back_output(dlogits), None)
        assert joined.weights is not None
        assert prepared.symbols is not None
        mixture, back_copying = self._copying(logits, joined.vector, joined.weights, prepared.symbols, packing, context)

        def backward(dmixture: Array) -> tuple[Array, Array | None]:
            dlogits, dgate, dweights = back_copying(dmixture)
            dvector = back_output(dlogits)
            return context.backend.xp.add(dvector, dgate, out=dvector), dweights

        return mixture, backward
