"""Numbers of figures: a share's interval, perplexity, what JSON can hold."""

from __future__ import annotations

import math

MAX_EXPONENT = 700.0
"""exp of more than this is no longer a float."""


def wilson_interval(right: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson 1927), both ends from 0 to 1.

    Args:
        right: how many were right.
        count: of how many, at least 1.
        z: the normal quantile; the default gives 95%.
    """
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def finite(value: float) -> float | None:
    """Return a figure for JSON, which has no infinity: None where it is no finite number."""
    return value if math.isfinite(value) else None


def perplexity(loss: float) -> float:
    """Return e to the loss in nats a symbol; infinity where that is no float."""
    return math.exp(loss) if loss < MAX_EXPONENT else math.inf
