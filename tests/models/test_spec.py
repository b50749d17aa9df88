"""The table of parameters: fan-in, order, and that a step of the optimiser sees them as one buffer."""

from __future__ import annotations

import numpy as np
from helpers import small_config, small_model

from seq2seq_cli.config.registry import CELLS, find_class
from seq2seq_cli.models.spec import parameter_shapes, parameter_specs


def test_the_books_fan_in_counts_joined_inputs() -> None:
    config = small_config(peeky=True, attention="dot")
    fan_in = {spec.name: spec.fan_in for spec in parameter_specs(config)}
    assert fan_in["decoder.lstm0.input"] == fan_in["decoder.lstm0.peeky"] == 3 + 4
    assert fan_in["decoder.lstm0.recurrent"] == fan_in["encoder.lstm0.recurrent"] == 4
    for part in ("weight", "peeky", "attention"):
        assert fan_in[f"decoder.output.{part}"] == 12
    assert fan_in["encoder.lstm0.input"] == 3


def test_the_order_is_that_of_the_flat_buffer() -> None:
    """An optimiser's moments in a checkpoint lie in this order."""
    model = small_model(peeky=True, attention="additive", bidirectional=True)
    assert list(parameter_shapes(model.config)) == [
        "encoder.embedding.weight",
        *(
            f"encoder.lstm0.{way}.{part}"
            for way in ("forwards", "backwards")
            for part in ("input", "recurrent", "bias")
        ),
        "decoder.embedding.weight",
        *(f"decoder.lstm0.{part}" for part in ("input", "peeky", "recurrent", "bias")),
        *(f"decoder.attention.{part}" for part in ("query", "key", "vector")),
        *(f"decoder.output.{part}" for part in ("weight", "peeky", "attention", "bias")),
    ]
    start = 0
    for name, entry in model.parameters.items():
        entry.value[...] = start
        end = start + int(np.prod(entry.shape))
        assert (model.parameters.values_flat[start:end] == start).all(), name
        start = end
    assert start == model.parameters.size


def test_names_begin_with_the_cell() -> None:
    for cell in CELLS:
        names = list(parameter_shapes(small_config(cell=cell)))
        assert f"encoder.{cell}0.input" in names
        assert f"decoder.{cell}0.recurrent" in names
        assert find_class(CELLS[cell]).specs("a", 3, 4)[0].name == "a.input"
