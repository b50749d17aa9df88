"""Initial values: ranges and special cases of both schemes, and that they are those of earlier versions."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from helpers import small_config

from seq2seq_cli.models.spec import parameter_specs
from seq2seq_cli.nn.initialisers import TIED_SCALE, initialise

VARIANTS = {
    "plain": {},
    "peeky": {"peeky": True},
    "dot": {"attention": "dot"},
    "general": {"attention": "general"},
    "additive": {"attention": "additive"},
    "peeky-dot-2": {"peeky": True, "attention": "dot", "layers": 2},
    "bidirectional-2-additive": {"bidirectional": True, "layers": 2, "attention": "additive"},
    "tied-peeky-general": {"tied": True, "embedding_size": 4, "peeky": True, "attention": "general"},
    "lm-2": {"kind": "lm", "layers": 2},
    "lm-tied": {"kind": "lm", "tied": True, "embedding_size": 4},
}

RECORDED = {
    "s2s": {
        "plain": "ca2699a0bf27",
        "peeky": "f60febfc0486",
        "dot": "5e45d0d3330f",
        "general": "f0e24535ce0e",
        "additive": "4c63032804bd",
        "peeky-dot-2": "c26b376c48c1",
        "bidirectional-2-additive": "d404700afac6",
        "tied-peeky-general": "9465fb96f941",
        "lm-2": "1a444d81e13d",
        "lm-tied": "9fd8d24ad55b",
    },
    "book": {
        "plain": "06b04066baf4",
        "peeky": "141edc2fda98",
        "dot": "8b74c2972dc3",
        "general": "9b05f369ecf1",
        "additive": "96a15a96b476",
        "peeky-dot-2": "f0d7bfcc86d3",
        "bidirectional-2-additive": "f4114a7a3b2e",
        "tied-peeky-general": "9015a26ed07f",
        "lm-2": "9bb9b69bcc5c",
        "lm-tied": "1eff9594491f",
    },
}
"""SHA-256 (its first 12 digits) over names and values, rounded to 9 places, of commit cd38881 with seed 5."""


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("scheme", RECORDED)
def test_values_are_those_that_were_recorded(scheme: str, variant: str) -> None:
    digest = hashlib.sha256()
    for name, values in initialise(parameter_specs(small_config(**VARIANTS[variant])), scheme, 5).items():
        digest.update(name.encode())
        digest.update((np.round(values, 9) + 0.0).tobytes())
    assert digest.hexdigest()[:12] == RECORDED[scheme][variant]


LARGE = {"source_vocab_size": 200, "target_vocab_size": 100, "embedding_size": 40, "hidden_size": 60}


def values_of(scheme: str, **options) -> dict[str, np.ndarray]:
    return initialise(parameter_specs(small_config(**{**LARGE, **options})), scheme, 0)


def test_ours_is_uniform_within_one_over_the_root_of_the_joined_inputs() -> None:
    values = values_of("s2s", peeky=True, attention="additive")
    inputs = {
        "encoder.lstm0.input": 40,
        "encoder.lstm0.recurrent": 60,
        "decoder.lstm0.input": 100,
        "decoder.lstm0.peeky": 100,
        "decoder.attention.query": 60,
        "decoder.attention.vector": 60,
        "decoder.output.weight": 180,
        "decoder.output.attention": 180,
    }
    for name, count in inputs.items():
        limit = 1 / np.sqrt(count)
        assert 0.9 * limit < np.abs(values[name]).max() <= limit, name
        assert np.std(values[name]) == pytest.approx(limit / np.sqrt(3), rel=0.25 if values[name].ndim == 1 else 0.05)


def test_ours_opens_forget_gates_and_zeroes_other_biases() -> None:
    values = values_of("s2s")
    bias = values["encoder.lstm0.bias"].reshape(4, 60)
    np.testing.assert_array_equal(bias, np.array([[0.0], [1.0], [0.0], [0.0]]) * np.ones(60))
    assert not values["decoder.output.bias"].any()
    assert not values_of("s2s", cell="gru")["encoder.gru0.bias"].any()


def test_ours_draws_unit_normal_embeddings_and_small_ones_where_they_are_tied() -> None:
    assert np.std(values_of("s2s")["decoder.embedding.weight"]) == pytest.approx(1, rel=0.05)
    tied = values_of("s2s", tied=True, embedding_size=60)
    assert np.std(tied["decoder.embedding.weight"]) == pytest.approx(TIED_SCALE, rel=0.05)
    assert np.std(tied["encoder.embedding.weight"]) == pytest.approx(1, rel=0.05)


def test_the_books_are_normal_over_the_root_of_the_inputs() -> None:
    values = values_of("book", peeky=True)
    assert np.std(values["encoder.embedding.weight"]) == pytest.approx(0.01, rel=0.05)
    assert np.std(values["encoder.lstm0.input"]) == pytest.approx(1 / np.sqrt(40), rel=0.05)
    assert np.std(values["decoder.lstm0.input"]) == pytest.approx(1 / np.sqrt(100), rel=0.05)
    assert np.std(values["decoder.output.weight"]) == pytest.approx(1 / np.sqrt(120), rel=0.05)
    assert not any(array.any() for name, array in values.items() if name.endswith("bias"))


def test_a_seed_and_a_name_fix_a_parameters_values() -> None:
    one, more = values_of("s2s"), values_of("s2s", peeky=True)
    np.testing.assert_array_equal(one["encoder.lstm0.input"], more["encoder.lstm0.input"])
    assert (one["encoder.lstm0.input"] != one["decoder.lstm0.input"]).any()
