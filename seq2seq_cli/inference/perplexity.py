"""Perplexity, of which a mean loss is the logarithm."""

from __future__ import annotations

import math

MAX_EXPONENT = 700.0
"""exp of more than this is no longer a float."""


def perplexity(loss: float) -> float:
    """Return e to the loss in nats a symbol; infinity where that is no float."""
    return math.exp(loss) if loss < MAX_EXPONENT else math.inf
