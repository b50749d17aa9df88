"""Every variant of a model that the tests go through, and a language model's windows."""

from __future__ import annotations

from itertools import product

import numpy as np
from helpers import inference_run, random_weights

from seq2seq_cli.backend import Backend, Packing, get_backend
from seq2seq_cli.config import ModelConfig
from seq2seq_cli.config.registry import CELLS
from seq2seq_cli.models.build import build_language_model
from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.nn.context import ForwardContext

_CONDITIONINGS = [
    {},
    {"peeky": True},
    {"attention": "dot"},
    {"attention": "general"},
    {"attention": "additive"},
    {"peeky": True, "attention": "dot"},
    {"attention": "general", "attention_weights": "sparsemax"},
    {"attention": "dot", "attention_weights": "entmax"},
]
VARIANTS = [
    {**conditioning, "cell": cell, "layers": layers, "bidirectional": bidirectional, "bridge": bridge}
    for cell in CELLS
    for (conditioning, layers, bidirectional), bridge in zip(
        product(_CONDITIONINGS, (1, 2), (False, True)), ["h", "hc", "hc", "h"] * len(_CONDITIONINGS), strict=True
    )
]
READOUTS = [
    {"readout": True},
    {"readout": True, "attention": "general", "peeky": True, "layers": 2},
    {"readout": True, "attention": "dot", "tied": True},
    {"readout": True, "attention": "dot", "tied": True, "tied_source": True, "target_vocab_size": 7},
    {"tied_source": True, "target_vocab_size": 7, "bidirectional": True},
]
DEEP = [
    {"encoder_layers": 3, "residual": True, "attention": "dot"},
    {"encoder_layers": 3, "layers": 2, "residual": True, "bidirectional": True, "bridge": "h", "peeky": True},
    {"encoder_layers": 1, "layers": 3, "residual": True, "cell": "gru"},
    {"encoder_layers": 2, "layers": 3, "peeky": True, "bidirectional": True},
]
COPYING = [
    {"copying": True, "readout": True, "attention": "dot"},
    {"copying": True, "readout": True, "attention": "general", "attention_weights": "sparsemax", "layers": 2},
    {"copying": True, "readout": True, "attention": "additive", "peeky": True, "tied": True, "bidirectional": True},
]
VARIANTS += READOUTS + DEEP + COPYING

IDS = np.random.default_rng(0).integers(0, 6, 50)
_LANGUAGE_MODELS = [
    {},
    {"layers": 2, "tied": True},
    {
        "layers": 2,
        "tied": True,
        "dropout": 0.3,
        "variational_dropout": True,
        "embedding_dropout": 0.3,
        "weight_drop": 0.4,
    },
    {"layers": 2, "dropout": 0.3, "input_dropout": 0.1, "output_dropout": 0.5, "weight_drop": 0.2},
    {"layers": 3, "dropout": 0.3, "residual": True},
]
LANGUAGE_MODELS = [{**variant, "cell": cell} for cell in CELLS for variant in _LANGUAGE_MODELS]


def language_model_config(**options) -> ModelConfig:
    width = 4 if options.get("tied") else 3
    return ModelConfig(**{"kind": "lm", "target_vocab_size": 6, "embedding_size": width, "hidden_size": 4, **options})


def language_model(backend: Backend | None = None, **options) -> LanguageModel:
    config = language_model_config(**options)
    model = build_language_model(config, backend or get_backend("cpu", "float64"))
    model.parameters.assign(random_weights(config))
    return model


def window(model: LanguageModel, context: ForwardContext, state, first: int = 0, rows: int = 3, steps: int = 4):
    backend = model.backend
    flat = IDS[first : first + rows * steps + 1]
    ids, targets = backend.to_device_ids(flat[:-1]), backend.to_device_ids(flat[1:])
    return model.loss(ids, targets, Packing.even(rows, steps), state, context)


def carried(model: LanguageModel, rows: int = 3):
    """Return a state that an earlier window has left."""
    (_, _, state), _ = window(model, inference_run(model.backend), model.zeros(rows), first=20)
    return state
