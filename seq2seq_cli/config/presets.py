"""Recipes by name: values for some options, and which kind of data they are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from seq2seq_cli.config.data import GENERATED_PAIRS
from seq2seq_cli.config.fields import MODEL, options_of
from seq2seq_cli.config.model import ModelConfig
from seq2seq_cli.config.recipes import TYPICAL, PairsFacts, auto, chat, g2p, inflection, translation
from seq2seq_cli.config.suggest import hint
from seq2seq_cli.config.values import shown
from seq2seq_cli.errors import UsageError
from seq2seq_cli.kinds import kind_named


class Described(Protocol):
    """A dataset, of which a default preset depends on what made it and how its text is cut."""

    @property
    def levels(self) -> Mapping[str, str]:
        """For each side, how its text is cut."""

    @property
    def description(self) -> Mapping[str, object]:
        """What made it."""


@dataclass(frozen=True)
class Preset:
    """Named values for some options, or a recipe that chooses them for the data."""

    kind: str
    """What it learns from: ``pairs`` or ``text``."""
    summary: str
    values: Mapping[str, Any] = field(default_factory=dict)
    recipe: Callable[[PairsFacts], Mapping[str, Any]] | None = None

    def values_for(self, facts: PairsFacts | None) -> Mapping[str, Any]:
        """Return the values for data with these facts; None where nobody knows the data."""
        return self.values if self.recipe is None else self.recipe(facts or TYPICAL)


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

_CAPTIONS = {
    "embedding_size": 256,
    "hidden_size": 128,
    "bidirectional": True,
    "attention": "general",
    "readout": True,
    "embedding_dropout": 0.4,
    "label_smoothing": 0.1,
    "weight_averaging": 0.999,
}
"""Whole words are dropped, so that what is said next is learned from the image and not from the words before."""

PRESETS: Mapping[str, Preset] = {
    "book-addition": Preset(
        "pairs",
        "chapter 7's recipe for addition, to the letter: H 128, 25 epochs",
        {**_BOOK_MODEL, "hidden_size": 128, **_BOOK_TRAINING, "epochs": 25},
    ),
    "book-dates": Preset(
        "pairs",
        "chapter 8's recipe for dates, to the letter: H 256, 10 epochs",
        {**_BOOK_MODEL, "hidden_size": 256, **_BOOK_TRAINING, "epochs": 10},
    ),
    "auto": Preset("pairs", "ours for your own pairs: looks at them, and takes one of the next four", recipe=auto),
    "g2p": Preset("pairs", "words to sounds, names to another script", recipe=g2p),
    "inflection": Preset("pairs", "words or phrases to others in the same script", recipe=inflection),
    "translation": Preset("pairs", "sentences to sentences", recipe=translation),
    "chat": Preset("pairs", "questions to replies", recipe=chat),
    "captions": Preset(
        "captions",
        "ours for images of your own: convolutions, an encoder that reads in both directions, attention",
        {**_CAPTIONS, "dropout": 0.3, "batch_size": 64, "learning_rate": 0.001, "epochs": 40, "patience": 8},
    ),
    "shapes": Preset(
        "captions",
        "ours for the pictures of prep shapes: the same, with fewer epochs and less dropout",
        {**_CAPTIONS, "dropout": 0.1, "batch_size": 32, "learning_rate": 0.002, "epochs": 12},
    ),
    "rnnlm": Preset(
        "text",
        "chapter 6's Rnnlm, to the letter: 1 layer of 100, SGD 20, 4 epochs",
        {"embedding_size": 100, "hidden_size": 100, **_BOOK_TEXT, "schedule": "constant", "epochs": 4, "keep": "last"},
    ),
    "better-rnnlm": Preset(
        "text",
        "chapter 6's BetterRnnlm, to the letter: 2 layers of 650, tied, dropout 0.5, 40 epochs",
        {
            "embedding_size": 650,
            "hidden_size": 650,
            "layers": 2,
            "tied": True,
            "dropout": 0.5,
            **_BOOK_TEXT,
            "schedule": "plateau",
            "plateau_factor": 0.25,
            "plateau_patience": 1,
            "epochs": 40,
        },
    ),
    "lm-small": Preset(
        "text",
        "ours for a first try: 1 layer of 256, tied; a minute or two for 200,000 words",
        {"embedding_size": 256, "hidden_size": 256, "tied": True, "dropout": 0.3, **_OUR_TEXT, "epochs": 6},
    ),
    "char-lm": Preset(
        "text",
        "ours for characters: 2 layers of 512, weight-drop",
        {
            "embedding_size": 64,
            "hidden_size": 512,
            "layers": 2,
            "dropout": 0.4,
            "input_dropout": 0.0,
            "weight_drop": 0.3,
            "batch_size": 48,
            "bptt": 100,
            "learning_rate": 0.003,
            "epochs": 12,
            "clip": 1.0,
        },
    ),
    "lm": Preset(
        "text",
        "ours for words on a CPU: 2 layers of 650, tied, weight-drop and penalties; two hours for a million words",
        {
            "embedding_size": 650,
            "hidden_size": 650,
            "layers": 2,
            "tied": True,
            "dropout": 0.4,
            "embedding_dropout": 0.1,
            "weight_drop": 0.3,
            **_OUR_TEXT,
            "activation_penalty": 2.0,
            "temporal_penalty": 1.0,
            "epochs": 15,
        },
    ),
    "lm-large": Preset(
        "text",
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
"""All presets: of pairs, of captions, of texts."""


def presets_of(kind: str) -> list[str]:
    """Return the names of the presets for a kind of data."""
    return [name for name, entry in PRESETS.items() if kind_named(entry.kind) is kind_named(kind)]


def preset_named(name: str) -> Preset:
    """Return a preset by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset {shown(name)}" + hint(name, PRESETS, f"; there are {', '.join(PRESETS)}"))
    return PRESETS[name]


def default_of_pairs(dataset: Described, given: Mapping[str, Any]) -> str | None:
    """Return the preset of pairs when none is given.

    It is ``auto`` for data of one's own, unless an option of the model is given: who chooses the architecture gets the
    plain defaults for the rest, and so do the generated kinds, for which these were made.
    """
    architecture = {
        name for entry in options_of(ModelConfig).values() for name in entry.spellings if entry.group == MODEL
    }
    mine = dataset.description.get("kind") not in GENERATED_PAIRS
    return "auto" if mine and not {*architecture, "attention_score"} & set(given) else None


def default_of_captions(dataset: Described, given: Mapping[str, Any]) -> str:
    """Return the preset of captions when none is given."""
    return "shapes" if dataset.description.get("kind") == "shapes" else "captions"


def default_of_text(dataset: Described, given: Mapping[str, Any]) -> str | None:
    """Return the preset of a text when none is given, by how the text is cut."""
    return "char-lm" if (given.get("level") or dataset.levels["text"]) == "char" else "lm-small"


def differing() -> frozenset[str]:
    """Return the options that have another value where a preset is taken although none is given."""
    taken = ("g2p", "inflection", "translation", "chat", "captions", "shapes", "lm-small", "char-lm")
    return frozenset(name for preset in taken for name in PRESETS[preset].values_for(None))
