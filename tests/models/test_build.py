"""From options to a model: that each rate of dropout arrives where its name says, and each mask lasts as long."""

from __future__ import annotations

import pytest
from helpers import small_batch, small_model, training_run
from variants import language_model, window

from seq2seq_cli.backend import get_backend

RATES = {"input_dropout": 0.5, "output_dropout": 0.375, "embedding_dropout": 0.6, "weight_drop": 0.75, "dropout": 0.2}
BACKEND = get_backend("cpu", "float64")


def rates_of(context) -> dict[str, float]:
    """Return the rate of each mask: what stays is scaled by 1 / (1 - rate), and nothing else is in it."""
    found = {}
    for name, mask in context.masks.items():
        assert set(mask.ravel().tolist()) <= {0.0, float(mask.max())}
        found[name] = 1 - 1 / float(mask.max())
    return found


def expected(sides: tuple[str, ...], *outputs: str) -> dict[str, float]:
    layers = [f"{side}.lstm{number}" for side in sides for number in (0, 1)]
    return {
        **{f"{side}.embedding.dropout": RATES["input_dropout"] for side in sides},
        **{f"{side}.embedding.weight.dropout": RATES["embedding_dropout"] for side in sides},
        **{f"{layer}.weight-drop": RATES["weight_drop"] for layer in layers},
        **{f"{layer}.dropout": RATES["dropout"] for layer in layers[::2]},
        **dict.fromkeys(outputs, RATES["output_dropout"]),
    }


@pytest.mark.parametrize("readout", [False, True])
@pytest.mark.parametrize("variational", [False, True])
def test_each_dropout_of_an_encoder_and_a_decoder_has_its_rate_and_lasts(variational: bool, readout: bool) -> None:
    options = {"layers": 2, "attention": "dot", "readout": readout, "variational_dropout": variational}
    model, batch = small_model(**RATES, **options), small_batch()
    context = training_run(BACKEND, dropout=True)
    model.loss(batch, context)
    outputs = ["decoder.readout.dropout"] if readout else ["decoder.output.dropout", "decoder.attended.dropout"]
    assert rates_of(context) == pytest.approx(expected(("encoder", "decoder"), *outputs))
    # Of numbers in a row of the batch: one mask for all of its steps, or one for each.
    packings = {"encoder": batch.source.packing, "decoder": batch.packing}
    of_numbers = [name for name in context.masks if "weight" not in name]
    assert len(of_numbers) == 4 + len(outputs)
    for name in of_numbers:
        packing = packings[name.split(".")[0]]
        assert len(context.masks[name]) == (packing.rows if variational else packing.total), name


@pytest.mark.parametrize("variational", [False, True])
def test_each_dropout_of_a_language_model_has_its_rate_and_lasts(variational: bool) -> None:
    model = language_model(BACKEND, layers=2, variational_dropout=variational, **RATES)
    context = training_run(BACKEND, dropout=True)
    window(model, context, model.zeros(3))
    assert rates_of(context) == pytest.approx(expected(("decoder",), "decoder.output.dropout"))
    assert {len(mask) for name, mask in context.masks.items() if "weight" not in name} == {3 if variational else 12}


def test_nothing_is_dropped_unless_told() -> None:
    context = training_run(BACKEND, dropout=True)
    small_model(layers=2, attention="dot", readout=True).loss(small_batch(), context)
    assert not context.masks
    alone = training_run(BACKEND, dropout=True)
    small_model(layers=2, dropout=0.3).loss(small_batch(), alone)  # which stands for those that are not given
    assert {round(rate, 9) for rate in rates_of(alone).values()} == {0.3}
    assert len(alone.masks) == 5
