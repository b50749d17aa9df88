"""Whole models on every engine against the same models written out plainly, row by row and step by step."""

from __future__ import annotations

from itertools import product

import numpy as np
import plain_models
import pytest
from helpers import COPIED_AS, SOURCES, TARGETS, inference_run, random_weights, small_batch, small_config
from strict_backend import StrictBackend
from variants import COPYING, DEEP, READOUTS

from seq2seq_cli.backend import Packing, get_backend
from seq2seq_cli.config.registry import ATTENTION_SCORES, ATTENTION_WEIGHTS, CELLS
from seq2seq_cli.models.build import build_language_model, build_seq2seq

ENGINES = {"numpy": get_backend("cpu", "float64"), "base": StrictBackend("float64")}
CONDITIONINGS = [{}, {"peeky": True}, *({"attention": name} for name in ATTENTION_SCORES)]
CONDITIONINGS += [{"peeky": True, "attention": name} for name in ("dot", "additive")]
CONDITIONINGS += [{"attention": "dot", "attention_weights": name} for name in ATTENTION_WEIGHTS if name != "softmax"]
VARIANTS = [
    {**conditioning, "cell": cell, "layers": layers, "bidirectional": both, "bridge": "h" if number % 3 else "hc"}
    for number, (conditioning, cell, layers, both) in enumerate(product(CONDITIONINGS, CELLS, (1, 2), (False, True)))
]


VARIANTS += [*DEEP, *READOUTS, *COPYING]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("variant", [*VARIANTS, {"tied": True, "embedding_size": 4, "attention": "dot"}], ids=str)
def test_a_ragged_batch_is_its_rows(variant, engine: str) -> None:
    backend, config = ENGINES[engine], small_config(**variant)
    weights = random_weights(config)
    model, batch = build_seq2seq(config, backend, COPIED_AS), small_batch()
    model.parameters.assign(weights)
    logits, _ = model.forward(batch, backend.to_device_ids(batch.inputs), inference_run(backend))
    logits = backend.to_host(logits)
    for place, row in enumerate(batch.order.tolist()):
        inputs = [0, *TARGETS[row][:-1]]
        expected = plain_models.seq2seq(config, weights, SOURCES[row], inputs, COPIED_AS[SOURCES[row]])
        found = logits[batch.packing.row_of == place]
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("options", [{}, {"layers": 2, "tied": True, "embedding_size": 4, "residual": True}], ids=str)
def test_language_models(options, cell: str, engine: str) -> None:
    backend, config = ENGINES[engine], small_config(kind="lm", cell=cell, **options)
    weights, ids = random_weights(config), np.array([0, 3, 1, 5, 2, 2, 4])
    model = build_language_model(config, backend)
    model.parameters.assign(weights)
    (logits, _), _ = model.forward(backend.to_device_ids(ids), Packing([7]), model.zeros(1), inference_run(backend))
    expected = plain_models.language_model(config, weights, ids.tolist())
    np.testing.assert_allclose(backend.to_host(logits), expected, rtol=1e-10, atol=1e-12)
