"""The arithmetic of the optimisers over one flat buffer of parameters.

Adam (Kingma & Ba 2015) in the book's form (chapter 6 of volume 1, `common/optimizer.py`): the bias
correction is folded into the rate, and epsilon stands outside the root. AdamW is Loshchilov & Hutter
2019. A step whose loss or gradient is not finite changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seq2seq_cli.backend.workspace import Workspace
from seq2seq_cli.types import Array


@dataclass(frozen=True)
class Update:
    """One step of an optimiser. `scale` and `finite` are 0-d arrays on the device."""

    optimizer: str
    rate: float
    number: int
    """Which step this is, counted from 1."""
    scale: Array
    finite: Array
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7

    @property
    def bias_correction(self) -> float:
        """What Adam's rate is multiplied by, as the moments began at zero."""
        return math.sqrt(1.0 - self.beta2**self.number) / (1.0 - self.beta1**self.number)


@dataclass(frozen=True)
class FlatBuffers:
    """What an update reads and changes, each (P,)."""

    value: Array
    """The parameters."""
    gradient: Array
    """Their gradient, not yet scaled; used as a work buffer."""
    moments: Sequence[Array] = ()
    """The optimiser's, see `MOMENTS`."""
    weight_decay: Array | float = 0.0
    """How much each parameter decays, or one number for all."""

    def block(self, part: slice) -> FlatBuffers:
        """Return a part of each buffer, as views."""
        decay = self.weight_decay if isinstance(self.weight_decay, float) else self.weight_decay[part]
        return FlatBuffers(self.value[part], self.gradient[part], [moment[part] for moment in self.moments], decay)


def apply(xp: Any, step: Update, flat: FlatBuffers, workspace: Workspace) -> None:
    """Change the parameters in place.

    Args:
        xp: the array module.
        step: what to do.
        flat: the parameters and what belongs to them.
        workspace: where work buffers are kept.
    """
    keep = step.finite.astype(flat.value.dtype)
    xp.multiply(flat.gradient, step.scale, out=flat.gradient)
    flat.gradient[...] = xp.where(step.finite, flat.gradient, 0.0)
    apply_finite(xp, step, keep, flat, workspace)


def apply_finite(xp: Any, step: Update, keep: Array | float, flat: FlatBuffers, workspace: Workspace) -> None:
    """Change the parameters for a gradient that is scaled and finite; with `keep` 0, change nothing."""
    if not isinstance(flat.weight_decay, float) or flat.weight_decay:
        _decay(xp, step, keep, flat)
    work = workspace.array("optimiser", "work", flat.value.shape[0])
    _OPTIMISERS[step.optimizer][0](xp, step, keep, flat, work)
    xp.subtract(flat.value, work, out=flat.value)


def _decay(xp: Any, step: Update, keep: Array | float, flat: FlatBuffers) -> None:
    """Let the parameters decay: AdamW's directly, others' through the gradient of their squares."""
    if step.optimizer == "adamw":
        xp.multiply(flat.value, 1.0 - keep * (step.rate * flat.weight_decay), out=flat.value)
    else:
        xp.add(flat.gradient, flat.value * (keep * flat.weight_decay), out=flat.gradient)


def _sgd(xp: Any, step: Update, keep: Array | float, flat: FlatBuffers, work: Array) -> None:
    """Write ``rate * g`` to `work`. A gradient that is not kept is 0."""
    xp.multiply(flat.gradient, step.rate, out=work)


def _momentum(xp: Any, step: Update, keep: Array | float, flat: FlatBuffers, work: Array) -> None:
    """``v = beta1 * v + g``; write ``rate * v`` to `work`."""
    (velocity,) = flat.moments
    # keep is 1, but for a step that is skipped: then the velocity stays and nothing moves.
    xp.multiply(velocity, 1.0 - keep * (1.0 - step.beta1), out=velocity)
    xp.add(velocity, flat.gradient, out=velocity)
    xp.multiply(velocity, keep * step.rate, out=work)


def _adam(xp: Any, step: Update, keep: Array | float, flat: FlatBuffers, work: Array) -> None:
    """Let m and v follow g and g² at 1 - beta1 and 1 - beta2; write ``rate' * m / (sqrt(v) + epsilon)`` to `work`."""
    mean, square = flat.moments
    gradient = flat.gradient
    rate = step.rate * step.bias_correction
    xp.subtract(gradient, mean, out=work)
    xp.multiply(work, keep * (1.0 - step.beta1), out=work)
    xp.add(mean, work, out=mean)
    xp.multiply(gradient, gradient, out=gradient)
    xp.subtract(gradient, square, out=gradient)
    xp.multiply(gradient, keep * (1.0 - step.beta2), out=gradient)
    xp.add(square, gradient, out=square)
    xp.sqrt(square, out=work)
    xp.add(work, step.epsilon, out=work)
    xp.divide(mean, work, out=work)
    xp.multiply(work, keep * rate, out=work)


_OPTIMISERS = {"sgd": (_sgd, 0), "momentum": (_momentum, 1), "adam": (_adam, 2), "adamw": (_adam, 2)}

MOMENTS = {name: count for name, (_, count) in _OPTIMISERS.items()}
"""How many buffers of running moments each optimiser keeps."""
