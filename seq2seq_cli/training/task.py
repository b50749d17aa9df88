"""What the training loop asks of a kind of model: its batches, and how good it is after an epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seq2seq_cli.models.language_model import LanguageModel
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.nn.context import ForwardContext
from seq2seq_cli.training.events import Sample
from seq2seq_cli.types import Array, HostArray, HostArrays


@dataclass(frozen=True)
class Step:
    """The forward pass of one batch."""

    loss: Array
    """0-d, the mean that the gradients are of."""
    losses: Array
    """(R,) in nats, one a symbol."""
    backward: Callable[[], None]
    tokens: int
    """Symbols whose loss counts."""
    seen: int
    """Symbols read, for the speed."""
    rate_factor: float = 1.0
    """What the learning rate is multiplied by for this batch."""


@dataclass(frozen=True)
class Validation:
    """How good a model is on the validation part."""

    loss: float
    """Nats a symbol, reading the right symbols."""
    score: list[float]
    """What the best epoch has the largest of, compared from the left."""
    exact_match: float | None = None
    error_rate: float | None = None
    """Of the answers' symbols, where epochs are judged by it."""
    sureness: float | None = None
    """What all but one of a hundred answers reach, see `evaluation.sureness`."""
    samples: tuple[Sample, ...] = ()
    text: str = ""
    """What a language model writes now."""


class Task(ABC):
    """A kind of model with its training and validation data."""

    model: Seq2Seq | LanguageModel
    train_size: int
    valid_size: int
    unit: str
    """What the two sizes count."""
    judged_by: str = "loss"
    """What the best epoch has the best of: a metric's name, or loss."""

    @abstractmethod
    def begin(self, epoch: int, step: int) -> int:
        """Prepare an epoch's batches, to go on at a step; return how many the epoch has."""

    @abstractmethod
    def step(self, epoch: int, step: int, context: ForwardContext, forcing: float) -> Step:
        """Run one batch forward.

        Args:
            epoch: counted from 0.
            step: counted from 0.
            context: what the pass needs to know.
            forcing: the share of gold inputs, where the task has others.
        """

    @abstractmethod
    def validate(self, epoch: int) -> Validation | None:
        """Measure the model on the validation part; None where there is none."""

    def warnings(self) -> list[str]:
        """Return what people should know of the validation data before training."""
        return []

    def arrays(self) -> HostArrays:
        """Return copies of what is carried from batch to batch, for a checkpoint."""
        return {}

    def assign(self, arrays: Mapping[str, HostArray]) -> None:  # noqa: B027  # most carry nothing
        """Take over what `arrays` returned in an earlier context.

        Raises:
            KeyError: an array is missing.
            ValueError: an array has another shape.
        """
