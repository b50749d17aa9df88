"""Recipes by name: values for some fields of the two configurations, and how they are merged with options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seq2seq_cli.config import option_names
from seq2seq_cli.errors import UsageError


@dataclass(frozen=True)
class Preset:
    """Named values for some fields of both configurations."""

    summary: str
    model: Mapping[str, Any]
    training: Mapping[str, Any]


_BOOK_MODEL = {"embedding_size": 16, "layers": 1, "bridge": "h", "padding": "symbol", "dropout": 0.0}
_BOOK_TRAINING = {
    "batch_size": 128,
    "learning_rate": 0.001,
    "schedule": "constant",
    "optimizer": "adam",
    "clip": 5.0,
    "initialisation": "book",
    "keep": "last",
    "drop_last": True,
}

_BOOK_TEXT = {
    "batch_size": 20,
    "bptt": 35,
    "learning_rate": 20.0,
    "optimizer": "sgd",
    "clip": 0.25,
    "initialisation": "book",
}

_OUR_TEXT = {
    "batch_size": 20,
    "bptt": 35,
    "learning_rate": 20.0,
    "optimizer": "sgd",
    "clip": 0.25,
    "schedule": "cosine",
    "warmup": 0.0,
}
"""Plain SGD with a large rate and a tight clip beats Adam on words by far; a cosine to zero needs few epochs."""

PRESETS_OF_PAIRS: Mapping[str, Preset] = {
    "book-addition": Preset(
        "chapter 7's recipe for addition, to the letter: H 128, 25 epochs",
        {**_BOOK_MODEL, "hidden_size": 128},
        {**_BOOK_TRAINING, "epochs": 25},
    ),
    "book-dates": Preset(
        "chapter 8's recipe for dates, to the letter: H 256, 10 epochs",
        {**_BOOK_MODEL, "hidden_size": 256},
        {**_BOOK_TRAINING, "epochs": 10},
    ),
}
"""Of seq2seq models."""

PRESETS_OF_TEXT: Mapping[str, Preset] = {
    "rnnlm": Preset(
        "chapter 6's Rnnlm, to the letter: 1 layer of 100, SGD 20, 4 epochs",
        {"embedding_size": 100, "hidden_size": 100},
        {**_BOOK_TEXT, "schedule": "constant", "epochs": 4, "keep": "last"},
    ),
    "better-rnnlm": Preset(
        "chapter 6's BetterRnnlm, to the letter: 2 layers of 650, tied, dropout 0.5, 40 epochs",
        {"embedding_size": 650, "hidden_size": 650, "layers": 2, "tied": True, "dropout": 0.5},
        {**_BOOK_TEXT, "schedule": "plateau", "plateau_factor": 0.25, "plateau_patience": 1, "epochs": 40},
    ),
    "lm-small": Preset(
        "ours for a first try: 1 layer of 256, tied; a minute or two for 200,000 words",
        {"embedding_size": 256, "hidden_size": 256, "tied": True, "dropout": 0.3},
        {**_OUR_TEXT, "epochs": 6},
    ),
    "char-lm": Preset(
        "ours for characters: 2 layers of 512, weight-drop",
        {
            "embedding_size": 64,
            "hidden_size": 512,
            "layers": 2,
            "dropout": 0.4,
            "input_dropout": 0.0,
            "weight_drop": 0.3,
        },
        {"batch_size": 48, "bptt": 100, "learning_rate": 0.003, "epochs": 12, "clip": 1.0},
    ),
    "lm": Preset(
        "ours for words on a CPU: 2 layers of 650, tied, weight-drop and penalties; two hours for a million words",
        {
            "embedding_size": 650,
            "hidden_size": 650,
            "layers": 2,
            "tied": True,
            "dropout": 0.4,
            "embedding_dropout": 0.1,
            "weight_drop": 0.3,
        },
        {**_OUR_TEXT, "activation_penalty": 2.0, "temporal_penalty": 1.0, "epochs": 15},
    ),
    "lm-large": Preset(
        "ours for words on a GPU: 3 layers of 1150, tied, weight-drop and penalties (Merity et al. 2018)",
        {
            "embedding_size": 1150,
            "hidden_size": 1150,
            "layers": 3,
            "tied": True,
            "dropout": 0.25,
            "input_dropout": 0.4,
            "output_dropout": 0.4,
            "embedding_dropout": 0.1,
            "weight_drop": 0.5,
            "variational_dropout": True,
        },
        {
            "batch_size": 40,
            "bptt": 70,
            "random_bptt": True,
            "learning_rate": 0.003,
            "optimizer": "adamw",
            "weight_decay": 0.01,
            "activation_penalty": 2.0,
            "temporal_penalty": 1.0,
            "epochs": 60,
            "clip": 0.25,
        },
    ),
}
"""Of language models."""

PRESETS: Mapping[str, Preset] = {**PRESETS_OF_PAIRS, **PRESETS_OF_TEXT}


def resolve_options(preset_name: str | None, *layers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Merge a preset and layers of options, later ones winning.

    Args:
        preset_name: the preset below all layers, or None.
        layers: mappings from option names to values.

    Returns:
        The options of the model, and those of training.

    Raises:
        UsageError: a name is neither's, or there is no such preset.
    """
    model_names, training_names = option_names()
    model: dict[str, Any] = {}
    training: dict[str, Any] = {}
    if preset_name is not None:
        chosen = preset(preset_name)
        layers = (chosen.model, chosen.training, *layers)
    for layer in layers:
        for name, value in layer.items():
            if name in model_names:
                model[name] = value
            elif name in training_names:
                training[name] = value
            else:
                raise UsageError(
                    f"there is no option {name!r}; there are {', '.join(sorted(model_names | training_names))}"
                )
    return model, training


def preset(name: str) -> Preset:
    """Return a preset by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
