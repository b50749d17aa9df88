"""What decays, over a whole model's parameters."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import small_model
from strict_backend import StrictBackend

from seq2seq_cli.backend import get_backend
from seq2seq_cli.config import TrainConfig
from seq2seq_cli.training.optimiser import Optimizer


def decayed(backend, **options) -> dict[str, np.ndarray]:
    """Return for each parameter how much smaller a step has made it, where only symbol 2 was read."""
    model = small_model(backend)
    config = TrainConfig(optimizer="adamw", weight_decay=0.5, **options)
    before = model.parameters.to_host()
    model.parameters.gradients_flat[...] = 0
    for name in ("encoder.embedding.weight", "decoder.embedding.weight"):
        model.parameters[name].gradient[2] = 1e-30  # of no size, but a gradient
    Optimizer(model.parameters, config).step(1, 0.1, backend.to_device_floats(1.0)[()])
    after = model.parameters.to_host()
    return {name: 1 - after[name] / before[name] for name in before}


@pytest.mark.parametrize("backend", [get_backend("cpu", "float64"), StrictBackend("float64")], ids=["numpy", "strict"])
def test_weights_decay_and_biases_and_absent_symbols_do_not(backend) -> None:
    for name, share in decayed(backend).items():
        expected = np.full(share.shape, 0.05)
        if name.endswith("bias"):
            expected[...] = 0
        elif "embedding" in name:
            expected[...] = 0
            expected[2] = 0.05
        np.testing.assert_allclose(share, expected, atol=1e-12, err_msg=name)


def test_all_decays_if_asked() -> None:
    for share in decayed(get_backend("cpu", "float64"), weight_decay_scope="all").values():
        np.testing.assert_allclose(share, 0.05, atol=1e-12)
