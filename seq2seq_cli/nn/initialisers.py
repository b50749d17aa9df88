"""First values of parameters, drawn on the host so that they are the same on every device."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from seq2seq_cli.nn.context import stream_id

HostArray = npt.NDArray[np.float64]


def _book(name: str, shape: tuple[int, ...], fan_in: int, draw: np.random.Generator) -> HostArray:
    """The book's: normal numbers, over 100 for embeddings and over the root of the inputs elsewhere."""
    if name.endswith("bias"):
        return np.zeros(shape)
    if "embedding" in name:
        return draw.standard_normal(shape) / 100
    return draw.standard_normal(shape) / math.sqrt(fan_in)


def _ours(name: str, shape: tuple[int, ...], fan_in: int, draw: np.random.Generator) -> HostArray:
    """Uniform within one over the root of the inputs; unit normal embeddings; forget gates open.

    A forget-gate bias of 1 lets gradients pass from the start (Jozefowicz et al. 2015).
    """
    if name.endswith("bias"):
        bias = np.zeros(shape)
        if "lstm" in name:
            hidden = shape[0] // 4
            bias[hidden : 2 * hidden] = 1.0
        return bias
    if "embedding" in name:
        return draw.standard_normal(shape)
    limit = 1.0 / math.sqrt(fan_in)
    return draw.uniform(-limit, limit, shape)


TIED_SCALE = 0.05
"""Of our first embeddings where they are output weights too: logits begin near zero."""

SCHEMES = {"book": _book, "s2s": _ours}


def initialise(
    shapes: Mapping[str, tuple[int, ...]], fan_in: Mapping[str, int], scheme: str, seed: int
) -> dict[str, HostArray]:
    """Draw first values for all parameters.

    Args:
        shapes: names and shapes.
        fan_in: for a weight, how many numbers are summed into one of its outputs, together with the
            other weights that feed the same output.
        scheme: ``book`` or ``s2s``.
        seed: each parameter has a stream of its own, fixed by the seed and its name.
    """
    draw = SCHEMES[scheme]
    values = {
        name: draw(name, shape, fan_in.get(name, 1), np.random.default_rng([seed, stream_id(name)]))
        for name, shape in shapes.items()
    }
    if scheme == "s2s" and "decoder.output.weight" not in shapes:
        values["decoder.embedding.weight"] *= TIED_SCALE
    return values
