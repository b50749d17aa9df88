"""Central differences against a backward, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

ENTRIES = 10


def relative_errors(
    loss: Callable[[], float],
    arrays: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    seed: int = 0,
    epsilon: float = 1e-5,
) -> dict[str, float]:
    """Compare gradients with differences at a few entries of each array, changed in place.

    Args:
        loss: recomputes the loss.
        arrays: for each name, the values and their gradient.
        seed: which entries are looked at.
        epsilon: the step.

    Returns:
        For each name, |numeric - analytic| / (|numeric| + |analytic|), norms over the entries.
    """
    draw = np.random.default_rng(seed)
    errors = {}
    for name, (values, gradient) in arrays.items():
        flat = values.reshape(-1)
        assert np.shares_memory(flat, values)
        chosen = draw.permutation(flat.size)[:ENTRIES]
        numeric = np.empty(len(chosen))
        for place, index in enumerate(chosen):
            before = flat[index]
            flat[index] = before + epsilon
            up = loss()
            flat[index] = before - epsilon
            numeric[place] = (up - loss()) / (2 * epsilon)
            flat[index] = before
        analytic = gradient.reshape(-1)[chosen]
        norm = np.linalg.norm(numeric) + np.linalg.norm(analytic)
        errors[name] = float(np.linalg.norm(numeric - analytic) / norm) if norm > 1e-12 else 0.0
    return errors
