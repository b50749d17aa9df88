"""First values of parameters, drawn on the host so that they are the same on every device."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np

from seq2seq_cli.nn.context import stream_id
from seq2seq_cli.nn.parameters import Initialiser, ParameterSpec
from seq2seq_cli.types import Floats

Draw: TypeAlias = "Callable[[ParameterSpec, np.random.Generator], Floats]"  # as text: numpy.random loads slowly

TIED_SCALE = 0.05
"""Of our first embeddings where they are output weights too: logits begin near zero."""


def _zeros(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    return np.zeros(spec.shape)


def _open_forget_gates(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    """Ones for the forget gate of ``[i f o | g]`` let gradients pass from the start (Jozefowicz et al. 2015)."""
    bias = np.zeros(spec.shape)
    bias.reshape(4, -1)[1] = 1.0
    return bias


def _uniform(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    """Uniform within one over the root of the inputs."""
    limit = 1.0 / math.sqrt(spec.fan_in)
    return draw.uniform(-limit, limit, spec.shape)


def _rectified(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    """Wider, because a rectifier takes half of what it gets away (He et al. 2015)."""
    limit = math.sqrt(6.0 / spec.fan_in)
    return draw.uniform(-limit, limit, spec.shape)


def _normal(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    return draw.standard_normal(spec.shape)


def _small_normal(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    return draw.standard_normal(spec.shape) * TIED_SCALE


def _book_embedding(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    return draw.standard_normal(spec.shape) / 100


def _book_rectified(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    """Normal over the root of half of the inputs: the first book's, for its convolutions."""
    return draw.standard_normal(spec.shape) * math.sqrt(2.0 / spec.fan_in)


def _book_weight(spec: ParameterSpec, draw: np.random.Generator) -> Floats:
    """Normal over the root of the inputs."""
    return draw.standard_normal(spec.shape) / math.sqrt(spec.fan_in)


SCHEMES: Mapping[str, Mapping[Initialiser, Draw]] = {
    "s2s": {
        "weight": _uniform,
        "rectified weight": _rectified,
        "embedding": _normal,
        "tied embedding": _small_normal,
        "bias": _zeros,
        "forget-gate bias": _open_forget_gates,
    },
    "book": {
        "weight": _book_weight,
        "rectified weight": _book_rectified,
        "embedding": _book_embedding,
        "tied embedding": _book_embedding,
        "bias": _zeros,
        "forget-gate bias": _zeros,
    },
}
"""For each scheme, how each kind of parameter is drawn."""


def initialise(specs: Iterable[ParameterSpec], scheme: str, seed: int) -> dict[str, Floats]:
    """Draw first values for all parameters.

    Args:
        specs: the parameters.
        scheme: one of `SCHEMES`.
        seed: each parameter has a stream of its own, fixed by the seed and its name.
    """
    draws = SCHEMES[scheme]
    return {
        spec.name: draws[spec.initialiser](spec, np.random.default_rng([seed, stream_id(spec.name)])) for spec in specs
    }
