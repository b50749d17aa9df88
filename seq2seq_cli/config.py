"""What a model is and how it is trained: two frozen dataclasses, and the presets, which are values of them.

Both are checked when they are made, so that no other code needs to ask whether a combination makes
sense. Both are stored in model files as plain dictionaries (`as_dict`, `from_dict`).
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from seq2seq_cli.errors import UsageError

Kind = Literal["seq2seq", "lm"]
AttentionScore = Literal["dot", "general", "additive"]
Bridge = Literal["h", "hc"]
Padding = Literal["masked", "symbol"]
ForcingUnit = Literal["token", "sequence", "batch"]
ForcingDecay = Literal["none", "linear", "exponential", "inverse-sigmoid"]
Schedule = Literal["constant", "one-cycle", "cosine", "plateau"]
OptimizerName = Literal["adam", "adamw", "sgd", "momentum"]
Initialisation = Literal["s2s", "book"]
Keep = Literal["best", "last"]
Level = Literal["char", "word", "subword"]

LARGEST_SIZE = 1 << 20
"""No size in a configuration may exceed this; it bounds what a damaged model file can ask for."""

ConfigType = TypeVar("ConfigType", bound="_Config")


def _matches(value: object, hint: Any) -> bool:
    """Tell whether `value` has the type that a field's annotation asks for (no bool for int)."""
    origin = get_origin(hint)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if origin in (types.UnionType, Union):
        return any(_matches(value, choice) for choice in get_args(hint))
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _spell(hint: Any) -> str:
    """Write what an annotation asks for, for people."""
    if get_origin(hint) is Literal:
        return ", ".join(map(str, get_args(hint)))
    if get_origin(hint) in (types.UnionType, Union):
        return " or ".join("nothing" if part is type(None) else _spell(part) for part in get_args(hint))
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}.get(hint, str(hint))


