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

Array = Any

MOMENTS = {"adam": 2, "adamw": 2, "momentum": 1, "sgd": 0}
"""How many buffers of running moments each optimiser keeps."""


@dataclass(frozen=True)
class Update:
    """One step of an optimiser. `scale` and `finite` are 0-d arrays on the device."""

    optimizer: str
    rate: float
    number: int
    """Which step this is, counted from 1."""
    scale: Array
    finite: Array
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7


def apply(xp: Any, step: Update, value: Array, gradient: Array, moments: Sequence[Array], workspace: Workspace) -> None:
    """Change the parameters in place.

    Args:
        xp: the array module.
        step: what to do.
        value: (P,) parameters.
        gradient: (P,) their gradient, not yet scaled; used as a work buffer.
        moments: the optimiser's (P,) buffers, see `MOMENTS`.
        workspace: where work buffers are kept.
    """
    keep = step.finite.astype(value.dtype)
    xp.multiply(gradient, step.scale, out=gradient)
    gradient[...] = xp.where(step.finite, gradient, 0.0)
    apply_finite(xp, step, keep, value, gradient, moments, workspace)


def apply_finite(
    xp: Any,
    step: Update,
    keep: Array | float,
    value: Array,
    gradient: Array,
    moments: Sequence[Array],
    workspace: Workspace,
) -> None:
    """Change the parameters for a gradient that is scaled and finite; with `keep` 0, change nothing."""
    decay = step.weight_decay
    if decay:
        if step.optimizer == "adamw":
            xp.multiply(value, 1.0 - keep * (step.rate * decay), out=value)
        else:
            xp.add(gradient, value * (keep * decay), out=gradient)
    work = workspace.array("optimiser", "work", value.shape[0])
    if step.optimizer == "sgd":
        xp.multiply(gradient, step.rate, out=work)
    elif step.optimizer == "momentum":
        (velocity,) = moments
        # keep is 1, but for a step that is skipped: then the velocity stays and nothing moves.
        xp.multiply(velocity, 1.0 - keep * (1.0 - step.beta1), out=velocity)
        xp.add(velocity, gradient, out=velocity)
        xp.multiply(velocity, keep * step.rate, out=work)
    else:
        mean, square = moments
        rate = step.rate * math.sqrt(1.0 - step.beta2**step.number) / (1.0 - step.beta1**step.number)
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
    xp.subtract(value, work, out=value)
