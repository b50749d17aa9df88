"""What a model is and how it is trained: two frozen dataclasses.

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


def checked_level(value: str, *, subwords: bool) -> Level:
    """Return how a text is cut, as one of the levels; pairs have no subwords.

    Raises:
        UsageError: there is no such level.
    """
    levels = [level for level in get_args(Level) if subwords or level != "subword"]
    if value not in levels:
        raise UsageError(f"a level is {' or '.join(levels)}, not {value!r}")
    return cast(Level, value)


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

    `source_vocab_size` and `target_vocab_size` are the vocabularies' sizes. With ``padding="symbol"`` (the
    book's way: blanks fill each row and count as symbols) the two widths are recorded, and a target's
    width does not count its start symbol.
    """

    kind: Kind = "seq2seq"
    source_vocab_size: int = _number(1, 1, LARGEST_SIZE)
    target_vocab_size: int = _number(1, 1, LARGEST_SIZE)
    embedding_size: int = _number(16, 1, LARGEST_SIZE)
    hidden_size: int = _number(128, 1, LARGEST_SIZE)
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
    variational_dropout: bool = False
    """One dropout mask for all steps of a row instead of one a step (Gal & Ghahramani 2016)."""
    reverse: bool = False
    padding: Padding = "masked"
    source_width: int = _number(0, 0, LARGEST_SIZE)
    target_width: int = _number(0, 0, LARGEST_SIZE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bidirectional and self.hidden_size % 2:
            raise UsageError(f"a bidirectional encoder needs an even hidden size, not {self.hidden_size}")
        if self.tied and self.embedding_size != self.hidden_size:
            raise UsageError(
                f"tied weights need embedding and hidden to be equal, not {self.embedding_size} and {self.hidden_size}"
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
            return f"lm-{self.layers}x{self.hidden_size}"
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
    teacher_forcing_unit: ForcingUnit = "token"
    teacher_forcing_decay: ForcingDecay = "none"
    bptt: int = _number(35, 1, 100_000)
    """Language models: symbols of a window, through which gradients go back (truncated back-propagation)."""
    random_bptt: bool = False
    """Language models: windows of varying length, so that they do not always end at the same places (Merity
    et al. 2018, section 5)."""
    activation_penalty: float = _number(0.0, 0.0, 1e3)
    """Language models: times the mean square of the last layer's dropped output (Merity et al. 2017, AR)."""
    temporal_penalty: float = _number(0.0, 0.0, 1e3)
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


DATA_DECIDES = {"kind", "source_vocab_size", "target_vocab_size", "source_width", "target_width"}
"""Fields of `ModelConfig` that are no options: the data decides them."""


def option_names() -> tuple[set[str], set[str]]:
    """Return the names of the options of the model, and of those of training."""
    model = {entry.name for entry in dataclasses.fields(ModelConfig)} - DATA_DECIDES
    return model, {entry.name for entry in dataclasses.fields(TrainConfig)}