@dataclass(frozen=True)
class _Config:
    """Shared by the two configurations: type checks, and conversion from and to plain dictionaries."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            hint = hints[entry.name]
            if not _matches(value, hint):
                raise UsageError(f"{entry.name} must be {_spell(hint)}, not {value!r}")
            if isinstance(value, float) and not math.isfinite(value):
                raise UsageError(f"{entry.name} must be a finite number, not {value!r}")
            low, high = entry.metadata.get("between", (-math.inf, math.inf))
            if isinstance(value, (int, float)) and not low <= value <= high:
                raise UsageError(f"{entry.name} must be from {low} to {high}, not {value!r}")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary of builtins."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls: type[ConfigType], values: Mapping[str, Any]) -> ConfigType:
        """Make a configuration from a dictionary.

        Raises:
            UsageError: for a name that is not a field, or a value that does not fit.
        """
        known = {entry.name for entry in dataclasses.fields(cls)}
        unknown = sorted(str(name) for name in values if name not in known)
        if unknown:
            raise UsageError(
                f"{cls.__name__} has no field {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
            )
        return cls(**values)


def _number(default: Any, low: float, high: float) -> Any:
    return field(default=default, metadata={"between": (low, high)})


@dataclass(frozen=True)
class ModelConfig(_Config):
    """The architecture of a model: everything that fixes its parameters' shapes and its arithmetic.

    `source_symbols` and `target_symbols` are the vocabularies' sizes. With ``padding="symbol"`` (the
    book's way: blanks fill each row and count as symbols) the two widths are recorded, and a target's
    width does not count its start symbol.
    """

    kind: Kind = "seq2seq"
    source_symbols: int = _number(1, 1, LARGEST_SIZE)
    target_symbols: int = _number(1, 1, LARGEST_SIZE)
    embedding: int = _number(16, 1, LARGEST_SIZE)
    hidden: int = _number(128, 1, LARGEST_SIZE)
    layers: int = _number(1, 1, 64)
    bidirectional: bool = False
    """Each direction of the encoder has hidden/2 units, so that their concatenation has `hidden`."""
    bridge: Bridge = "hc"
    """What crosses from the encoder to the decoder's first state: h alone (the book) or h and c."""
    peeky: bool = False
    attention: AttentionScore | None = None
    tied: bool = False
    """The output layer's weights are the target's embedding (Press & Wolf 2017); embedding and hidden are equal."""
    dropout: float = _number(0.0, 0.0, 0.95)
    """Share of numbers dropped in training: of embeddings, between layers, and before the output."""
    input_dropout: float | None = _number(None, 0.0, 0.95)
    """Of embeddings, where it differs from `dropout`."""
    output_dropout: float | None = _number(None, 0.0, 0.95)
    """Before the output, where it differs from `dropout`."""
    embedding_dropout: float = _number(0.0, 0.0, 0.95)
    """Share of the vocabulary whose whole embeddings are dropped in a batch (Gal & Ghahramani 2016)."""
    weight_drop: float = _number(0.0, 0.0, 0.95)
    """Share of the recurrent weights dropped in a batch (Wan et al. 2013; Merity et al. 2018)."""
    variational: bool = False
    """One dropout mask for all steps of a row instead of one a step (Gal & Ghahramani 2016)."""
    reverse: bool = False
    padding: Padding = "masked"
    source_width: int = _number(0, 0, LARGEST_SIZE)
    target_width: int = _number(0, 0, LARGEST_SIZE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bidirectional and self.hidden % 2:
            raise UsageError(f"a bidirectional encoder needs an even hidden size, not {self.hidden}")
        if self.tied and self.embedding != self.hidden:
            raise UsageError(
                f"tied weights need embedding and hidden to be equal, not {self.embedding} and {self.hidden}"
            )
        if self.kind == "lm":
            for name in ("bidirectional", "peeky", "attention", "reverse"):
                if getattr(self, name):
                    raise UsageError(f"a language model has no encoder, so {name} does not go with it")
        if (self.padding == "symbol") != bool(self.source_width and self.target_width):
            raise UsageError("source_width and target_width are recorded with padding 'symbol', and only then")

    @property
    def variant(self) -> str:
        """A short name of the variant, used in default file names: ``reverse-peeky``, ``plain``, ``lm-2x650``."""
        if self.kind == "lm":
            return f"lm-{self.layers}x{self.hidden}"
        words = [name for name in ("bidirectional", "reverse", "peeky") if getattr(self, name)]
        if self.attention:
            words.append("attention" if self.attention == "dot" else f"{self.attention}-attention")
        return "-".join(words) or "plain"


@dataclass(frozen=True)
class TrainConfig(_Config):
    """How a model is trained. The defaults are our recipe for small transduction tasks."""

    epochs: int = _number(10, 1, 1_000_000)
    batch_size: int = _number(128, 1, 1_000_000)
    learning_rate: float = _number(0.006, 0.0, 1e6)
    schedule: Schedule = "one-cycle"
    warmup: float = _number(0.1, 0.0, 1.0)
    """Share of all steps in which a one-cycle or cosine rate rises to its peak."""
    optimizer: OptimizerName = "adam"
    weight_decay: float = _number(0.0, 0.0, 1e3)
    clip: float = _number(5.0, 0.0, 1e9)
    """Largest norm of the whole gradient; 0 switches clipping off."""
    patience: int | None = _number(None, 1, 1_000_000)
    """Stop after so many epochs without a better validation result; None never does."""
    teacher_forcing: float = _number(1.0, 0.0, 1.0)
    teacher_forcing_per: ForcingUnit = "token"
    teacher_forcing_decay: ForcingDecay = "none"
    steps: int = _number(35, 1, 100_000)
    """Language models: symbols of a window, through which gradients go back (truncated back-propagation)."""
    random_steps: bool = False
    """Language models: windows of varying length, so that they do not always end at the same places (Merity
    et al. 2018, section 5)."""
    activation_penalty: float = _number(0.0, 0.0, 1e3)
    """Language models: times the mean square of the last layer's dropped output (Merity et al. 2017, AR)."""
    change_penalty: float = _number(0.0, 0.0, 1e3)
    """Language models: times the mean square of its change from step to step (Merity et al. 2017, TAR)."""
    plateau_factor: float = _number(0.5, 0.0, 1.0)
    """Schedule ``plateau``: what the rate is multiplied by."""
    plateau_patience: int = _number(2, 1, 1_000_000)
    """Schedule ``plateau``: after so many epochs without a better validation result."""
    initialisation: Initialisation = "s2s"
    keep: Keep = "best"
    drop_last: bool = False
    """Leave out an epoch's last, smaller batch, as the book does."""
    seed: int = _number(0, 0, 2**63 - 1)


@dataclass(frozen=True)
class Preset:
    """Named values for some fields of both configurations."""

    summary: str
    model: Mapping[str, Any]
    training: Mapping[str, Any]


_BOOK_MODEL = {"embedding": 16, "layers": 1, "bridge": "h", "padding": "symbol", "dropout": 0.0}
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
    "steps": 35,
    "learning_rate": 20.0,
    "optimizer": "sgd",
    "clip": 0.25,
    "initialisation": "book",
}

