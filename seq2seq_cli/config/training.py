"""How a model is trained, as options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seq2seq_cli.config.fields import (
    ENCODED,
    LANGUAGE_MODELS,
    LEARNING,
    REGULARISATION,
    Checked,
    absent,
    among,
    below,
    option,
    positive,
)
from seq2seq_cli.config.values import shown
from seq2seq_cli.errors import UsageError

ForcingUnit = Literal["token", "sequence", "batch"]
ForcingDecay = Literal["none", "linear", "exponential", "inverse-sigmoid"]
Schedule = Literal["constant", "one-cycle", "cosine", "plateau"]
OptimizerName = Literal["adam", "adamw", "sgd", "momentum"]
Initialisation = Literal["s2s", "book"]
Keep = Literal["best", "last"]
DecayScope = Literal["weights", "all"]

MOST_EPOCHS = 100_000
"""A model file holds the figures of so many epochs."""

TEXT = ("text",)
USUAL_RATES: Mapping[str, float] = {"adam": 0.003, "adamw": 0.003, "sgd": 1.0, "momentum": 0.1}
"""The rate of an optimizer that is given without one: that of another optimizer would not do."""

_PLATEAU = (among("schedule", "plateau"),)
_FORCING = (below("teacher_forcing", 1, example=0.5),)


@dataclass(frozen=True)
class TrainConfig(Checked):
    """How a model is trained. The defaults are our recipe for small transduction tasks."""

    epochs: int = option(10, "Passes over the training part", group=LEARNING, low=1, high=MOST_EPOCHS, common=True)
    batch_size: int = option(
        128,
        "Rows of an update",
        group=LEARNING,
        low=1,
        high=1_000_000,
        unit="rows",
        needs=(absent("batch_symbols"),),
        common=True,
    )
    batch_symbols: int | None = option(
        None,
        "Target symbols of an update, of rows of like length, instead of a number of rows",
        group=LEARNING,
        low=1,
        high=1 << 30,
        unit="symbols",
        kinds=ENCODED,
        otherwise="batches of `batch_size` rows, as they come",
    )
    learning_rate: float = option(
        0.006,
        "Learning rate; the peak, where a schedule changes it; without one, `optimizer` brings its own",
        group=LEARNING,
        low=0.0,
        high=1e6,
        names=("lr",),
        common=True,
    )
    schedule: Schedule = option(
        "one-cycle",
        "How the rate changes: not at all, up and down, down, or down when nothing gets better",
        group=LEARNING,
        paper="one-cycle: Smith & Topin 2019; cosine: Loshchilov & Hutter 2017",
    )
    warmup: float = option(
        0.1,
        "Share of all steps in which the rate rises to its peak",
        group=LEARNING,
        low=0.0,
        high=1.0,
        needs=(among("schedule", "one-cycle", "cosine"),),
    )
    optimizer: OptimizerName = option(
        "adam",
        "How a gradient becomes a step",
        group=LEARNING,
        paper="Adam: Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019",
    )
    weight_decay: float = option(
        0.0, "How strongly weights are pulled towards 0", group=REGULARISATION, low=0.0, high=1e3
    )
    weight_decay_scope: DecayScope = option(
        "weights",
        "What decays: weights, without biases and without embeddings that a batch does not use; or all",
        group=REGULARISATION,
        needs=(positive("weight_decay", example=0.01),),
    )
    clip: float = option(
        5.0,
        "Largest norm of the whole gradient; 0 is none",
        group=LEARNING,
        low=0.0,
        high=1e9,
        paper="Pascanu et al. 2013",
    )
    time: str | None = option(
        None,
        "The most time that training takes, as 90s, 10m or 2h; the schedule fits it",
        group=LEARNING,
        otherwise="until all epochs are done",
        common=True,
    )
    patience: int | None = option(
        None,
        "Stop after so many epochs without a better result",
        group=LEARNING,
        low=1,
        high=1_000_000,
        unit="epochs",
        otherwise="never",
    )
    label_smoothing: float = option(
        0.0,
        "Share of the probability that is to be spread over all symbols",
        group=REGULARISATION,
        low=0.0,
        high=0.9,
        paper="Szegedy et al. 2016",
    )
    mask_rare: float = option(
        0.0,
        "Share of symbols seen once that are read as unknown, so that it is learned; of one seen n times about an nth",
        group=REGULARISATION,
        low=0.0,
        high=0.9,
        kinds=("pairs",),
        needs=(among("padding", "masked"),),
        paper="Kiperwasser & Goldberg 2016",
    )
    weight_averaging: float = option(
        0.0,
        "How slowly the averaged weights, which are measured and kept, follow those that learn; 0 is none",
        group=LEARNING,
        low=0.0,
        high=0.99999,
        paper="Polyak & Juditsky 1992",
    )
    teacher_forcing: float = option(
        1.0,
        "Share of the decoder's inputs that are right; the others are its own answers",
        group=LEARNING,
        low=0.0,
        high=1.0,
        kinds=ENCODED,
        paper="Bengio et al. 2015",
    )
    teacher_forcing_unit: ForcingUnit = option(
        "token",
        "What one coin decides for",
        group=LEARNING,
        old=("teacher_forcing_per",),
        kinds=ENCODED,
        needs=_FORCING,
    )
    teacher_forcing_decay: ForcingDecay = option(
        "none",
        "How the share falls from 1 to what it is set to",
        group=LEARNING,
        kinds=ENCODED,
        needs=_FORCING,
        paper="Bengio et al. 2015, 2.4",
    )
    bptt: int = option(
        35,
        "Symbols of a window, through which gradients go back",
        group=LANGUAGE_MODELS,
        low=1,
        high=100_000,
        unit="symbols",
        old=("steps",),
        kinds=TEXT,
    )
    random_bptt: bool = option(
        False,
        "Windows of varying length, so that they do not always end at the same places",
        group=LANGUAGE_MODELS,
        old=("random_steps",),
        kinds=TEXT,
        paper="Merity et al. 2018, section 5",
    )
    activation_penalty: float = option(
        0.0,
        "Weight of the mean square of the last layer's output, after dropout (AR)",
        group=LANGUAGE_MODELS,
        low=0.0,
        high=1e3,
        kinds=TEXT,
        paper="Merity et al. 2017",
    )
    temporal_penalty: float = option(
        0.0,
        "Weight of the mean square of the change of that output from step to step (TAR)",
        group=LANGUAGE_MODELS,
        low=0.0,
        high=1e3,
        old=("change_penalty",),
        kinds=TEXT,
        paper="Merity et al. 2017",
    )
    plateau_factor: float = option(
        0.5, "What the rate is multiplied by at a plateau", group=LEARNING, low=0.0, high=1.0, needs=_PLATEAU
    )
    plateau_patience: int = option(
        2,
        "Epochs without a better result that are a plateau",
        group=LEARNING,
        low=1,
        high=1_000_000,
        unit="epochs",
        needs=_PLATEAU,
    )
    initialisation: Initialisation = option("s2s", "How weights begin: our way, or the book's", group=LEARNING)
    keep: Keep = option("best", "Which epoch's model is kept", group=LEARNING)
    drop_last: bool = option(
        False,
        "Leave out an epoch's last, smaller batch, as the book does",
        group=LEARNING,
        kinds=ENCODED,
        needs=(absent("batch_symbols"),),
    )
    seed: int = option(0, "Seed of weights, order and dropout", group="Run", low=0, high=2**63 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.time is not None:
            seconds_of(self.time)

    @property
    def seconds(self) -> float | None:
        """The most seconds that training takes, or None."""
        return None if self.time is None else seconds_of(self.time)


_UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(time: str) -> float:
    """Return the seconds of a time as ``90s``, ``10m`` or ``1.5h``.

    Raises:
        UsageError: it is none.
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)([smh])", time)
    if found is None or not float(found[1]):
        raise UsageError(f"`time` must be a time as 90s, 10m or 2h, not {shown(time)}")
    return float(found[1]) * _UNITS[found[2]]
