"""The gradient check of single layers, and parameters for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gradients import relative_errors

from seq2seq_cli.backend import Packing, get_backend
from seq2seq_cli.nn.parameters import Parameters, ParameterSpec

BACKEND = get_backend("cpu", "float64")
DRAW = np.random.default_rng(7)
PACKING = Packing([4, 4, 2, 1])
LIMIT = 1e-6

Arrays = list[np.ndarray]


def parameters_of(*specs: ParameterSpec) -> Parameters:
    """Return random parameters."""
    made = Parameters(BACKEND, specs)
    made.values_flat[...] = DRAW.standard_normal(made.size)
    return made


def check(
    forward: Callable[[], tuple[Arrays, Callable[[Arrays], Arrays]]],
    inputs: dict[str, np.ndarray],
    entries: Parameters | None = None,
) -> None:
    """Check d(sum of outputs times fixed weights) with respect to inputs and parameters."""
    outputs, backward = forward()
    weights = [DRAW.standard_normal(output.shape) for output in outputs]

    def loss() -> float:
        return sum(float((output * weight).sum()) for output, weight in zip(forward()[0], weights, strict=True))

    outputs, backward = forward()
    if entries is not None:
        entries.clear_gradients()
    dinputs = [np.array(gradient) for gradient in backward([weight.copy() for weight in weights])]
    arrays = {name: (values, gradient) for (name, values), gradient in zip(inputs.items(), dinputs, strict=True)}
    if entries is not None:
        arrays |= {name: (entry.value, entry.gradient.copy()) for name, entry in entries.items()}
    errors = relative_errors(loss, arrays)
    assert max(errors.values()) < LIMIT, errors