_OUR_TEXT = {
    "batch_size": 20,
    "steps": 35,
    "learning_rate": 20.0,
    "optimizer": "sgd",
    "clip": 0.25,
    "schedule": "cosine",
    "warmup": 0.0,
}
"""Plain SGD with a large rate and a tight clip beats Adam on words by far; a cosine to zero needs few epochs."""

PRESETS: Mapping[str, Preset] = {
    "book-addition": Preset(
        "chapter 7's recipe for addition, to the letter: H 128, 25 epochs",
        {**_BOOK_MODEL, "hidden": 128},
        {**_BOOK_TRAINING, "epochs": 25},
    ),
    "book-dates": Preset(
        "chapter 8's recipe for dates, to the letter: H 256, 10 epochs",
        {**_BOOK_MODEL, "hidden": 256},
        {**_BOOK_TRAINING, "epochs": 10},
    ),
    "rnnlm": Preset(
        "chapter 6's Rnnlm, to the letter: 1 layer of 100, SGD 20, 4 epochs",
        {"embedding": 100, "hidden": 100},
        {**_BOOK_TEXT, "schedule": "constant", "epochs": 4, "keep": "last"},
    ),
    "better-rnnlm": Preset(
        "chapter 6's BetterRnnlm, to the letter: 2 layers of 650, tied, dropout 0.5, 40 epochs",
        {"embedding": 650, "hidden": 650, "layers": 2, "tied": True, "dropout": 0.5},
        {**_BOOK_TEXT, "schedule": "plateau", "plateau_factor": 0.25, "plateau_patience": 1, "epochs": 40},
    ),
    "lm-small": Preset(
        "ours for a first try: 1 layer of 256, tied; a minute or two for 200,000 words",
        {"embedding": 256, "hidden": 256, "tied": True, "dropout": 0.3},
        {**_OUR_TEXT, "epochs": 6},
    ),
    "char-lm": Preset(
        "ours for characters: 2 layers of 512, weight-drop",
        {"embedding": 64, "hidden": 512, "layers": 2, "dropout": 0.4, "input_dropout": 0.0, "weight_drop": 0.3},
        {"batch_size": 48, "steps": 100, "learning_rate": 0.003, "epochs": 12, "clip": 1.0},
    ),
    "lm": Preset(
        "ours for words on a CPU: 2 layers of 650, tied, weight-drop and penalties; two hours for a million words",
        {
            "embedding": 650,
            "hidden": 650,
            "layers": 2,
            "tied": True,
            "dropout": 0.4,
            "embedding_dropout": 0.1,
            "weight_drop": 0.3,
        },
        {**_OUR_TEXT, "activation_penalty": 2.0, "change_penalty": 1.0, "epochs": 15},
    ),
    "lm-large": Preset(
        "ours for words on a GPU: 3 layers of 1150, tied, weight-drop and penalties (Merity et al. 2018)",
        {
            "embedding": 1150,
            "hidden": 1150,
            "layers": 3,
            "tied": True,
            "dropout": 0.25,
            "input_dropout": 0.4,
            "output_dropout": 0.4,
            "embedding_dropout": 0.1,
            "weight_drop": 0.5,
            "variational": True,
        },
        {
            "batch_size": 40,
            "steps": 70,
            "random_steps": True,
            "learning_rate": 0.003,
            "optimizer": "adamw",
            "weight_decay": 0.01,
            "activation_penalty": 2.0,
            "change_penalty": 1.0,
            "epochs": 60,
            "clip": 0.25,
        },
    ),
}

PRESETS_OF_TEXT = {"rnnlm", "better-rnnlm", "lm-small", "char-lm", "lm", "lm-large"}
"""Presets of language models; the others are of seq2seq models."""


def checked_level(value: str, *, subwords: bool) -> Level:
    """Return how a text is cut, as one of the levels; pairs have no subwords.

    Raises:
        UsageError: there is no such level.
    """
    levels = [level for level in get_args(Level) if subwords or level != "subword"]
    if value not in levels:
        raise UsageError(f"a level is {' or '.join(levels)}, not {value!r}")
    return cast(Level, value)


DATA_DECIDES = {"kind", "source_symbols", "target_symbols", "source_width", "target_width"}
"""Fields of `ModelConfig` that are no options: the data decides them."""


def option_names() -> tuple[set[str], set[str]]:
    """Return the names of the options of the model, and of those of training."""
    model = {entry.name for entry in dataclasses.fields(ModelConfig)} - DATA_DECIDES
    return model, {entry.name for entry in dataclasses.fields(TrainConfig)}


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
